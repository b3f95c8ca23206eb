/** Cells of a fingerprint: 8 rows of 9, so that every row has 8 steps from a cell to the next. */
const [rows, columns] = [8, 9];

/** A picture averaged down to 9 × 8 grey values (Rec. 601, 0 to 255), row by row: enough to know a copy by. */
export type Fingerprint = Uint8Array;

/** How many values a fingerprint has. */
export const fingerprintSize = rows * columns;

/**
 * The fingerprint of a picture. `pixels`: RGB or grey, 0 to 255, [height, width, channels]; at least 9 wide and 8
 * high.
 */
export function fingerprintOf(
  pixels: Uint8Array,
  { height, width, channels }: { height: number; width: number; channels: 1 | 3 },
): Fingerprint {
  const cells = new Uint8Array(fingerprintSize);
  for (let cell = 0; cell < fingerprintSize; cell++) {
    const [row, column] = [Math.floor(cell / columns), cell % columns];
    const [top, bottom] = [Math.floor((row * height) / rows), Math.floor(((row + 1) * height) / rows)];
    const [left, right] = [
      Math.floor((column * width) / columns),
      Math.floor(((column + 1) * width) / columns),
    ];
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
    cells[cell] = Math.round(sum / (1000 * (bottom - top) * (right - left)));
  }
  return cells;
}

/** Pixels [height, width, channels] of the mirror image. */
export function mirroredPixels(pixels: Uint8Array, width: number, channels: number): Uint8Array {
  const row = width * channels;
  return pixels.map((_, at) => {
    const [start, column, channel] = [at - (at % row), Math.floor((at % row) / channels), at % channels];
    return pixels[start + (width - 1 - column) * channels + channel]!;
  });
}

/** A fingerprint as text, for records: base64. */
export function fingerprintText(fingerprint: Fingerprint): string {
  return Buffer.from(fingerprint).toString('base64');
}

/** Reads `fingerprintText` back; undefined for anything else. */
export function fingerprintFrom(text: string): Fingerprint | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === fingerprintSize ? new Uint8Array(bytes) : undefined;
}

/** How much brighter a cell must be than its neighbour to count, of 255. */
const smallestStep = 2;

/**
 * The difference hash of a fingerprint, 64 bits as two signed 32-bit words: each bit says whether a cell is brighter
 * than its right neighbour, clearly enough that noise in a plain background does not count. Resizing, recompression
 * and mild changes of brightness move few bits (N. Krawetz, "Kind of like that", 2013).
 */
export function differenceHash(fingerprint: Fingerprint): readonly [high: number, low: number] {
  const words: [number, number] = [0, 0];
  for (let row = 0; row < rows; row++) {
    const word = row < 4 ? 0 : 1;
    for (let column = 0; column < columns - 1; column++) {
      const at = row * columns + column;
      const isFalling = fingerprint[at]! - fingerprint[at + 1]! > smallestStep;
      words[word] = (words[word] << 1) | (isFalling ? 1 : 0);
    }
  }
  return words;
}

/** Whether there is nothing to tell a picture by: its cells are all as bright. */
export function isPlain(fingerprint: Fingerprint): boolean {
  return Math.max(...fingerprint) - Math.min(...fingerprint) <= smallestStep;
}
