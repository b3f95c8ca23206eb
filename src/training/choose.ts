import { holm } from '../evaluation/holm.js';
import { mcnemar } from '../evaluation/mcnemar.js';

/** A setting that was tried, and which validation examples it got right. */
export interface Candidate<T> {
  readonly setting: T;
  readonly right: readonly boolean[];
}

/**
 * Picks a setting by the validation examples: the `usual` one unless another does better on them beyond chance (exact
 * McNemar tests on the same pictures, together at 5 % by Holm's procedure: of five settings that are no better, one
 * would seem so far more often than one test alone). A validation part of a hundred pictures moves by a point for every
 * picture; following its noise costs more accuracy on new pictures than staying.
 *
 * What is compared must differ in the setting alone: all candidates trained for the same steps.
 */
export function chooseSetting<T>(usual: Candidate<T>, others: readonly Candidate<T>[]): Candidate<T> {
  const accuracy = ({ right }: Candidate<T>) => right.filter(Boolean).length;
  const beyondChance = holm(others.map((other) => mcnemar(other.right, usual.right).p));
  const better = others
    .filter((other, i) => beyondChance[i] && accuracy(other) > accuracy(usual))
    .sort((a, b) => accuracy(b) - accuracy(a));
  return better[0] ?? usual;
}

/**
 * Weight decays that 'auto' tries, as the λ of λ/2 · ‖kernel‖²: each is a normal prior on the weights with variance
 * v (λ = 1 / (v · examples)), so the more pictures speak, the less the prior does. Measured on two folders of
 * photographs with VGG-16's features, v = 0.01 is best or within noise of it from 245 to 700 pictures
 * (`docs/decisions.md`).
 */
export function weightDecayCandidates(examples: number): { usual: number; others: number[] } {
  const forVariance = (variance: number) => 1 / (variance * examples);
  return { usual: forVariance(0.01), others: [0.001, 0.003, 0.03, 0.1, 1].map(forVariance) };
}
