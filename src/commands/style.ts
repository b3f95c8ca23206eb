import { statSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { oneOfNames, UserError } from '../runtime/errors.js';
import { makeFolder } from '../runtime/make-folder.js';
import { printable } from '../runtime/printable.js';
import { Interrupted } from '../runtime/progress.js';
import { poolings, starts, styleOptimisers } from '../style/names.js';
import type { StyledPicture, StyleTransfer } from '../recipes/style.js';
import { untilInterrupted } from './interrupt.js';
import { print } from './output.js';
import { prepareTensorFlow } from './prepare.js';
import { type ProgressDisplay, progressDisplay } from './progress-display.js';
import { parseNumber, parseWhole } from './values.js';

interface StyleFlags {
  readonly out: string;
  readonly size: number;
  readonly steps: number;
  readonly styleWeight: number;
  readonly smoothness: number;
  readonly optimiser: string;
  readonly pooling: string;
  readonly start: string;
  readonly seed: number;
  readonly every?: number;
  readonly json: boolean;
  readonly device: string;
}

export function addStyleCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('style')
    .description('draw what one picture shows in the style of another, by the features of VGG-16')
    .argument('<content>', 'the picture that is shown')
    .argument('<style>', 'the picture whose colours, strokes and textures are taken')
    .requiredOption('--out <file>', 'the picture to write: PNG, JPEG or WebP')
    .option('--size <pixels>', 'its longer side', parseWhole, 256)
    .option('--steps <n>', 'evaluations of the loss and its gradient', parseWhole, 150)
    .option('--style-weight <x>', 'what the style counts against the content', parseNumber, 10)
    .option('--smoothness <x>', 'what roughness counts (total variation); 0 leaves it out', parseNumber, 1)
    .option('--optimiser <name>', styleOptimisers.join(' or '), 'l-bfgs')
    .option('--pooling <name>', `of VGG-16: ${poolings.join(' or ')}`, 'average')
    .option('--start <name>', `from the ${starts.join(' picture or from ')}`, 'content')
    .option('--seed <number>', 'of the noise', parseWhole, 0)
    .option('--every <n>', 'also write the picture after every n steps: FILE-0050.png …', parseWhole)
    .option('--json', 'print the loss of every step and its terms as one JSON object', false)
    .option('--device <name>', 'auto, cpu or gpu', 'auto')
    .action(async (content: string, style: string, flags: StyleFlags) => {
      finish(await drawInStyle(content, style, flags));
    });
}

async function drawInStyle(content: string, style: string, flags: StyleFlags): Promise<number> {
  const { out, every, json, device, seed } = flags;
  const options = {
    size: flags.size,
    steps: flags.steps,
    styleWeight: flags.styleWeight,
    smoothness: flags.smoothness,
    optimiser: oneOfNames('--optimiser', flags.optimiser, styleOptimisers),
    pooling: oneOfNames('--pooling', flags.pooling, poolings),
    start: oneOfNames('--start', flags.start, starts),
    seed,
  };
  checkFiles(content, style, out);
  if (every !== undefined && every < 1)
    throw new UserError(`Expected --every of at least 1 but received ${every}.`);
  makeFolder(path.dirname(path.resolve(out)));
  const display = progressDisplay(process.stderr, { quiet: json });
  await prepareTensorFlow(device, display);
  const { transferStyle } = await import('../recipes/style.js');
  const between: string[] = [];
  const result = await untilInterrupted(display, (signal) =>
    transferStyle(
      content,
      style,
      {
        ...options,
        onStep: async ({ step }, best) => {
          if (every === undefined || step % every !== 0) return;
          const file = numbered(out, step);
          await writePicture(file, best());
          between.push(file);
        },
      },
      { onProgress: display.show, signal },
    ),
  );
  await writePicture(out, result);
  await tell(result, out, between, json, display);
  return 0;
}

async function tell(
  { height, width, history, interrupted }: StyleTransfer,
  out: string,
  between: readonly string[],
  json: boolean,
  display: ProgressDisplay,
): Promise<void> {
  const [first, best] = [history[0]!, history.reduce((a, b) => (b.loss < a.loss ? b : a))];
  if (json) {
    await print(JSON.stringify({ out, height, width, interrupted, best: best.step, between, history }));
  } else {
    const fallen = first.loss > 0 ? (100 * (1 - best.loss / first.loss)).toFixed(1) : '0.0';
    const text = [
      `${out}: ${width}×${height} pixels, the best of ${history.length} steps (step ${best.step})`,
      `loss ${first.loss.toPrecision(4)} → ${best.loss.toPrecision(4)}, ${fallen} % less; content ${best.content.toPrecision(3)}, style ${best.style.toPrecision(3)} (${first.style.toPrecision(3)} at first)`,
    ];
    await print(printable(text.join('\n')));
  }
  display.end();
  if (interrupted) {
    const message = `Interrupted after ${history.length} steps: the picture so far is in ${out}.`;
    throw new Interrupted(message, { goesOn: false });
  }
}

/** Before anything costly is begun. */
function checkFiles(content: string, style: string, out: string): void {
  if (!/\.(png|jpe?g|webp)$/i.test(out)) {
    throw new UserError(`Expected --out to be a PNG, JPEG or WebP file but received '${out}'.`);
  }
  for (const file of [content, style]) {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (!stats) throw new UserError(`Expected a picture but '${file}' does not exist.`);
    if (stats.isDirectory())
      throw new UserError(`Expected one picture but '${file}' is a folder. Give a file in it.`);
    if (path.resolve(file) === path.resolve(out)) {
      throw new UserError(`Expected --out to be a new file but '${out}' is one of the pictures.`);
    }
  }
}

async function writePicture(file: string, { height, width, pixels }: StyledPicture): Promise<void> {
  const { default: sharp } = await import('../runtime/sharp.js');
  const picture = sharp(pixels, { raw: { width, height, channels: 3 } });
  const encoded = /\.png$/i.test(file)
    ? picture.png()
    : /\.webp$/i.test(file)
      ? picture.webp({ quality: 92 })
      : picture.jpeg({ quality: 92 });
  await writeFileAtomic(file, await encoded.toBuffer());
}

/** FILE-0050.png */
function numbered(out: string, step: number): string {
  const { dir, name, ext } = path.parse(out);
  return path.join(dir, `${name}-${String(step).padStart(4, '0')}${ext}`);
}
