import { Random } from '../runtime/random.js';
import { holm } from './holm.js';
import { type Interval, wilsonInterval } from './intervals.js';
import { mcnemar } from './mcnemar.js';

/** Something known of every example that is not what it shows: one number or more, or a word. */
export type Fact = readonly (readonly number[] | string)[];

/** How well one fact alone tells the classes. */
export interface FactTest {
  readonly fact: string;
  /** Share of examples told rightly by a classifier on the fact alone that has not seen them, and its 95 % interval. */
  readonly accuracy: number;
  readonly ci95: readonly [low: number, high: number];
  /** What always answering the most frequent class gets. */
  readonly majority: number;
  /** Whether the fact tells the classes beyond chance, all facts of a folder being tested together, and well enough to matter. */
  readonly tells: boolean;
}

const folds = 5;
/** Of what the most frequent class leaves wrong, the share that a fact must put right to be worth a word. */
export const worthAWord = 0.2;
const bins = 8;

/**
 * Tests which facts tell the classes by themselves: a network can learn such a fact instead of what the pictures show.
 * A naive Bayes classifier on the fact, its numbers cut into eight quantiles, is cross-validated five-fold and held
 * against the most frequent class on the same examples: exact McNemar tests, together at 5 % (Holm). Facts that are
 * the same for all are left out.
 *
 * @param groups examples with one name stay in one fold.
 */
export function testFacts(
  facts: Readonly<Record<string, Fact>>,
  labels: readonly number[],
  classes: number,
  groups: readonly string[] = labels.map((_, i) => String(i)),
): FactTest[] {
  const foldOf = dealt(groups);
  const counts = countsOf(labels, classes);
  const frequent = counts.indexOf(Math.max(...counts));
  const byMajority = labels.map((label) => label === frequent);
  const majority = counts[frequent]! / labels.length;
  const varying = Object.entries(facts).filter(([, values]) => new Set(values.map(String)).size > 1);
  const tests = varying.map(([fact, values]) => {
    const right = crossValidated(values, labels, classes, foldOf);
    const n = right.filter(Boolean).length;
    const interval: Interval = wilsonInterval(n, labels.length);
    const accuracy = n / labels.length;
    return { fact, accuracy, ci95: [interval.low, interval.high] as const, majority, right };
  });
  const beyondChance = holm(tests.map(({ right }) => mcnemar(right, byMajority).p));
  return tests.map(({ right: _right, ...test }, i) => ({
    ...test,
    tells: beyondChance[i]! && test.accuracy - majority >= worthAWord * (1 - majority),
  }));
}

/** Groups dealt to folds in a random order. */
function dealt(groups: readonly string[]): number[] {
  const order = new Random(0).shuffle([...new Set(groups)]);
  const fold = new Map(order.map((group, i) => [group, i % folds]));
  return groups.map((group) => fold.get(group)!);
}

function crossValidated(
  values: Fact,
  labels: readonly number[],
  classes: number,
  foldOf: readonly number[],
): boolean[] {
  const right = new Array<boolean>(labels.length).fill(false);
  for (let fold = 0; fold < folds; fold++) {
    const [known, asked] = [true, false].map((isKnown) =>
      [...labels.keys()].filter((i) => (foldOf[i] !== fold) === isKnown),
    ) as [number[], number[]];
    if (known.length === 0) continue;
    const answer = naiveBayes(
      known.map((i) => values[i]!),
      known.map((i) => labels[i]!),
      classes,
    );
    for (const i of asked) right[i] = answer(values[i]!) === labels[i];
  }
  return right;
}

/** Class frequencies times, for each number, how often the class falls into its bin (one more than counted). */
function naiveBayes(values: Fact, labels: readonly number[], classes: number) {
  const cells = cellsOf(values);
  const prior = countsOf(labels, classes);
  const dimensions = cells(values[0]!).length;
  const tables = Array.from({ length: dimensions }, () => new Map<string, number[]>());
  for (const [i, value] of values.entries()) {
    for (const [d, cell] of cells(value).entries()) {
      const counts = tables[d]!.get(cell) ?? new Array<number>(classes).fill(0);
      counts[labels[i]!]!++;
      tables[d]!.set(cell, counts);
    }
  }
  return (value: readonly number[] | string): number => {
    const own = cells(value);
    const scores = prior.map((count, k) =>
      own.reduce((sum, cell, d) => {
        const table = tables[d]!;
        return sum + Math.log(((table.get(cell)?.[k] ?? 0) + 1) / (count + table.size));
      }, Math.log(count)),
    );
    return scores.indexOf(Math.max(...scores));
  };
}

/** What a value falls into: quantiles of each of its numbers, or the word that it is. */
function cellsOf(values: Fact): (value: readonly number[] | string) => string[] {
  const numeric = values.filter((value) => typeof value !== 'string');
  const edges = (numeric[0] ?? []).map((_, d) => {
    const sorted = numeric.map((value) => value[d]!).sort((a, b) => a - b);
    return [
      ...new Set(
        Array.from({ length: bins - 1 }, (_, i) => sorted[Math.floor(((i + 1) * sorted.length) / bins)]!),
      ),
    ];
  });
  return (value) =>
    typeof value === 'string'
      ? [value]
      : value.map((number, d) => String(edges[d]!.filter((edge) => number >= edge).length));
}

function countsOf(labels: readonly number[], classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label]!++;
  return counts;
}
