import path from 'node:path';
import type { Command } from 'commander';
import { featureOptions } from '../features/options.js';
import { pictureOptions } from '../data/options.js';
import { UserError } from '../runtime/errors.js';
import { printable } from '../runtime/printable.js';
import { untilInterrupted } from './interrupt.js';
import { addOptionGroups } from './option-flags.js';
import { print } from './output.js';
import { prepareTensorFlow } from './prepare.js';
import { progressDisplay } from './progress-display.js';
import { openResultFile } from './result-file.js';
import { parseWhole } from './values.js';
import type { CheckOptions } from '../recipes/check.js';

interface CheckFlags {
  readonly base: string;
  readonly weights?: string;
  readonly out: string;
  readonly json: boolean;
  readonly strict: boolean;
  readonly seed: number;
  readonly device: string;
}

export function addCheckCommand(program: Command, finish: (code: number) => void): void {
  const command = program
    .command('check')
    .description('look a folder through before training: copies, wrong labels, shortcuts, broken files')
    .argument('<dir>', 'folder of pictures, as for the main job')
    .option(
      '--base <name>',
      'network whose features judge labels and find crops and turns; none: neither, but in a moment',
      'vgg16',
    )
    .option('--weights <file>', "a weight file of your own instead of the zoo's")
    .option('--out <file>', 'the page with the pictures', 'check.html')
    .option('--json', 'print all findings as one JSON object', false)
    .option('--strict', 'end with code 1 when something is to be mended or looked at', false)
    .option('--seed <n>', 'of the folds', parseWhole, 0)
    .option('--device <name>', 'auto, cpu or gpu', 'auto');
  const { layout } = pictureOptions;
  addOptionGroups(command, [
    { heading: 'Pictures:', options: { layout } },
    { heading: 'Machine:', options: featureOptions },
  ]);
  command.action(async (directory: string, flags: CheckFlags & CheckOptions) => {
    finish(await check(directory, flags));
  });
}

async function check(directory: string, flags: CheckFlags & CheckOptions): Promise<number> {
  const { out, json, strict, device, ...options } = flags;
  if (!/\.html?$/i.test(out)) {
    throw new UserError(`Expected --out to be an HTML file but received '${out}'.`);
  }
  if (options.base !== 'none') await expectBase(options.base);
  const page = openResultFile(out);
  const display = progressDisplay(process.stderr, { quiet: json });
  await prepareTensorFlow(device, display);
  const { checkFolder } = await import('../recipes/check.js');
  const { check: found, files } = await untilInterrupted(display, (signal) =>
    checkFolder(directory, options, { onProgress: display.show, signal }),
  );
  const [{ checkPage }, { checkText }, { thumbnail }] = await Promise.all([
    import('../report/check-page.js'),
    import('../report/check-text.js'),
    import('../runs/result.js'),
  ]);
  await page.write(await checkPage(found, (name) => thumbnail(files.get(name))));
  if (json) await print(JSON.stringify({ ...found, page: out }));
  else await print(printable(`\n${checkText(found)}\n\nPage: ${path.relative('', out) || out}`));
  return strict && found.advice.length > 0 ? 1 : 0;
}

/** @throws UserError when there is no such network. */
async function expectBase(name: string): Promise<void> {
  const { modelSpec } = await import('../models/registry.js');
  modelSpec(name);
}
