import { type Comparison, compareAnswers } from './compare.js';
import { holm } from './holm.js';

/** Who was right on one picture that both have answered. */
export interface PairedAnswer {
  /** The true class. */
  readonly label: string;
  readonly now: boolean;
  readonly before: boolean;
}

/** What became of the accuracy on the same pictures. */
export interface Change extends Comparison {
  /** Pictures that both have answered. */
  readonly n: number;
  /** Share of right answers on these, now and before. */
  readonly accuracy: number;
  readonly accuracyBefore: number;
  /** `drop` or `gain` where it is more than chance. */
  readonly verdict: 'drop' | 'gain' | 'chance';
}

export interface Changes {
  readonly all: Change;
  /** Of the classes that have pictures, in the order in which they are met. */
  readonly perClass: readonly (Change & { readonly label: string })[];
}

/**
 * The change as a whole and class by class. Of two equally good classifiers, at most one in twenty pairs shows a drop
 * anywhere: one in forty as a whole (McNemar's two-sided test below 0.05, and down), one in forty in any class (the same,
 * by Holm over all classes, of which those that did not fall bring no evidence).
 *
 * @throws RangeError when there are no answers.
 */
export function changesOf(answers: readonly PairedAnswer[]): Changes {
  if (answers.length === 0) throw new RangeError('expected answers to the same pictures but received none');
  const byClass = new Map<string, PairedAnswer[]>(answers.map(({ label }) => [label, []]));
  for (const answer of answers) byClass.get(answer.label)!.push(answer);
  const found = [...byClass].map(([label, own]) => ({ label, ...figures(own) }));
  const told = (sign: 1 | -1) =>
    holm(found.map(({ difference, mcnemarP }) => (Math.sign(difference) === sign ? mcnemarP : 1)));
  const [drops, gains] = [told(-1), told(1)];
  const all = figures(answers);
  const clear = all.mcnemarP < 0.05;
  return {
    all: { ...all, verdict: verdict(clear && all.difference < 0, clear && all.difference > 0) },
    perClass: found.map((change, i) => ({ ...change, verdict: verdict(drops[i]!, gains[i]!) })),
  };
}

function figures(answers: readonly PairedAnswer[]): Omit<Change, 'verdict'> {
  const [now, before] = [answers.map((one) => one.now), answers.map((one) => one.before)];
  const share = (right: readonly boolean[]) => right.filter(Boolean).length / right.length;
  return {
    n: answers.length,
    accuracy: share(now),
    accuracyBefore: share(before),
    ...compareAnswers(now, before),
  };
}

function verdict(drop: boolean, gain: boolean): Change['verdict'] {
  return drop ? 'drop' : gain ? 'gain' : 'chance';
}
