import type { Command } from 'commander';
import type { ValueRange } from '../data/value-range.js';
import { counted, listed, type Picture, type SkippedFile } from '../data/pictures.js';
import type { Classifier } from '../runs/classifier.js';
import { type Bounds, judgePrediction } from '../runs/judged-prediction.js';
import { setThreshold } from '../runs/sureness.js';
import { Interrupted } from '../runtime/progress.js';
import { checkClassifierName } from '../zoo/network-names.js';
import { UserError } from '../runtime/errors.js';
import { printable } from '../runtime/printable.js';
import { untilInterrupted } from './interrupt.js';
import { write } from './output.js';
import {
  predictionsAsCsv,
  predictionsAsJson,
  predictionsAsLines,
  type PredictionText,
} from './prediction-text.js';
import { prepareTensorFlow } from './prepare.js';
import { progressDisplay } from './progress-display.js';
import { ttaHelp, viewsOf } from './views.js';
import { checkShare, parseNumber, parseWhole } from './values.js';

interface PredictOptions {
  readonly top?: number;
  readonly coverage?: number;
  readonly abstainBelow?: number;
  readonly json: boolean;
  readonly csv: boolean;
  readonly tta: string;
  readonly device: 'auto' | 'cpu' | 'gpu';
}

export function addPredictCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('predict')
    .description('classify pictures with a trained run, or with a network of the zoo')
    .argument('<run>', "run folder, or a network of the zoo (googlenet) for ImageNet's 1000 classes")
    .argument('<pictures...>', 'picture files, folders or patterns such as "photos/**/*.jpg"')
    .option('--top <k>', 'classes to show for each picture (default: 3, of the zoo 5)', parseWhole)
    .option(
      '--coverage <share>',
      'of each picture also the smallest set of classes that holds the true one so often, as 0.9',
      parseNumber,
    )
    .option(
      '--abstain-below <probability>',
      "call answers that are less likely 'not sure', 0 to 1",
      parseNumber,
    )
    .option('--tta <views>', ttaHelp, 'auto')
    .option('--csv', 'comma-separated values: path, answer, then the probability of every class', false)
    .option(
      '--json',
      'an array of {"path", "unlike", "likeness", "predictions": [{"label", "probability"}, …]}; of the zoo with "id", the synset',
      false,
    )
    .option('--device <name>', 'auto, cpu or gpu', 'auto')
    .action(async (run: string, pictures: string[], options: PredictOptions) => {
      finish(await predict(run, pictures, options));
    });
}

async function predict(run: string, given: readonly string[], options: PredictOptions): Promise<number> {
  if (options.json && options.csv) {
    throw new UserError('Expected one output format but received --json and --csv.');
  }
  if (options.top !== undefined && options.top < 1) {
    throw new UserError(`Expected --top of at least 1 but received ${options.top}.`);
  }
  checkShare('--abstain-below', options.abstainBelow);
  const tta = viewsOf(options.tta);
  const { findPictures } = await import('../data/find.js');
  const display = progressDisplay(process.stderr, { quiet: true });
  const { pictures, passedOver } = await untilInterrupted(display, (signal) =>
    findPictures(given, { signal }),
  );
  tellPassedOver(passedOver);
  checkClassifierName(run);
  await prepareTensorFlow(options.device, display);
  const { openClassifier } = await import('../runs/zoo-classifier.js');
  const classifier = await openClassifier(run, { onProgress: display.show }, { tta });
  try {
    const { coverage, abstainBelow } = options;
    const bounds = {
      ...(coverage !== undefined && { setFrom: setThreshold(classifier.sureness, coverage, run) }),
      ...(abstainBelow !== undefined && { abstainBelow }),
    };
    return await untilInterrupted(display, (signal) =>
      writePredictions(classifier, pictures, { ...options, bounds }, signal),
    );
  } finally {
    classifier.dispose();
  }
}

/**
 * Writes each prediction as soon as it is made.
 *
 * @returns the exit code.
 */
async function writePredictions(
  classifier: Classifier,
  pictures: readonly Pick<Picture, 'path' | 'file'>[],
  options: PredictOptions & { readonly bounds: Bounds },
  signal: AbortSignal,
): Promise<number> {
  let broken = 0;
  const onBroken = (skipped: { path: string; reason: string }) => {
    broken++;
    console.error(printable(`finetune: ${skipped.path} was left out: ${skipped.reason}.`));
  };
  const plain: string[] = [];
  const scaled: { path: string; range: ValueRange }[] = [];
  const told = {
    onBroken,
    onPlain: (path: string) => plain.push(path),
    onScaled: (path: string, range: ValueRange) => scaled.push({ path, range }),
  };
  const text = textFor(classifier, pictures, options);
  let done = 0;
  try {
    let isWanted = await write(text.begin);
    for await (const result of classifier.classify(pictures, { ...told, signal })) {
      isWanted &&= await write(text.row(judgePrediction(result, options.bounds), done));
      if (!isWanted) break;
      done++;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    await write(text.end);
    const message = `Interrupted: ${done} of ${pictures.length} pictures are classified, and their results written.`;
    throw new Interrupted(message, { goesOn: false });
  }
  await write(text.end);
  const { plainWarning, rangeWarnings } = await import('../data/odd-pictures.js');
  for (const warning of [...rangeWarnings(scaled), ...plainWarning(plain, pictures.length)])
    console.error(printable(`finetune: ${warning}`));
  return broken > 0 ? 2 : 0;
}

/** What lay beside the pictures in a folder and is none is no fault, but is said. */
export function tellPassedOver(passedOver: readonly SkippedFile[]): void {
  if (passedOver.length === 0) return;
  const lines = passedOver.map(({ path, reason }) => `${path}: ${reason}`);
  console.error(printable(`finetune: ${counted(lines.length, 'file')} passed over:${listed(lines)}`));
}

function textFor(
  { labels, ids, sureness }: Classifier,
  pictures: readonly Pick<Picture, 'path'>[],
  options: PredictOptions,
): PredictionText {
  const top = options.top ?? (ids ? 5 : 3);
  if (options.json) return predictionsAsJson(top);
  if (options.csv)
    return predictionsAsCsv(ids ?? labels, {
      set: options.coverage !== undefined,
      unlike: sureness?.likeness !== undefined,
    });
  const width = pictures.reduce((longest, { path }) => Math.max(longest, path.length), 0);
  return predictionsAsLines(top, width);
}
