import path from 'node:path';
import { confusionMatrix } from '../evaluation/mistakes.js';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { makeFolder } from '../runtime/make-folder.js';
import type { EpochRecord } from '../runtime/progress.js';
import { confusionChart } from './confusion-chart.js';
import { csv } from '../formats/csv.js';
import { reportPage } from './page.js';
import { predictionsHead, predictionsRow } from './predictions-csv.js';
import { type RunResult, runVersion } from '../runs/record.js';

/**
 * Writes all files of a run that are for people and programs into a folder without another's; each appears whole or
 * not at all. metrics.json comes last.
 */
export async function writeRun(directory: string, result: RunResult): Promise<void> {
  const { labels, transferred, frozen, baseline, metrics, config } = result;
  const matrix = confusionMatrix(transferred.predictions, labels.length);
  const files: Record<string, string> = {
    'config.json': json({ version: runVersion, ...config }),
    'labels.txt': labels.map((label) => `${label}\n`).join(''),
    'results.csv': resultsCsv(transferred.history),
    ...(frozen && { 'results-frozen.csv': resultsCsv(frozen.history) }),
    ...(baseline && { 'results-baseline.csv': resultsCsv(baseline.history) }),
    'predictions.csv': csv([
      predictionsHead(labels),
      ...transferred.predictions.map((prediction) => predictionsRow(prediction, labels)),
    ]),
    'confusion-matrix.svg': `${confusionChart(matrix, labels).markup}\n`,
    'report.html': await reportPage(result),
    'metrics.json': json(metrics),
  };
  makeFolder(directory);
  for (const [name, text] of Object.entries(files)) await writeFileAtomic(path.join(directory, name), text);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function resultsCsv(history: readonly EpochRecord[]): string {
  const rounded = (value: number | undefined) =>
    value === undefined ? undefined : Number(value.toPrecision(7));
  return csv([
    ['epoch', 'loss', 'accuracy', 'validation_loss', 'validation_accuracy', 'learning_rate', 'seconds'],
    ...history.map((r) => [
      r.epoch,
      rounded(r.loss),
      rounded(r.accuracy),
      rounded(r.validationLoss),
      rounded(r.validationAccuracy),
      rounded(r.learningRate),
      rounded(r.seconds),
    ]),
  ]);
}
