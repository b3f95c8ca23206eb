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
  const hashes = new Int32Array(2 * known.length);
  const unit = new Float32Array(fingerprintSize * known.length);
  const tables = Array.from({ length: chunks }, () => new Map<number, number[]>());
  for (const [place, fingerprint] of known.entries()) {
    const hash = differenceHash(fingerprint);
    hashes.set(hash, 2 * place);
    unit.set(standardised(fingerprint), fingerprintSize * place);
    for (const [i, table] of tables.entries()) {
      const key = chunkOf(hash, i);
      const places = table.get(key);
      if (places) places.push(place);
      else table.set(key, [place]);
    }
  }
  return function* alike(fingerprint) {
    const hash = differenceHash(fingerprint);
    const values = standardised(fingerprint);
    for (const [i, table] of tables.entries()) {
      for (const place of table.get(chunkOf(hash, i)) ?? []) {
        const other = [hashes[2 * place]!, hashes[2 * place + 1]!] as const;
        if (bitsSet(hash[0] ^ other[0]) + bitsSet(hash[1] ^ other[1]) > sameWithin.bits) continue;
        const isFirst = tables.slice(0, i).every((_, k) => chunkOf(hash, k) !== chunkOf(other, k));
        if (!isFirst) continue; // came with an earlier chunk
        if (correlation(values, unit, fingerprintSize * place) >= sameWithin.correlation) yield place;
      }
    }
  };
}

/** Hashes that differ in at most four bits agree in at least one of five chunks: only those need a look. */
const chunks = sameWithin.bits + 1;
const chunkBits = 13;

/** The bits from 13·i on of a hash, the last chunk being a bit shorter. */
function chunkOf([high, low]: readonly [number, number], i: number): number {
  const from = i * chunkBits;
  const mask = (1 << chunkBits) - 1;
  if (from >= 32) return (high >>> (from - 32)) & mask;
  if (from + chunkBits <= 32) return (low >>> from) & mask;
  return ((low >>> from) | (high << (32 - from))) & mask;
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
