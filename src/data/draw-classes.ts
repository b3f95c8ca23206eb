import type { Random } from '../runtime/random.js';

/** Places of the examples of each class, in a random order. */
export function shuffledByClass(labels: readonly number[], classes: number, random: Random): number[][] {
  const byClass: number[][] = Array.from({ length: classes }, () => []);
  for (const [place, label] of labels.entries()) byClass[label]!.push(place);
  return byClass.map((places) => random.shuffle(places));
}

/** The same of some of the examples: their own places, not those among the others. */
export function someShuffledByClass(
  labels: readonly number[],
  some: readonly number[],
  classes: number,
  random: Random,
): number[][] {
  const order = shuffledByClass(
    some.map((place) => labels[place]!),
    classes,
    random,
  );
  return order.map((places) => places.map((at) => some[at]!));
}

/**
 * Sets a share of each class's places aside to choose by, at least one where a class has two; a class with one has none.
 */
export function withValidation(
  byClass: readonly (readonly number[])[],
  share: number,
): { readonly train: number[]; readonly validation: number[] } {
  const counts = byClass.map(({ length }) => (length < 2 ? 0 : Math.max(1, Math.round(share * length))));
  return {
    train: byClass.flatMap((places, label) => places.slice(counts[label])),
    validation: byClass.flatMap((places, label) => places.slice(0, counts[label])),
  };
}
