import path from 'node:path';
import type { Command } from 'commander';
import { listed } from '../data/pictures.js';
import { type MethodName, methodNames } from '../explain/method-names.js';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { UserError } from '../runtime/errors.js';
import { printable } from '../runtime/printable.js';
import { checkClassifierName } from '../zoo/network-names.js';
import { explanationAsText } from './explanation-text.js';
import { untilInterrupted } from './interrupt.js';
import { print } from './output.js';
import { tellPassedOver } from './predict.js';
import { prepareTensorFlow } from './prepare.js';
import { progressDisplay } from './progress-display.js';
import { parseWhole } from './values.js';

interface ExplainFlags {
  readonly class?: string;
  readonly ratherThan?: string;
  readonly method?: MethodName;
  readonly layer?: string;
  readonly check: boolean;
  readonly out: string;
  readonly json: boolean;
  readonly seed: number;
  readonly device: string;
}

export function addExplainCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('explain')
    .description('show which places of pictures speak for an answer, and check that they do')
    .argument('<run>', "run folder, or a network of the zoo (googlenet) for ImageNet's 1000 classes")
    .argument('<pictures...>', 'picture files, folders or patterns such as "photos/**/*.jpg"')
    .option('--class <name>', 'why this class (default: the answer of each picture)')
    .option('--rather-than <name>', '… rather than this one')
    .option(
      '--method <name>',
      `${methodNames.join(', ')} (default: class-activation-map where the head is a sum over places, else grad-cam)`,
    )
    .option(
      '--layer <name>',
      'the layer whose map it is (default: the last map; the picture for the last three methods)',
    )
    .option('--check', 'print the checks over all pictures, with 95 % intervals', false)
    .option('--out <file>', 'the contact sheet, a PNG', 'explanation.png')
    .option('--json', 'print maps, figures and verdicts as one JSON object', false)
    .option('--seed <number>', "of the checks' random numbers", parseWhole, 0)
    .option('--device <name>', 'auto, cpu or gpu', 'auto')
    .action(async (run: string, pictures: string[], flags: ExplainFlags) => {
      finish(await explain(run, pictures, flags));
    });
}

async function explain(run: string, given: readonly string[], flags: ExplainFlags): Promise<number> {
  const { out, json, device, ...options } = flags;
  if (!/\.png$/i.test(out)) throw new UserError(`Expected --out to be a PNG file but received '${out}'.`);
  const { findPictures } = await import('../data/find.js');
  const display = progressDisplay(process.stderr, { quiet: json });
  const { pictures, passedOver } = await untilInterrupted(display, (signal) =>
    findPictures(given, { signal }),
  );
  if (pictures.some(({ file }) => file === path.resolve(out))) {
    throw new UserError(`Expected --out to be a new file but '${out}' is one of the pictures.`);
  }
  tellPassedOver(passedOver);
  checkClassifierName(run);
  await prepareTensorFlow(device, display);
  const { explainPictures } = await import('../recipes/explain.js');
  const { sheet, ...explanation } = await untilInterrupted(display, (signal) =>
    explainPictures(run, pictures, options, { onProgress: display.show, signal }),
  );
  await writeFileAtomic(out, sheet);
  if (explanation.broken.length > 0) {
    const lines = explanation.broken.map((one) => `${one.path} was left out: ${one.reason}`);
    console.error(printable(`finetune: Not usable:${listed(lines)}`));
  }
  if (json) await print(JSON.stringify({ ...explanation, sheet: out }));
  else await print(printable(explanationAsText(explanation, out)));
  return explanation.broken.length > 0 ? 2 : 0;
}
