import fs from 'node:fs';
import path from 'node:path';

const read = (run: string, file: string) => fs.readFileSync(path.join(run, file), 'utf8');

/** A file of a run folder that is JSON, such as metrics.json. */
export const jsonOf = (run: string, file: string) => JSON.parse(read(run, file));

export const metricsOf = (run: string) => jsonOf(run, 'metrics.json');

/** The rows of predictions.csv; `shares`: the probability of each class in the order of labels.txt. */
export function predictionsOf(run: string): { file: string; label: string; shares: number[] }[] {
  const [, ...lines] = read(run, 'predictions.csv').trim().split('\n');
  return lines.map((line) => {
    const [file, label, , ...shares] = line.split(',');
    return { file: file!, label: label!, shares: shares.map(Number) };
  });
}
