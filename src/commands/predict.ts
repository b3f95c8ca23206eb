import type { Command } from 'commander';
import { counted, listed, type SkippedFile } from '../data/pictures.js';
import type { Prediction } from '../runs/classifier.js';
import { checkClassifierName } from '../zoo/network-names.js';
import { csv } from '../formats/csv.js';
import { UserError } from '../runtime/errors.js';
import { printable } from '../runtime/printable.js';
import { untilInterrupted } from './interrupt.js';
import { prepareTensorFlow } from './prepare.js';
import { progressDisplay } from './progress-display.js';
import { parseWhole } from './values.js';

interface PredictOptions {
  readonly top?: number;
  readonly json: boolean;
  readonly csv: boolean;
  readonly device: 'auto' | 'cpu' | 'gpu';
}

export function addPredictCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('predict')
    .description('classify pictures with a trained run, or with a network of the zoo')
    .argument('<run>', "run folder, or a network of the zoo (googlenet) for ImageNet's 1000 classes")
    .argument('<pictures...>', 'picture files, folders or patterns such as "photos/**/*.jpg"')
    .option('--top <k>', 'classes to show for each picture (default: 3, of the zoo 5)', parseWhole)
    .option('--csv', 'comma-separated values: path, then the probability of every class', false)
    .option(
      '--json',
      'an array of {"path", "predictions": [{"label", "probability"}, …]}; of the zoo with "id", the synset',
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
  const { findPictures } = await import('../data/find.js');
  const display = progressDisplay(process.stderr, { quiet: true });
  const { pictures, passedOver } = await untilInterrupted(display, (signal) =>
    findPictures(given, { signal }),
  );
  tellPassedOver(passedOver);
  checkClassifierName(run);
  await prepareTensorFlow(options.device, display);
  const { openClassifier } = await import('../runs/zoo-classifier.js');
  const classifier = await openClassifier(run, { onProgress: display.show });
  const broken: string[] = [];
  const results: Prediction[] = [];
  await untilInterrupted(display, async (signal) => {
    const onBroken = (skipped: { path: string; reason: string }) => {
      broken.push(skipped.path);
      console.error(`finetune: ${skipped.path} was left out: ${skipped.reason}.`);
    };
    for await (const result of classifier.classify(pictures, { onBroken, signal })) results.push(result);
  });
  classifier.dispose();
  const top = options.top ?? (classifier.ids ? 5 : 3);
  console.log(formatted(results, classifier.ids ?? classifier.labels, { ...options, top }));
  return broken.length > 0 ? 2 : 0;
}

/** What lay beside the pictures in a folder and is none is no fault, but is said. */
function tellPassedOver(passedOver: readonly SkippedFile[]): void {
  if (passedOver.length === 0) return;
  const lines = passedOver.map(({ path, reason }) => `${path}: ${reason}`);
  console.error(`finetune: ${counted(lines.length, 'file')} passed over:${listed(lines)}`);
}

function formatted(
  results: readonly Prediction[],
  keys: readonly string[],
  options: PredictOptions & { readonly top: number },
): string {
  if (options.json) {
    const top = results.map(({ path, predictions }) => ({
      path,
      predictions: predictions.slice(0, options.top),
    }));
    return JSON.stringify(top, null, 2);
  }
  if (options.csv) {
    const rows = results.map(({ path, predictions }) => {
      const probability = new Map(predictions.map((p) => [p.id ?? p.label, p.probability]));
      const { id, label } = predictions[0]!;
      return [path, id ?? label, ...keys.map((key) => probability.get(key)!.toFixed(6))];
    });
    return csv([['path', 'predicted', ...keys], ...rows]).trimEnd();
  }
  const width = Math.max(...results.map(({ path }) => path.length), 0);
  return results
    .map(({ path, predictions }) => {
      const top = predictions
        .slice(0, options.top)
        .map((p) => `${shortName(p)} ${(100 * p.probability).toFixed(1)} %`);
      return printable(`${path.padEnd(width)}  ${top.join(', ')}`);
    })
    .join('\n');
}

/** ImageNet's classes have several names, the usual one first. */
function shortName({ label, id }: Prediction['predictions'][number]): string {
  return id ? label.split(', ')[0]! : label;
}
