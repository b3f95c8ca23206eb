import path from 'node:path';
import type { Command } from 'commander';
import { layoutNames, type LayoutName } from '../data/split-names.js';
import { counted } from '../data/pictures.js';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { oneOfNames, UserError } from '../runtime/errors.js';
import { makeFolder } from '../runtime/make-folder.js';
import { printable } from '../runtime/printable.js';
import type { Hooks } from '../runtime/progress.js';
import { checkClassifierName } from '../zoo/network-names.js';
import { untilInterrupted } from './interrupt.js';
import { print } from './output.js';
import { tellPassedOver } from './predict.js';
import { prepareTensorFlow } from './prepare.js';
import { progressDisplay } from './progress-display.js';
import { evaluationAsText, similarAsText } from './similar-text.js';
import { parseWhole } from './values.js';

interface SimilarFlags {
  readonly in: string;
  readonly top: number;
  readonly evaluate: boolean;
  readonly out?: string;
  readonly export?: string;
  readonly layout: string;
  readonly json: boolean;
  readonly device: string;
}

export function addSimilarCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('similar')
    .description('find the pictures of a folder that are most like others, and measure how well that works')
    .argument('<run>', 'run folder, or a network of the zoo, whose features are compared')
    .argument('[queries...]', 'pictures to look for: files, folders or patterns such as "photos/**/*.jpg"')
    .requiredOption(
      '--in <dir>',
      'the folder to look through; where it holds class folders, answers have labels',
    )
    .option('--top <k>', 'answers for each query', parseWhole, 10)
    .option('--out <file>', 'the answers as a contact sheet (.png) or as a page (.html)')
    .option(
      '--evaluate',
      'recall and mean average precision: of every picture of --in among the others, or of one labelled folder of queries in it',
      false,
    )
    .option(
      '--export <file>',
      'write the vectors that are compared, for another index: a NumPy file (.npy), FILE.json beside it',
    )
    .option('--layout <name>', `what the folders are: ${layoutNames.join(', ')}`, 'auto')
    .option('--json', 'print answers or figures as one JSON object', false)
    .option('--device <name>', 'auto, cpu or gpu', 'auto')
    .action(async (run: string, queries: string[], flags: SimilarFlags) => {
      finish(await similar(run, queries, flags));
    });
}

async function similar(run: string, queries: readonly string[], flags: SimilarFlags): Promise<number> {
  checkFlags(queries, flags);
  checkClassifierName(run);
  const layout: LayoutName = oneOfNames('--layout', flags.layout, layoutNames);
  const display = progressDisplay(process.stderr, { quiet: flags.json });
  await prepareTensorFlow(flags.device, display);
  return untilInterrupted(display, (signal) => {
    const hooks = { onProgress: display.show, signal };
    return flags.evaluate
      ? evaluate(run, queries[0], { ...flags, layout }, hooks)
      : search(run, queries, { ...flags, layout }, hooks);
  });
}

type CheckedFlags = SimilarFlags & { readonly layout: LayoutName };

async function search(
  run: string,
  given: readonly string[],
  { in: folder, top, out, export: file, layout, json }: CheckedFlags,
  hooks: Hooks,
): Promise<number> {
  const { findSimilar } = await import('../recipes/similar.js');
  const options = { in: folder, top, layout, ...(file !== undefined && { export: file }) };
  const found = await findSimilar(run, given, options, hooks);
  if (out !== undefined)
    await draw(out, found.queries, `Of ${counted(found.pictures, 'picture')} in ${folder}`, hooks);
  tellPassedOver(found.skipped);
  if (json) await print(JSON.stringify({ ...found, ...(out !== undefined && { out }) }));
  else await print(printable(similarAsText(found, folder)));
  return 0;
}

async function draw(
  out: string,
  queries: Parameters<typeof import('../report/similar-sheet.js').drawSimilarSheet>[0]['queries'],
  title: string,
  { onProgress }: Hooks,
): Promise<void> {
  makeFolder(path.dirname(path.resolve(out)));
  if (/\.html?$/i.test(out)) {
    const { similarPage } = await import('../report/similar-page.js');
    return writeFileAtomic(out, await similarPage({ title, queries }));
  }
  const { hasFonts } = await import('../explain/contact-sheet.js');
  if (!(await hasFonts())) {
    const message = 'No fonts were found here, so the contact sheet has no text; --json has all the figures.';
    onProgress?.({ kind: 'warning', message });
  }
  const { drawSimilarSheet } = await import('../report/similar-sheet.js');
  return writeFileAtomic(out, await drawSimilarSheet({ title, queries }));
}

async function evaluate(
  run: string,
  queries: string | undefined,
  { in: folder, layout, json }: CheckedFlags,
  hooks: Hooks,
): Promise<number> {
  const { evaluateSimilar } = await import('../recipes/similar-evaluation.js');
  const options = { in: folder, layout, ...(queries !== undefined && { queries }) };
  const evaluation = await evaluateSimilar(run, options, hooks);
  tellPassedOver(evaluation.skipped);
  await print(json ? JSON.stringify(evaluation) : printable(evaluationAsText(evaluation, folder, queries)));
  return 0;
}

/** Before anything costly is begun. */
function checkFlags(
  queries: readonly string[],
  { evaluate: measures, top, out, export: file }: SimilarFlags,
): void {
  if (top < 1) throw new UserError(`Expected --top of at least 1 but received ${top}.`);
  if (out !== undefined && !/\.(png|html?)$/i.test(out)) {
    throw new UserError(`Expected --out to be a PNG or HTML file but received '${out}'.`);
  }
  if (file !== undefined && !/\.npy$/i.test(file)) {
    throw new UserError(`Expected --export to be a NumPy file (.npy) but received '${file}'.`);
  }
  if (!measures && queries.length === 0) {
    throw new UserError(
      'Expected pictures to look for; or --evaluate, to look for every picture of --in among the others.',
    );
  }
  if (!measures) return;
  if (queries.length > 1) {
    throw new UserError(
      `Expected one labelled folder of queries with --evaluate but received ${queries.length} names.`,
    );
  }
  const [unused] = [out !== undefined && '--out', file !== undefined && '--export'].filter(Boolean);
  if (unused)
    throw new UserError(`Expected ${unused} with pictures to look for, not with --evaluate. Leave one out.`);
}
