import fs from 'node:fs';
import type { Command } from 'commander';
import type { Prediction } from '../recipes/classifier.js';
import { UserError } from '../runtime/errors.js';
import { untilInterrupted } from './interrupt.js';
import { prepareTensorFlow } from './prepare.js';
import { progressDisplay } from './progress-display.js';
import { parseWhole } from './values.js';

interface PredictOptions {
  readonly top: number;
  readonly json: boolean;
  readonly csv: boolean;
  readonly device: 'auto' | 'cpu' | 'gpu';
}

export function addPredictCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('predict')
    .description('classify pictures with a trained run')
    .argument('<run>', 'run folder')
    .argument('<pictures...>', 'picture files, folders or patterns such as "photos/**/*.jpg"')
    .option('--top <k>', 'classes to show for each picture', parseWhole, 3)
    .option('--csv', 'comma-separated values: path, then the probability of every class', false)
    .option('--json', 'an array of {"path", "predictions": [{"label", "probability"}, …]}', false)
    .option('--device <name>', 'auto, cpu or gpu', 'auto')
    .action(async (run: string, pictures: string[], options: PredictOptions) => {
      finish(await predict(run, pictures, options));
    });
}

async function predict(run: string, given: readonly string[], options: PredictOptions): Promise<number> {
  const { findPictures } = await import('../data/find.js');
  const pictures = await findPictures(given);
  const display = progressDisplay(process.stderr, { quiet: true });
  if (!fs.existsSync(run)) throw new UserError(`Expected the folder of a run but '${run}' does not exist.`);
  await prepareTensorFlow(options.device, display);
  const { loadRun } = await import('../recipes/classifier.js');
  const classifier = await loadRun(run);
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
  console.log(formatted(results, classifier.labels, options));
  return broken.length > 0 ? 2 : 0;
}

function formatted(
  results: readonly Prediction[],
  labels: readonly string[],
  options: PredictOptions,
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
      const probability = new Map(predictions.map((p) => [p.label, p.probability]));
      return [path, predictions[0]!.label, ...labels.map((label) => probability.get(label)!.toFixed(6))];
    });
    return [['path', 'predicted', ...labels], ...rows].map((row) => row.map(quoted).join(',')).join('\n');
  }
  const width = Math.max(...results.map(({ path }) => path.length), 0);
  return results
    .map(({ path, predictions }) => {
      const top = predictions
        .slice(0, options.top)
        .map((p) => `${p.label} ${(100 * p.probability).toFixed(1)} %`);
      return `${path.padEnd(width)}  ${top.join(', ')}`;
    })
    .join('\n');
}

function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
