import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Random } from '../runtime/random.js';
import { type Colour, colourComponents, inLight, randomLight } from './colour.js';

/** The covariance of colours whose mean is `mean`. */
function covariance(colours: readonly Colour[], mean: Colour): number[][] {
  return [0, 1, 2].map((a) =>
    [0, 1, 2].map(
      (b) => colours.reduce((sum, c) => sum + (c[a]! - mean[a]!) * (c[b]! - mean[b]!), 0) / colours.length,
    ),
  );
}

const times = (a: number[][], b: number[][]) =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, value, k) => sum + value * b[k]![j]!, 0)));

/** Colours that go together, as in photographs: mostly light and dark. */
function photograph(random: Random, count: number): Uint8Array {
  return Uint8Array.from(
    Array.from({ length: count }, () => {
      const [light, warm] = [random.between(30, 225), random.between(-25, 25)];
      return [light + warm, light + random.between(-5, 5), light - warm];
    }).flat(),
  );
}

const coloursOf = (pixels: Uint8Array, scale: number): Colour[] =>
  Array.from({ length: pixels.length / 3 }, (_, i) => [
    pixels[3 * i]! / scale,
    pixels[3 * i + 1]! / scale,
    pixels[3 * i + 2]! / scale,
  ]);

const meanOf = (colours: readonly Colour[]) =>
  [0, 1, 2].map((a) => colours.reduce((sum, c) => sum + c[a]!, 0) / colours.length) as unknown as Colour;

test('greys, and one colour against another: components that can be named', () => {
  const greys = colourComponents(Uint8Array.from([0, 0, 0, 255, 255, 255]));
  for (const part of greys.directions[0]) expect(part).toBeCloseTo(1 / Math.sqrt(3), 12);
  expect(greys.variances[0]).toBeCloseTo(3 / 4, 12);
  expect(greys.variances[1]).toBeCloseTo(0, 12);
  const reds = colourComponents(Uint8Array.from([0, 7, 9, 102, 7, 9]));
  expect(reds.directions[0].map(Math.abs)).toEqual([1, 0, 0]);
  expect(reds.variances).toEqual([0.2 ** 2, 0, 0].map((value) => expect.closeTo(value, 12)));
});

test('directions are orthonormal, and with their variances make up the covariance', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 6, maxLength: 90 }), (values) => {
      const pixels = values.subarray(0, values.length - (values.length % 3));
      const { directions, variances } = colourComponents(pixels);
      for (const [i, a] of directions.entries()) {
        for (const [j, b] of directions.entries()) {
          expect(a[0] * b[0] + a[1] * b[1] + a[2] * b[2]).toBeCloseTo(i === j ? 1 : 0, 10);
        }
      }
      expect(variances[0]).toBeGreaterThanOrEqual(variances[1]);
      expect(variances[1]).toBeGreaterThanOrEqual(variances[2]);
      const colours = coloursOf(pixels, 255);
      const expected = covariance(colours, meanOf(colours));
      for (let a = 0; a < 3; a++) {
        for (let b = 0; b < 3; b++) {
          const sum = directions.reduce((total, d, i) => total + variances[i]! * d[a]! * d[b]!, 0);
          expect(sum).toBeCloseTo(expected[a]![b]!, 10);
        }
      }
    }),
  );
});

test('what it adds has mean 0 and, α being N(0, 0.1), a covariance of 0.1² times the colours’ own squared', () => {
  const pixels = photograph(new Random(1), 400);
  const components = colourComponents(pixels);
  const random = new Random(2);
  const lights = Array.from({ length: 20_000 }, () => randomLight(components, random));
  const colours = coloursOf(pixels, 255);
  const own = covariance(colours, meanOf(colours));
  const expected = times(own, own).map((row) => row.map((value) => 0.1 ** 2 * 255 ** 2 * value));
  const actual = covariance(lights, [0, 0, 0]);
  const largest = Math.max(...expected.flat());
  for (const [a, row] of expected.entries()) {
    // A variance from 20,000 draws is right to 1 % (its standard error, √(2 / 20,000)); five of those.
    for (const [b, value] of row.entries())
      expect(Math.abs(actual[a]![b]! - value)).toBeLessThan(0.05 * largest);
  }
  for (const part of meanOf(lights)) expect(Math.abs(part)).toBeLessThan(5 * Math.sqrt(largest / 20_000));
});

test('the same seed gives the same light; a picture in it stays within 0 to 255', () => {
  const components = colourComponents(photograph(new Random(1), 50));
  expect(randomLight(components, new Random(5))).toEqual(randomLight(components, new Random(5)));
  expect(randomLight(components, new Random(5))).not.toEqual(randomLight(components, new Random(6)));
  expect(randomLight(components, new Random(5), 0)).toEqual(
    [0, 0, 0].map((zero) => expect.closeTo(zero, 12)),
  );
  expect([...inLight(Uint8Array.from([0, 100, 250, 10, 20, 30]), [-5, 0.6, 20])]).toEqual([
    0, 101, 255, 5, 21, 50,
  ]);
});
