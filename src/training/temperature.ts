import type { WeightedNetwork } from '../models/compose.js';
import { outputOf } from '../models/network.js';
import type { NamedTensor } from '../formats/tensors.js';

/** Standard deviation of ln T that is taken for granted: a handful of validation pictures moves T but little. */
const priorDeviation = 0.3;

const [lowest, highest] = [Math.log(0.1), Math.log(10)];

/**
 * The temperature T that makes a classifier's probabilities honest: dividing its logits by T gives the validation
 * examples the lowest log loss (Guo et al. 2017, section 4.2), with a normal prior on ln T around 0. Below 1 the
 * classifier was less sure than it was right, as strong weight decay makes it. No answer changes.
 *
 * @param probabilities a row for each example.
 */
export function fitTemperature(
  probabilities: readonly (readonly number[])[],
  labels: readonly number[],
): number {
  const loss = (logarithm: number) => {
    const prior = logarithm ** 2 / (2 * priorDeviation ** 2);
    return probabilities.reduce((sum, row, i) => {
      const adjusted = withTemperature(row, Math.exp(logarithm));
      return sum - Math.log(Math.max(adjusted[labels[i]!]!, Number.MIN_VALUE));
    }, prior);
  };
  return Math.exp(minimum(loss, lowest, highest));
}

/** The probabilities that logits divided by `temperature` give: p^(1/T), normalised. */
export function withTemperature(row: readonly number[], temperature: number): number[] {
  const largest = Math.max(...row);
  const powers = row.map((p) => (p / largest) ** (1 / temperature));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** The classifier with its logits divided by `temperature`, in the weights of its last, dense layer. */
export function dividedBy(temperature: number, { network, weights }: WeightedNetwork): WeightedNetwork {
  const divided = new Map(weights);
  for (const part of ['kernel', 'bias']) {
    const name = `${outputOf(network).name}/${part}`;
    const { shape, data }: NamedTensor = weights.get(name)!;
    divided.set(name, { shape, data: data.map((value) => value / temperature) });
  }
  return { network, weights: divided };
}

/** Where a function with one valley is lowest, to 1e-4 (golden-section search: Kiefer 1953). */
function minimum(of: (x: number) => number, from: number, to: number): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [from, to];
  while (high - low > 1e-4) {
    const [left, right] = [high - ratio * (high - low), low + ratio * (high - low)];
    if (of(left) < of(right)) high = right;
    else low = left;
  }
  return (low + high) / 2;
}
