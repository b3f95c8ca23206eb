import { bootstrapInterval } from './bootstrap.js';

/** The classes of pictures and the answers to them, by their places among `classes` classes. */
export interface Answers {
  readonly truths: readonly number[];
  readonly answers: readonly number[];
  readonly classes: number;
}

/**
 * Mean over the classes of F1, the harmonic mean of precision and recall: 0 for a class that is never recognised. Classes
 * that are neither truth nor answer anywhere do not count, as in scikit-learn.
 *
 * @param places the pictures that count; undefined: all. One may come more than once.
 */
export function macroF1({ truths, answers, classes }: Answers, places?: Int32Array): number {
  const [asked, said, both] = [new Int32Array(classes), new Int32Array(classes), new Int32Array(classes)];
  const n = places?.length ?? truths.length;
  for (let i = 0; i < n; i++) {
    const place = places ? places[i]! : i;
    const [truth, answer] = [truths[place]!, answers[place]!];
    asked[truth]!++;
    said[answer]!++;
    if (truth === answer) both[truth]!++;
  }
  let [sum, counted] = [0, 0];
  for (let c = 0; c < classes; c++) {
    const either = asked[c]! + said[c]!;
    if (either === 0) continue;
    sum += (2 * both[c]!) / either;
    counted++;
  }
  return sum / counted;
}

/**
 * Its 95 % bootstrap interval over pictures. Undefined for a handful, and where every answer is right: resampling knows of
 * no mistakes that it has not seen.
 */
export function macroF1Interval(all: Answers): readonly [number, number] | undefined {
  if (all.truths.every((truth, i) => truth === all.answers[i])) return undefined;
  return bootstrapInterval(all.truths.length, (places) => macroF1(all, places));
}

/** By how much the first answers' macro-F1 is above the second's on the same pictures, with the paired interval. */
export function macroF1Difference(
  first: Answers,
  second: Pick<Answers, 'answers'>,
): { readonly difference: number; readonly ci95?: readonly [number, number] } {
  const other = { ...first, answers: second.answers };
  const between = (places?: Int32Array) => macroF1(first, places) - macroF1(other, places);
  const same = first.answers.every((answer, i) => answer === second.answers[i]);
  const ci95 = same ? undefined : bootstrapInterval(first.truths.length, between);
  return { difference: between(), ...(ci95 && { ci95 }) };
}
