/**
 * A difference hash of a picture: 64 bits as 16 hexadecimal digits. The picture is averaged down to 9 × 8 grey
 * cells; each bit says whether a cell is brighter than its right neighbour. Resizing, recompression and mild
 * changes of brightness move few bits (N. Krawetz, "Kind of like that", 2013).
 *
 * `pixels`: RGB or grey, 0 to 255, [height, width, channels]; at least 9 wide and 8 high.
 */
export function differenceHash(
  pixels: Uint8Array,
  { height, width, channels }: { height: number; width: number; channels: 1 | 3 },
): string {
  const cells = greyCells(pixels, height, width, channels);
  let hash = '';
  for (let row = 0; row < 8; row++) {
    let byte = 0;
    for (let column = 0; column < 8; column++) {
      const at = row * 9 + column;
      byte = (byte << 1) | (cells[at]! > cells[at + 1]! ? 1 : 0);
    }
    hash += byte.toString(16).padStart(2, '0');
  }
  return hash;
}

/** The mean brightness (Rec. 601) of each of 9 × 8 cells. */
function greyCells(pixels: Uint8Array, height: number, width: number, channels: 1 | 3): Float64Array {
  const sums = new Float64Array(72);
  const counts = new Uint32Array(72);
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * 8) / height) * 9;
    for (let x = 0; x < width; x++) {
      const cell = row + Math.floor((x * 9) / width);
      const at = (y * width + x) * channels;
      const grey =
        channels === 1
          ? pixels[at]!
          : (299 * pixels[at]! + 587 * pixels[at + 1]! + 114 * pixels[at + 2]!) / 1000;
      sums[cell]! += grey;
      counts[cell]! += 1;
    }
  }
  return sums.map((sum, cell) => sum / counts[cell]!);
}

export interface NearPair {
  /** Index into the first list. */
  readonly a: number;
  /** Index into the second list. */
  readonly b: number;
  /** Bits that differ, 0 to 64. */
  readonly distance: number;
}

/**
 * All pairs of one picture from each list whose hashes differ in at most `maxDistance` bits, in the lists' order.
 */
export function nearDuplicates(
  hashesA: readonly string[],
  hashesB: readonly string[],
  maxDistance: number,
): NearPair[] {
  const [first, second] = [words(hashesA), words(hashesB)];
  const pairs: NearPair[] = [];
  for (let a = 0; a < hashesA.length; a++) {
    const high = first[2 * a]!;
    const low = first[2 * a + 1]!;
    for (let b = 0; b < hashesB.length; b++) {
      const distance = bitsSet(high ^ second[2 * b]!) + bitsSet(low ^ second[2 * b + 1]!);
      if (distance <= maxDistance) pairs.push({ a, b, distance });
    }
  }
  return pairs;
}

function words(hashes: readonly string[]): Int32Array {
  const out = new Int32Array(2 * hashes.length);
  hashes.forEach((hash, i) => {
    out[2 * i] = Number.parseInt(hash.slice(0, 8), 16);
    out[2 * i + 1] = Number.parseInt(hash.slice(8), 16);
  });
  return out;
}

/** How many bits of a 32-bit word are set (H. S. Warren, Hacker's Delight, section 5-1). */
function bitsSet(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
