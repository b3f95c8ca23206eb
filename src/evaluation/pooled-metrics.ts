import type { Random } from '../runtime/random.js';
import { type RepeatedAccuracy, repeatedAccuracy } from './crossed-interval.js';

/** What a repetition (one deal of the folds) answered: a class for each picture, by a classifier that never saw it. */
export type PooledAnswers = readonly (readonly number[])[];

export interface PooledClass {
  readonly label: string;
  readonly n: number;
  /** Share of the class's pictures that were recognised. */
  readonly accuracy: number;
  readonly ci95: readonly [number, number];
  /** Share of the answers with this class that were right; null when it was never the answer. */
  readonly precision: number | null;
  readonly f1: number | null;
}

export interface PooledMetrics {
  readonly n: number;
  readonly accuracy: RepeatedAccuracy;
  /** Mean over the classes of F1, the harmonic mean of precision and recall; 0 for a class that is never the answer. */
  readonly macroF1: { readonly value: number; readonly ci95: readonly [number, number] };
  readonly perClass: readonly PooledClass[];
}

const resamples = 1000;

/**
 * The figures of pooled out-of-fold answers. Repetitions judge the same pictures again, so intervals count pictures, not
 * answers. Macro-F1's is a percentile bootstrap over pictures, each with its answers in all repetitions.
 */
export function pooledMetrics(
  answers: PooledAnswers,
  truth: readonly number[],
  labels: readonly string[],
  random: Random,
): PooledMetrics {
  const right = answers.map((row) => row.map((answer, i) => answer === truth[i]));
  const all = truth.map((_, i) => i);
  const counts = countsOf(answers, truth, labels.length, all);
  const drawn = Float64Array.from({ length: resamples }, () => {
    const places = all.map(() => random.below(all.length));
    return macroF1(countsOf(answers, truth, labels.length, places));
  }).sort();
  const at = (share: number) => drawn[Math.round(share * (resamples - 1))]!;
  return {
    n: truth.length,
    accuracy: repeatedAccuracy(right),
    macroF1: { value: macroF1(counts), ci95: [at(0.025), at(0.975)] },
    perClass: labels.flatMap((label, own) => {
      const places = all.filter((i) => truth[i] === own);
      if (places.length === 0) return [];
      const { accuracy, ci95 } = repeatedAccuracy(right.map((row) => places.map((i) => row[i]!)));
      const { hits, answered } = counts[own]!;
      const precision = answered === 0 ? null : hits / answered;
      return [
        {
          label,
          n: places.length,
          accuracy,
          ci95,
          precision,
          f1: precision === null ? null : f1(counts[own]!),
        },
      ];
    }),
  };
}

interface Counts {
  readonly hits: number;
  readonly answered: number;
  readonly there: number;
}

function countsOf(
  answers: PooledAnswers,
  truth: readonly number[],
  classes: number,
  places: readonly number[],
): Counts[] {
  const [hits, answered, there] = [0, 1, 2].map(() => new Array<number>(classes).fill(0)) as [
    number[],
    number[],
    number[],
  ];
  for (const row of answers) {
    for (const i of places) {
      const [label, answer] = [truth[i]!, row[i]!];
      there[label]!++;
      answered[answer]!++;
      if (answer === label) hits[label]!++;
    }
  }
  return hits.map((own, label) => ({ hits: own, answered: answered[label]!, there: there[label]! }));
}

/** 2 · hits / (answers + pictures): the harmonic mean of precision and recall. */
function f1({ hits, answered, there }: Counts): number {
  return answered + there === 0 ? 0 : (2 * hits) / (answered + there);
}

/** Over the classes that have pictures. */
function macroF1(counts: readonly Counts[]): number {
  const own = counts.filter(({ there }) => there > 0);
  return own.reduce((sum, one) => sum + f1(one), 0) / own.length;
}
