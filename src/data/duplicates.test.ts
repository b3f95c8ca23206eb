import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { type DecodeOptions, decodePicture } from './decode.js';
import { findLookAlikes, sameWithin } from './duplicates.js';
import { differenceHash, type Fingerprint, fingerprintOf, fingerprintSize, isPlain } from './fingerprint.js';

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

const fingerprint = async (bytes: Buffer) => fingerprintOf(await decodePicture(bytes, options), options);

describe('pictures that look the same', () => {
  test('are found when resized, recompressed or brightened a little, and nothing else', async () => {
    const originals = await Promise.all(Array.from({ length: 12 }, (_, i) => drawing(i)));
    const copies = await Promise.all(
      originals
        .slice(0, 6)
        .flatMap((bytes) => [
          sharp(bytes).resize(120).jpeg({ quality: 60 }).toBuffer(),
          sharp(bytes).linear(1.05, 0).png().toBuffer(),
        ]),
    );
    const known = await Promise.all(originals.slice(0, 3).concat(originals.slice(6)).map(fingerprint));
    const found = findLookAlikes(known, await Promise.all(copies.map(fingerprint)));
    expect(found).toEqual([0, 0, 1, 1, 2, 2, ...Array(6).fill(undefined)]);
  });

  test('an upright stroke is not another upright stroke, though their hashes agree', () => {
    const rowsOf = (row: readonly number[]) => Uint8Array.from(Array(8).fill(row).flat());
    const thin = rowsOf([0, 0, 0, 0, 255, 0, 0, 0, 0]);
    const broad = rowsOf([0, 0, 80, 190, 255, 0, 0, 0, 0]);
    expect(bits(thin, broad)).toBe(0);
    expect(findLookAlikes([thin], [broad])).toEqual([undefined]);
  });

  test('plain pictures are like no other: there is nothing to know them by', () => {
    const plain = new Uint8Array(fingerprintSize).fill(10);
    const sparse = Uint8Array.from(plain, (value, i) => value + (i % 5 === 0 ? 2 : 0));
    expect(findLookAlikes([plain, sparse], [plain, sparse])).toEqual([undefined, undefined]);
  });

  test('are those that every pair compared one by one gives', () => {
    // Few levels, so that near hashes are common; some of `asked` are known ones with a few values moved.
    const one = fc.uint8Array({ min: 0, max: 12, minLength: fingerprintSize, maxLength: fingerprintSize });
    const moves = fc.array(fc.tuple(fc.nat(fingerprintSize - 1), fc.nat(12)), { maxLength: 6 });
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 6 }), fc.array(moves), (known, moved) => {
        const asked = moved.map((changes, i) => {
          const copy = Uint8Array.from(known[i % known.length]!);
          for (const [at, value] of changes) copy[at] = value;
          return copy;
        });
        const expected = asked.map((b) => known.some((a) => isSame(a, b)));
        expect(findLookAlikes(known, asked).map((place) => place !== undefined)).toEqual(expected);
        for (const [i, place] of findLookAlikes(known, asked).entries()) {
          if (place !== undefined) expect(isSame(known[place]!, asked[i]!)).toBe(true);
        }
      }),
    );
  });

  test('of thousands on both sides one each is named: no list of pairs', () => {
    const same = Uint8Array.from({ length: fingerprintSize }, (_, i) => (i * 37) % 256);
    const many = Array.from({ length: 10_000 }, () => same);
    const found = findLookAlikes(many, many);
    expect(found).toHaveLength(10_000);
    expect(new Set(found)).toEqual(new Set([0]));
  });
});

function bits(a: Fingerprint, b: Fingerprint): number {
  const [one, other] = [differenceHash(a), differenceHash(b)];
  return one.reduce(
    (sum, word, i) => sum + ((word ^ other[i]!) >>> 0).toString(2).replaceAll('0', '').length,
    0,
  );
}

function isSame(a: Fingerprint, b: Fingerprint): boolean {
  if (bits(a, b) > sameWithin.bits) return false;
  if (isPlain(a) || isPlain(b)) return false;
  const mean = (values: Fingerprint) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += (a[i]! - meanA) * (b[i]! - meanB);
    aa += (a[i]! - meanA) ** 2;
    bb += (b[i]! - meanB) ** 2;
  }
  // A hair's breadth from the bound, 32-bit and 64-bit sums may disagree: such cases are not counted.
  const correlation = ab / Math.sqrt(aa * bb);
  fc.pre(Math.abs(correlation - sameWithin.correlation) > 1e-5);
  return correlation >= sameWithin.correlation;
}
