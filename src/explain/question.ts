import { softmax } from '../evaluation/softmax.js';
import { didYouMean, UserError } from '../runtime/errors.js';

/** What a map answers: why this class, or why this class rather than that one. Classes by their place. */
export interface Question {
  readonly of: number;
  readonly ratherThan?: number;
}

/** What the question is about as a number: the class's logit, or the difference of two. */
export function scoreOf(logits: ArrayLike<number>, { of, ratherThan }: Question): number {
  return logits[of]! - (ratherThan === undefined ? 0 : logits[ratherThan]!);
}

/**
 * The same as a probability: the class's, or its share of what both classes have together.
 */
export function probabilityOf(logits: readonly number[], { of, ratherThan }: Question): number {
  if (ratherThan !== undefined) return 1 / (1 + Math.exp(logits[ratherThan]! - logits[of]!));
  return softmax(logits)[of]!;
}

interface Classes {
  readonly labels: readonly string[];
  /** ImageNet's synsets, for its classes' names are not unique. */
  readonly ids?: readonly string[] | undefined;
}

/**
 * The place of a class that is given by its name, or by its synset; one of ImageNet's also by one of its words.
 *
 * @param flag the option that named it.
 */
export function classNamed(given: string, { labels, ids }: Classes, flag: string): number {
  const words = labels.findIndex((label) => label.split(', ').includes(given));
  const place = [labels.indexOf(given), ids?.indexOf(given) ?? -1, ids ? words : -1].find((i) => i >= 0);
  if (place !== undefined) return place;
  const known = labels.length > 20 ? `one of ${labels.length} classes` : `a class of ${labels.join(', ')}`;
  throw new UserError(`Expected ${flag} to be ${known} but received '${given}'.${didYouMean(given, labels)}`);
}
