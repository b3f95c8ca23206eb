import type { Picture } from '../data/pictures.js';
import { type ScannedFolder, scanFolder } from '../data/scan.js';
import { type Metrics, measure } from '../evaluation/metrics.js';
import type { LabelledPrediction } from '../evaluation/predictions.js';
import { didYouMean, UserError } from '../runtime/errors.js';
import { loadRun } from './classifier.js';
import { type Hooks, Interrupted } from './progress.js';

/**
 * Measures a run on a folder of labelled pictures. Of a folder with parts, the held-out one is taken: `test`, else
 * `val`; of a flat one, everything.
 *
 * @throws UserError when the folder has a class that the run does not know.
 */
export async function evaluateRun(
  run: string,
  options: { readonly data: string; readonly strict?: boolean },
  { onProgress, signal }: Hooks = {},
): Promise<{ metrics: Metrics; part: string }> {
  const classifier = await loadRun(run);
  try {
    const folder = await scanFolder(options.data, { strict: options.strict ?? false });
    for (const { path, reason } of folder.skipped) {
      onProgress?.({ kind: 'warning', message: `${path} was left out: ${reason}` });
    }
    const { pictures, part } = heldOutPart(folder);
    const labelOf = matchLabels(folder.labels, classifier.labels);
    const byPath = new Map(pictures.map((picture) => [picture.path, picture]));
    const predictions: LabelledPrediction[] = [];
    const onBroken = ({ path, reason }: { path: string; reason: string }) => {
      if (options.strict) throw new UserError(`Expected only usable pictures but ${path} is not: ${reason}.`);
      onProgress?.({ kind: 'warning', message: `${path} was left out: ${reason}` });
    };
    for await (const { path, predictions: ranked } of classifier.classify(pictures, {
      onBroken,
      ...(signal && { signal }),
    })) {
      const probability = new Map(ranked.map((p) => [p.label, p.probability]));
      predictions.push({
        path,
        label: labelOf[byPath.get(path)!.label]!,
        probabilities: classifier.labels.map((label) => probability.get(label)!),
      });
      const done = predictions.length;
      const total = pictures.length;
      onProgress?.({ kind: 'work', stage: 'Classifying', done, total, unit: 'pictures' });
    }
    if (predictions.length === 0)
      throw new UserError(`Expected usable pictures in '${options.data}' but found none.`);
    return { metrics: measure(predictions, classifier.labels), part };
  } catch (error) {
    if (signal?.aborted) throw new Interrupted('The evaluation was interrupted.');
    throw error;
  } finally {
    classifier.dispose();
  }
}

function heldOutPart({ layout, parts }: ScannedFolder): { pictures: readonly Picture[]; part: string } {
  if (layout === 'flat') return { pictures: parts.train ?? [], part: 'all' };
  if (parts.test) return { pictures: parts.test, part: 'test' };
  if (parts.validation) return { pictures: parts.validation, part: 'val' };
  return { pictures: parts.train ?? [], part: 'train' };
}

/** For each of the folder's labels its place among the run's. */
function matchLabels(found: readonly string[], known: readonly string[]): number[] {
  return found.map((label) => {
    const place = known.indexOf(label);
    if (place >= 0) return place;
    throw new UserError(
      `Expected the classes of the run (${known.join(', ')}) but the folder has '${label}'.${didYouMean(label, known)}`,
    );
  });
}
