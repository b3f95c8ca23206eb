/** Pictures whose values are not eight bits wide: the same ramp from black to white, stored in every way. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { deepPng, tiffOf } from '../../test/helpers/deep-pictures.js';
import { folderOf, pictureBytes } from '../../test/helpers/picture-folders.js';
import { declaredValues } from './declared-values.js';
import { type DecodeOptions, decodePicture } from './decode.js';
import { scanFolder } from './scan.js';

const [width, height] = [64, 32];
const options: DecodeOptions = { width, height, channels: 3, resize: 'squash' };

/** From `low` at the left to `high` at the right, in each of `channels`. */
function ramp(low: number, high: number, channels = 1): number[] {
  return Array.from(
    { length: width * height },
    (_, i) => low + ((high - low) * (i % width)) / (width - 1),
  ).flatMap((value) => Array<number>(channels).fill(value));
}

const flipped = (values: number[], channels: number) =>
  values.map((value, i) => (i % channels === 1 ? values.at(-1)! - value : value));

/** Red, green and blue in a row of the decoded picture, by steps of 21 columns. */
async function decoded(bytes: Buffer): Promise<number[][]> {
  const pixels = await decodePicture(bytes, options);
  return [0, 21, 42, 63].map((x) => [...pixels.subarray(3 * x, 3 * x + 3)]);
}

const grey = [0, 85, 170, 255].map((value) => [value, value, value]);
const crossing = [0, 85, 170, 255].map((value) => [value, 255 - value, value]);

/** Every value within one of what is expected. */
function expectNear(found: number[][], expected: number[][]): void {
  for (const [i, row] of found.entries())
    for (const [j, value] of row.entries())
      expect(Math.abs(value - expected[i]![j]!), `${JSON.stringify(found)}`).toBeLessThanOrEqual(1);
}

describe('a ramp from black to white', () => {
  const u16 = (high: number) => Uint16Array.from(ramp(0, high).map(Math.round));
  const cases: Record<string, () => Buffer | Promise<Buffer>> = {
    'PNG, 8 of 16 bits': () => deepPng(u16(255), { width }),
    'PNG, 12 of 16 bits': () => deepPng(u16(4095), { width }),
    'PNG, 16 bits': () => deepPng(u16(65_535), { width }),
    'PNG, 16 bits of which 12 are significant': () => deepPng(u16(65_535), { width, significantBits: 12 }),
    'TIFF, 10 of 16 bits': () => tiffOf(u16(1023), { width }),
    'TIFF, 14 of 16 bits': () => tiffOf(u16(16_383), { width }),
    'TIFF, 16 bits': () => tiffOf(u16(65_535), { width }),
    'TIFF, signed': () => tiffOf(Int16Array.from(ramp(-1024, 1023)), { width }),
    'TIFF, 32-bit integers': () => tiffOf(Int32Array.from(ramp(0, 2 ** 24 - 1)), { width }),
    'TIFF, 32-bit integers of 8 bits': () => tiffOf(Int32Array.from(ramp(0, 255)), { width }),
    'TIFF, unsigned 32-bit integers': () => tiffOf(Uint32Array.from(ramp(0, 2 ** 32 - 1)), { width }),
    'TIFF, floats from 0 to 1': () => tiffOf(Float32Array.from(ramp(0, 1)), { width }),
    'TIFF, floats from -1 to 1': () => tiffOf(Float32Array.from(ramp(-1, 1)), { width }),
    'TIFF, floats from 0 to 255': () => tiffOf(Float32Array.from(ramp(0, 255)), { width }),
    'TIFF, floats of a range that it names': () =>
      tiffOf(Float32Array.from(ramp(10, 700)), { width, range: [10, 700] }),
  };
  test.each(Object.entries(cases))('%s', async (_, bytes) => expectNear(await decoded(await bytes()), grey));

  test('what says 12 bits and is dark stays dark', async () => {
    const bytes = await deepPng(u16(819), { width, significantBits: 12 });
    expectNear(
      await decoded(bytes),
      [0, 17, 34, 51].map((value) => [value, value, value]),
    );
  });

  test.each([
    ['12 of 16 bits', () => tiffOf(Uint16Array.from(flipped(ramp(0, 4095, 3), 3)), { width, channels: 3 })],
    ['floats', () => tiffOf(Float32Array.from(flipped(ramp(0, 1, 3), 3)), { width, channels: 3 })],
    ['PNG', () => deepPng(Uint16Array.from(flipped(ramp(0, 4095, 3), 3)), { width, channels: 3 })],
  ] as const)('in colour: %s', async (_, bytes) => expectNear(await decoded(await bytes()), crossing));
});

test.each([
  { resize: 'letterbox', channels: 3 },
  { resize: 'crop', channels: 3 },
  { resize: 'squash', channels: 1 },
] as const)('%o: as the same picture in eight bits', async (how) => {
  const shape = { height: 48, width: 48, ...how };
  const eight = Uint8Array.from(ramp(0, 255).map(Math.round));
  const plain = sharp(eight, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .png();
  const expected = await decodePicture(await plain.toBuffer(), shape);
  const found = await decodePicture(tiffOf(Uint16Array.from(ramp(0, 4095)), { width }), shape);
  expect(found).toHaveLength(expected.length);
  expect(Math.max(...found.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThanOrEqual(1);
});

test('eight bits are what they were, and are not looked at twice', async () => {
  const bytes = await pictureBytes(5, 'tiff', width, height);
  const raw = await sharp(bytes).raw().toBuffer();
  expect(Buffer.from(await decodePicture(bytes, options))).toEqual(raw);
});

test('what is no number is passed over; where nothing is one, that is the reason to leave a picture out', async () => {
  const values = Float32Array.from(ramp(0, 1));
  values.fill(Number.NaN, 0, 5).fill(Number.POSITIVE_INFINITY, 130, 133);
  expectNear((await decoded(tiffOf(values, { width }))).slice(1), grey.slice(1));
  values.fill(Number.NaN);
  await expect(decodePicture(tiffOf(values, { width }), options)).rejects.toThrow('none of its values');
});

test('a head that ends early, or points beyond itself, says nothing', () => {
  const tiff = tiffOf(Float32Array.from(ramp(0, 1)), { width, range: [0, 9] });
  expect(declaredValues(tiff)).toEqual({ low: 0, high: 9 });
  for (let end = 0; end < 150; end++) expect(() => declaredValues(tiff.subarray(0, end))).not.toThrow();
});

test('scanning says once for each range what is taken for black to white', async () => {
  const folder = await folderOf({ 'a/plain.png': 1, 'b/plain.png': 2 });
  for (const [i, label] of ['a', 'a', 'b'].entries()) {
    const file = join(folder, label, `${i}.tif`);
    await writeFile(file, tiffOf(Uint16Array.from(ramp(0, 4000 - i)), { width }));
  }
  await writeFile(join(folder, 'b', 'f.tif'), tiffOf(Float32Array.from(ramp(0, 1)), { width }));
  const { warnings } = await scanFolder(folder);
  expect(warnings).toEqual([
    '3 pictures with values that are not 8 bits wide: 0 to 4,095 is taken for black to white, as in a/0.tif.',
    '1 picture with values that are not 8 bits wide: 0 to 1 is taken for black to white, as in b/f.tif.',
  ]);
});
