import { expect, test } from 'vitest';
import { Random } from '../../runtime/random.js';
import type { Affine } from './affine.js';
import { greyPicture, finest, levels } from './grey-picture.js';
import { gradients, leastOverlap, normalEquations } from './normal-equations.js';

const random = new Random(6);
const noise = () => {
  const pixels = Uint8Array.from({ length: finest * finest }, () => random.below(256));
  return greyPicture(pixels, 1).pyramid;
};
const placement = (): Affine => {
  const size = () => random.between(0.7, 1.4);
  const rest = () => random.between(-0.2, 0.2);
  return [size(), rest(), rest(), rest(), size(), rest()];
};

/** Pixel after pixel, each sum in a loop over the six parameters. */
function plainly(picture: Float32Array, other: Float32Array, [a, b, c, d, e, f]: Affine, side: number) {
  const slopes = gradients(other, side);
  const square = Array.from({ length: 6 }, () => new Array<number>(6).fill(0));
  const [sums, onPicture, onWarped] = [0, 0, 0].map(() => new Array<number>(6).fill(0)) as [
    number[],
    number[],
    number[],
  ];
  let [n, p1, p2, w1, w2, pw] = [0, 0, 0, 0, 0, 0];
  const centre = (i: number) => (2 * i + 1) / side - 1;
  for (let i = 0; i < side; i++) {
    for (let j = 0; j < side; j++) {
      const [x, y] = [centre(j), centre(i)];
      const [right, below] = [
        ((a * x + b * y + c + 1) * side - 1) / 2,
        ((d * x + e * y + f + 1) * side - 1) / 2,
      ];
      if (!(right >= 0 && below >= 0 && right <= side - 1 && below <= side - 1)) continue;
      const [left, top] = [Math.min(side - 2, Math.floor(right)), Math.min(side - 2, Math.floor(below))];
      const se = (right - left) * (below - top);
      const [ne, sw] = [right - left - se, below - top - se];
      const nw = 1 - ne - below + top;
      const at = top * side + left;
      const of = (values: Float32Array) =>
        nw * values[at]! + ne * values[at + 1]! + sw * values[at + side]! + se * values[at + side + 1]!;
      const [p, w, gx, gy] = [picture[i * side + j]!, of(other), of(slopes.across), of(slopes.down)];
      n++;
      p1 += p;
      p2 += p * p;
      w1 += w;
      w2 += w * w;
      pw += p * w;
      const row = [gx * x, gx * y, gx, gy * x, gy * y, gy];
      for (const [k, value] of row.entries()) {
        sums[k]! += value;
        onPicture[k]! += value * p;
        onWarped[k]! += value * w;
        for (const [l, by] of row.entries()) square[k]![l]! += value * by;
      }
    }
  }
  if (n < leastOverlap * side * side) return undefined;
  const [pMean, wMean] = [p1 / n, w1 / n];
  const warpedSquares = w2 - n * wMean * wMean;
  const product = pw - n * pMean * wMean;
  return {
    correlation: product / Math.sqrt((p2 - n * pMean * pMean) * warpedSquares),
    hessian: Float64Array.from(
      square.flatMap((row, k) => row.map((sum, l) => sum - (sums[k]! * sums[l]!) / n)),
    ),
    onPicture: Float64Array.from(onPicture, (sum, k) => sum - sums[k]! * pMean),
    onWarped: Float64Array.from(onWarped, (sum, k) => sum - sums[k]! * wMean),
    warpedSquares,
    product,
  };
}

test.each([1, 2])('level %i: every sum is what adding pixel after pixel gives, to the last bit', (level) => {
  const side = levels[level]!;
  for (let tries = 0; tries < 20; tries++) {
    const [picture, other] = [noise()[level]!, noise()[level]!];
    const affine = placement();
    expect(normalEquations(picture, other, gradients(other, side), affine, side)).toEqual(
      plainly(picture, other, affine, side),
    );
  }
});

test('of pictures that hardly touch there are none', () => {
  const [picture, other] = [noise()[1]!, noise()[1]!];
  expect(normalEquations(picture, other, gradients(other, 32), [1, 0, 1.5, 0, 1, 0], 32)).toBeUndefined();
});
