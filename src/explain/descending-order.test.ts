import { expect, test } from 'vitest';
import { Random } from '../runtime/random.js';
import { descendingOrder } from './descending-order.js';

/** By comparing. */
function plainly(values: Float64Array): number[] {
  return Array.from(values.keys()).sort((a, b) => values[b]! - values[a]!);
}

const random = new Random(3);
const kinds = {
  'of all sizes': () => random.normal() * 10 ** random.between(-300, 300),
  'near one another': () => 1 + random.below(5) * Number.EPSILON,
  'equal ones, and zeros of both signs': () => [-1, -0, 0, 1][random.below(4)]!,
  'subnormal and infinite': () =>
    [Number.MIN_VALUE, -Number.MIN_VALUE, Infinity, -Infinity, 2 ** -1040, 0][random.below(6)]!,
};

test.each(Object.entries(kinds))('values %s come in the order that comparing gives', (_, draw) => {
  for (const length of [0, 1, 2, 3000]) {
    const values = Float64Array.from({ length }, draw);
    expect(Array.from(descendingOrder(values))).toEqual(plainly(values));
  }
});
