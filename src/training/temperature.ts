import type { WeightedNetwork } from '../models/compose.js';
import { outputOf } from '../models/network.js';
import type { NamedTensor } from '../formats/tensors.js';

/** Standard deviation of ln T that is taken for granted: a handful of validation pictures moves T but little. */
const priorDeviation = 0.3;

/** Of an answer that is certain to be wrong: a loss beyond it would say nothing more. */
const leastLogit = Math.log(Number.MIN_VALUE);

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
  const classes = probabilities[0]?.length ?? 0;
  const logits = new Float64Array(probabilities.length * classes);
  for (const [i, row] of probabilities.entries()) {
    const largest = Math.max(...row);
    for (const [k, p] of row.entries()) logits[i * classes + k] = Math.log(p / largest);
  }
  const loss = (logarithm: number) => {
    const inverse = Math.exp(-logarithm);
    let total = logarithm ** 2 / (2 * priorDeviation ** 2);
    for (const [i, label] of labels.entries()) {
      let sum = 0;
      for (let k = i * classes; k < (i + 1) * classes; k++) sum += Math.exp(logits[k]! * inverse);
      total += Math.log(sum) - Math.max(logits[i * classes + label]! * inverse, leastLogit);
    }
    return total;
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
  let [left, right] = [high - ratio * (high - low), low + ratio * (high - low)];
  let [ofLeft, ofRight] = [of(left), of(right)];
  while (high - low > 1e-4) {
    if (ofLeft < ofRight) {
      [high, right, ofRight] = [right, left, ofLeft];
      left = high - ratio * (high - low);
      ofLeft = of(left);
    } else {
      [low, left, ofLeft] = [left, right, ofRight];
      right = low + ratio * (high - low);
      ofRight = of(right);
    }
  }
  return (low + high) / 2;
}
