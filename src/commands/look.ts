import path from 'node:path';
import type { Command } from 'commander';
import { listed } from '../data/pictures.js';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { UserError } from '../runtime/errors.js';
import { makeFolder } from '../runtime/make-folder.js';
import { printable } from '../runtime/printable.js';
import { checkClassifierName } from '../zoo/network-names.js';
import { untilInterrupted } from './interrupt.js';
import { print } from './output.js';
import { tellPassedOver } from './predict.js';
import { prepareTensorFlow } from './prepare.js';
import { progressDisplay } from './progress-display.js';
import { parseWhole } from './values.js';

interface LookFlags {
  readonly layer?: string;
  readonly unit?: readonly string[];
  readonly class?: string;
  readonly steps: number;
  readonly out: string;
  readonly seed: number;
  readonly device: string;
}

const mostSteps = 10_000;

export function addLookCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('look')
    .description(
      'show what a network looks for: first filters, maps of pictures, what excites its units most',
    )
    .argument('<run>', 'run folder, or a network of the zoo (vgg16)')
    .argument(
      '[pictures...]',
      'picture files, folders or patterns; without any, filters and drawn pictures alone',
    )
    .option(
      '--layer <names>',
      "layers whose maps are shown, with commas (default: VGG's conv1_1,conv3_2,conv5_3 or their like)",
    )
    .option(
      '--unit <layer:channel>',
      'a unit, such as conv5_3:12; may be repeated (default: three of each layer)',
      collect,
    )
    .option('--class <name>', 'draw a picture for this class, too')
    .option('--steps <number>', 'of drawing pictures by gradient ascent; 0 draws none', parseWhole, 96)
    .option('--out <folder>', 'where the page and the sheets go', 'look')
    .option('--seed <number>', 'of what is drawn', parseWhole, 0)
    .option('--device <name>', 'auto, cpu or gpu', 'auto')
    .action(async (run: string, pictures: string[], flags: LookFlags) => {
      finish(await look(run, pictures, flags));
    });
}

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

async function look(run: string, given: readonly string[], flags: LookFlags): Promise<number> {
  const { out, device, layer, unit, steps, seed } = flags;
  if (steps < 0 || steps > mostSteps) {
    throw new UserError(`Expected --steps from 0 to ${mostSteps} but received ${steps}.`);
  }
  checkClassifierName(run);
  const { findPictures } = await import('../data/find.js');
  const display = progressDisplay(process.stderr, { quiet: false });
  const { pictures, passedOver } = await untilInterrupted(display, (signal) =>
    findPictures(given, { signal }),
  );
  tellPassedOver(passedOver);
  await prepareTensorFlow(device, display);
  const { lookInto } = await import('../recipes/look.js');
  const options = {
    steps,
    seed,
    ...(layer !== undefined && { layers: layer.split(',').map((name) => name.trim()) }),
    ...(unit && { units: unit }),
    ...(flags.class !== undefined && { class: flags.class }),
  };
  const found = await untilInterrupted(display, (signal) =>
    lookInto(run, pictures, options, { onProgress: display.show, signal }),
  );
  makeFolder(path.resolve(out));
  for (const [name, sheet] of found.sheets) await writeFileAtomic(path.join(out, `${name}.png`), sheet);
  const page = path.join(out, 'index.html');
  await writeFileAtomic(page, found.page);
  const { broken, units } = found.sight;
  if (broken.length > 0) {
    const lines = broken.map((one) => `${one.path} was left out: ${one.reason}`);
    console.error(printable(`finetune: Not usable:${listed(lines)}`));
  }
  const lines = units.map(
    ({ layer: name, channel, pictures: most }) =>
      `${name}:${channel} answers most to ${most
        .slice(0, 3)
        .map((one) => `${one.path} (${one.value.toFixed(1)})`)
        .join(', ')}`,
  );
  const sheets = [...found.sheets.keys()].map((name) => path.join(out, `${name}.png`));
  const summary = [
    `Layers: ${found.layers.join(', ')}`,
    ...lines,
    `Sheets: ${sheets.join(', ')}`,
    `Page: ${page}`,
  ];
  await print(printable(summary.join('\n')));
  return broken.length > 0 ? 2 : 0;
}
