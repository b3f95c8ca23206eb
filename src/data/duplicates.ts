import { differenceHash, type Fingerprint, fingerprintSize, isPlain } from './fingerprint.js';

/**
 * Two pictures count as one and the same when their difference hashes differ in at most so many of 64 bits, and their
 * fingerprints correlate at least so well: what was measured with other bounds is in docs/decisions.md. The hash
 * finds candidates quickly; alone it takes any two drawings of an upright stroke for copies.
 */
export const sameWithin = { bits: 4, correlation: 0.995 } as const;

/**
 * For each of `asked` the place of a picture in `known` that looks the same, or undefined. One is enough to know, so
 * that thousands of look-alikes on both sides cost neither memory nor a list of pairs.
 */
export function findLookAlikes(
  known: readonly Fingerprint[],
  asked: readonly Fingerprint[],
): (number | undefined)[] {
  const looksLike = lookAlikes(known);
  return asked.map((fingerprint) => looksLike(fingerprint).next().value ?? undefined);
}

/** Takes a fingerprint and gives the places of those in `known` that look the same, each once. */
export function lookAlikes(
  known: readonly Fingerprint[],
): (fingerprint: Fingerprint) => Generator<number, void, undefined> {
  const size = known.length;
  const hashes = new Int32Array(2 * size);
  const unit = new Float32Array(fingerprintSize * size);
  for (const [place, fingerprint] of known.entries()) {
    hashes.set(differenceHash(fingerprint), 2 * place);
    unit.set(standardised(fingerprint), fingerprintSize * place);
  }
  const tables = chunkPairs.map((pair) =>
    Float64Array.from(known, (_, i) => keyOf(hashes[2 * i]!, hashes[2 * i + 1]!, pair) * size + i).sort(),
  );
  return function* alike(fingerprint) {
    const [high, low] = differenceHash(fingerprint);
    const values = standardised(fingerprint);
    for (const [i, table] of tables.entries()) {
      const first = keyOf(high, low, chunkPairs[i]!) * size;
      for (let at = firstFrom(table, first); at < size && table[at]! < first + size; at++) {
        const place = table[at]! - first;
        const [highDiffers, lowDiffers] = [high ^ hashes[2 * place]!, low ^ hashes[2 * place + 1]!];
        if (bitsSet(highDiffers) + bitsSet(lowDiffers) > sameWithin.bits) continue;
        if (firstAgreeing(highDiffers, lowDiffers) !== i) continue; // came with an earlier table
        if (correlation(values, unit, fingerprintSize * place) >= sameWithin.correlation) yield place;
      }
    }
  };
}

/**
 * Of six chunks of a hash, three in each word, four bits that differ leave two that agree: for each pair of chunks there
 * is a table sorted by what they hold, and only those that agree in a pair need a look. One chunk alone would hardly
 * part drawings on a plain ground, whose hashes are mostly zeros.
 */
const chunks = sameWithin.bits + 2;
const chunkBits = 11;
const chunkPairs = Array.from({ length: chunks }, (_, b) =>
  Array.from({ length: b }, (__, a) => [a, b] as const),
).flat();

/** Chunk 0 to 5 of a hash; the last of each word is a bit shorter. */
function chunkOf(high: number, low: number, chunk: number): number {
  const inWord = chunk % 3;
  return ((chunk < 3 ? high : low) >>> (inWord * chunkBits)) & ((1 << chunkBits) - 1);
}

function keyOf(high: number, low: number, [a, b]: (typeof chunkPairs)[number]): number {
  return (chunkOf(high, low, a) << chunkBits) | chunkOf(high, low, b);
}

/** The first pair of chunks that is zero in both, in the order of the tables. */
function firstAgreeing(high: number, low: number): number {
  return chunkPairs.findIndex((pair) => keyOf(high, low, pair) === 0);
}

/** Where a number would stand among sorted ones. */
function firstFrom(sorted: Float64Array, value: number): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (sorted[middle]! < value) from = middle + 1;
    else to = middle;
  }
  return from;
}

/**
 * The values less their mean, scaled to length 1. In a plain picture there is nothing to know it by: it comes out as
 * zeros, which correlate with nothing.
 */
function standardised(fingerprint: Fingerprint): Float32Array {
  if (isPlain(fingerprint)) return new Float32Array(fingerprintSize);
  const mean = fingerprint.reduce((sum, value) => sum + value, 0) / fingerprintSize;
  const values = Float32Array.from(fingerprint, (value) => value - mean);
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return values.map((value) => value / length);
}

function correlation(values: Float32Array, all: Float32Array, start: number): number {
  let sum = 0;
  for (let i = 0; i < fingerprintSize; i++) sum += values[i]! * all[start + i]!;
  return sum;
}

/** How many bits of a 32-bit word are set (H. S. Warren, Hacker's Delight, section 5-1). */
function bitsSet(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
