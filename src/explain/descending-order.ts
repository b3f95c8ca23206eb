/** The sorting is by so many bits at once. */
const digit = 16;

/**
 * The places of values from the largest to the smallest, of equal ones the first: what `sort` with a comparison gives, by
 * their bits from the lowest digit to the highest, in a tenth of its time for the hundred thousand places of a picture.
 *
 * @param values none NaN.
 */
export function descendingOrder(values: Float64Array): Uint32Array {
  let order = new Uint32Array(values.length);
  let sorted = new Uint32Array(values.length);
  for (let place = 0; place < order.length; place++) order[place] = place;
  const next = new Uint32Array(2 ** digit);
  for (const half of ascendingHalves(values)) {
    for (const shift of [0, digit]) {
      next.fill(0);
      for (let place = 0; place < half.length; place++) next[digitAt(half, place, shift)]!++;
      let start = 0;
      for (let i = 0; i < next.length; i++) {
        const count = next[i]!;
        next[i] = start;
        start += count;
      }
      for (let i = 0; i < order.length; i++) {
        const place = order[i]!;
        sorted[next[digitAt(half, place, shift)]!++] = place;
      }
      [order, sorted] = [sorted, order];
    }
  }
  return order;
}

function digitAt(half: Uint32Array, place: number, shift: number): number {
  return (half[place]! >>> shift) & (2 ** digit - 1);
}

/** The lower and the upper halves of whole numbers of 64 bits that rise as the values fall. */
function ascendingHalves(values: Float64Array): [lower: Uint32Array, upper: Uint32Array] {
  const negated = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) negated[i] = 0 - values[i]!; // both zeros become one
  const words = new Uint32Array(negated.buffer);
  const [lower, upper] = [new Uint32Array(values.length), new Uint32Array(values.length)];
  for (let i = 0; i < values.length; i++) {
    const word = words[2 * i + 1]!;
    const negative = word >> 31; // all bits or none: below zero, larger bits are smaller numbers
    lower[i] = words[2 * i]! ^ negative;
    upper[i] = word ^ (negative | 0x80000000);
  }
  return [lower, upper];
}
