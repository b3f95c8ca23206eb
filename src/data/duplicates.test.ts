import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { type DecodeOptions, decodePicture } from './decode.js';
import { differenceHash, nearDuplicates } from './duplicates.js';

const options: DecodeOptions = { height: 64, width: 72, channels: 3, resize: 'squash' };

/** A smooth drawing, another for each seed. */
async function drawing(seed: number): Promise<Buffer> {
  const circles = Array.from({ length: 12 }, (_, i) => {
    const at = (n: number) => ((seed + 1) * (i + 1) * n * 7919) % 200;
    return `<circle cx="${at(1)}" cy="${at(2)}" r="${20 + (at(3) % 40)}" fill="rgb(${at(4)},${at(5)},${at(6)})"/>`;
  });
  return sharp(Buffer.from(`<svg width="200" height="200">${circles.join('')}</svg>`))
    .flatten({ background: '#888' })
    .png()
    .toBuffer();
}

const hashOf = async (bytes: Buffer) => differenceHash(await decodePicture(bytes, options), options);

describe('difference hash', () => {
  test('a bit is set where the left cell is brighter', () => {
    // Nine columns of one pixel: falling everywhere, rising everywhere, one clear step, one too small to count.
    const hashOfRows = (row: readonly number[]) =>
      differenceHash(Uint8Array.from(Array(8).fill(row).flat()), { height: 8, width: 9, channels: 1 });
    expect(hashOfRows([90, 80, 70, 60, 50, 40, 30, 20, 10])).toBe('ffffffffffffffff');
    expect(hashOfRows([10, 20, 30, 40, 50, 60, 70, 80, 90])).toBe('0000000000000000');
    expect(hashOfRows([8, 5, 5, 5, 5, 5, 5, 5, 5])).toBe('8080808080808080');
    expect(hashOfRows([7, 5, 5, 5, 5, 5, 5, 5, 5])).toBe('0000000000000000');
  });

  test('grey as RGB has the hash of grey', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20 * 16, maxLength: 20 * 16 }), (grey) => {
        const rgb = Uint8Array.from({ length: grey.length * 3 }, (_, i) => grey[Math.floor(i / 3)]!);
        const shape = { height: 16, width: 20 };
        expect(differenceHash(rgb, { ...shape, channels: 3 })).toBe(
          differenceHash(grey, { ...shape, channels: 1 }),
        );
      }),
    );
  });
});

describe('near duplicates', () => {
  test('finds copies that were resized and recompressed, and nothing else', async () => {
    const originals = await Promise.all(Array.from({ length: 12 }, (_, i) => drawing(i)));
    const copies = await Promise.all(
      originals.slice(0, 6).map((bytes) => sharp(bytes).resize(120).jpeg({ quality: 60 }).toBuffer()),
    );
    const pairs = nearDuplicates(
      await Promise.all(originals.map(hashOf)),
      await Promise.all(copies.map(hashOf)),
    );
    expect(pairs.map(({ a, b }) => [a, b])).toEqual([0, 1, 2, 3, 4, 5].map((i) => [i, i]));
  });

  test('distance is the number of bits that differ', () => {
    const hash = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    const hex = (n: bigint) => n.toString(16).padStart(16, '0');
    fc.assert(
      fc.property(fc.array(hash), fc.array(hash), fc.integer({ min: 0, max: 64 }), (as, bs, limit) => {
        const bits = (n: bigint) => n.toString(2).replaceAll('0', '').length;
        const expected = as
          .flatMap((x, a) => bs.map((y, b) => ({ a, b, distance: bits(x ^ y) })))
          .filter(({ distance }) => distance <= limit);
        expect(nearDuplicates(as.map(hex), bs.map(hex), limit)).toEqual(expected);
      }),
    );
  });
});
