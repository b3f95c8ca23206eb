import type { Examples } from '../features/examples.js';
import type { Hooks } from '../runtime/progress.js';
import type { Random } from '../runtime/random.js';
import { chooseStrength, foldCount, foldNames, priorVariances, stratifiedFolds } from './cross-validation.js';
import { FoldRegressions } from './fold-regressions.js';
import { featureStatistics, standardiser, wholePart } from './standardise.js';
import { withTemperature } from './temperature.js';

/**
 * For every example the probabilities of a classifier that has not seen it: the exact linear head on all the others but a
 * fifth, its weight decay and temperature chosen so that these probabilities are honest.
 *
 * @param groups examples with one name stay in one fold: copies would vouch for one another.
 */
export async function outOfFoldProbabilities(
  examples: Examples,
  classes: number,
  { groups, random, hooks }: { groups: readonly string[]; random: Random; hooks: Hooks },
): Promise<number[][]> {
  const features = examples.shape[0]!;
  const scaled = standardiser(featureStatistics(examples), wholePart(features), 'together').apply(examples);
  const values = scaled.read(Array.from({ length: examples.size }, (_, i) => i));
  const folds = stratifiedFolds(examples.labels, foldCount, random, (i) => groups[i]!);
  const regressions = new FoldRegressions(
    { values, features, labels: examples.labels, classes },
    foldNames(folds).length,
  );
  try {
    const strengths = priorVariances.map((variance) => 1 / (variance * examples.size));
    const tell = (done: number) => {
      const total = strengths.length * foldCount;
      hooks.onProgress?.({ kind: 'work', stage: 'Reading labels', done, total, unit: 'fits' });
    };
    const { outOfFold, temperature } = await chooseStrength(regressions, examples.labels, {
      folds,
      strengths,
      signal: hooks.signal,
      onFit: tell,
    });
    tell(strengths.length * foldCount);
    return outOfFold.map((row) => withTemperature(row, temperature));
  } finally {
    regressions.dispose();
  }
}
