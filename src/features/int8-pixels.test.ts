import { expect, it } from 'vitest';
import { Random } from '../runtime/random.js';
import { InsideChannel, insideValue, pixelConvolution } from './int8-pixels.js';

const [channels, filters] = [3, 5];
const random = new Random(1);
const kernel = Float32Array.from({ length: 9 * channels * filters }, () => random.next() - 0.5);
const bias = Float32Array.from({ length: filters }, () => 10 * random.next());
const scaling = {
  scale: Float32Array.of(0.5, 1, 2),
  mean: Float32Array.of(124, 117, 104),
  shift: Float32Array.of(0, 3, -2),
};
const whole = [0, 1, 2, 3, 4, 5, 6, 7, 8];
const corner = [4, 5, 7, 8];

/** What the filters make of a window of which `places` lie in the picture, all of them of one colour. */
function exact(places: readonly number[], colour: readonly number[], filter: number): number {
  const { scale, mean, shift } = scaling;
  const value = (c: number) => scale[c]! * (colour[c]! - mean[c]!) + shift[c]!;
  const weight = (place: number, c: number) => kernel[(place * channels + c) * filters + filter]!;
  const terms = places.flatMap((place) => colour.map((_, c) => weight(place, c) * value(c)));
  return terms.reduce((sum, term) => sum + term, bias[filter]!);
}

function inIntegers(places: readonly number[], colour: readonly number[], filter: number): number {
  const result = pixelConvolution({ shape: [3, 3, channels, filters], data: kernel }, bias, scaling);
  const wide = [...colour, insideValue];
  const weight = (place: number, c: number) =>
    result.kernel.data[(place * wide.length + c) * filters + filter]!;
  const sum = places
    .flatMap((place) => wide.map((value, c) => weight(place, c) * value))
    .reduce((a, b) => a + b);
  return result.bias[filter]! + (sum * result.kernel.maxima[filter]!) / 127;
}

it('on pixels gives what float32 gives on scaled ones: exact at the mean colour, close elsewhere and at the border', () => {
  for (let filter = 0; filter < filters; filter++) {
    const mean = [...scaling.mean];
    expect(inIntegers(whole, mean, filter)).toBeCloseTo(exact(whole, mean, filter), 2);
    for (const places of [whole, corner]) {
      for (const colour of [mean, [255, 0, 128], [30, 200, 90]]) {
        const difference = inIntegers(places, colour, filter) - exact(places, colour, filter);
        // 36 weights, each off by half a step of 1/127 at most, times up to 255: 36 at worst, a tenth of it in the mean.
        expect(Math.abs(difference)).toBeLessThan(6);
      }
    }
  }
});

it.each([
  ['of three channels, four at a time', 3, 16, 0],
  ['of three channels, not a multiple of four', 3, 15, 0],
  ['of three channels that begin within a word', 3, 16, 1],
  ['of one channel', 1, 16, 0],
])('adds the further channel to pixels %s', (_, channels, places, offset) => {
  const inside = new InsideChannel(channels);
  for (const count of [2, 1, 3]) {
    const length = count * places * channels;
    const pixels = new Uint8Array(offset + length).subarray(offset);
    for (let i = 0; i < length; i++) pixels[i] = random.below(256);
    const expected = Array.from({ length: count * places }, (_, i) => [
      ...pixels.subarray(i * channels, (i + 1) * channels),
      insideValue,
    ]);
    expect([...inside.addTo(pixels)]).toEqual(expected.flat());
  }
});
