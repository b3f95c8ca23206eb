import { grid, heightOf, type Matrix, widthOf } from './matrix.js';

/** Rows and columns of zeros added around a map, in pixels. */
export interface Sides {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/**
 * What stands outside the picture, for a row a b c d:
 * zeros 0 0|a b c d|0 0, reflect c b|a b c d|c b, replicate a a|a b c d|d d, circular c d|a b c d|a b.
 */
export type PaddingMode = 'zeros' | 'reflect' | 'replicate' | 'circular';

/**
 * A map with rows and columns added around it.
 *
 *     pad(matrix('1 2 3'), { top: 0, bottom: 0, left: 2, right: 2 }, 'reflect')   → 3 2 1 2 3 2 1
 *
 * @throws RangeError when `reflect` is asked for more than size − 1 pixels or `circular` for more than the size.
 */
export function pad(x: Matrix, sides: Sides, mode: PaddingMode = 'zeros'): Matrix {
  const height = heightOf(x);
  const width = widthOf(x);
  const { top, bottom, left, right } = sides;
  checkReach(mode, height, Math.max(top, bottom));
  checkReach(mode, width, Math.max(left, right));
  return grid(top + height + bottom, left + width + right, (row, column) => {
    const r = sourceIndex(row - top, height, mode);
    const c = sourceIndex(column - left, width, mode);
    return x[r]?.[c] ?? 0;
  });
}

/** Takes rows and columns away: undoes `pad`. */
export function crop(x: Matrix, { top, bottom, left, right }: Sides): Matrix {
  return x.slice(top, heightOf(x) - bottom).map((row) => row.slice(left, row.length - right));
}

/** The same number of pixels on all four sides. */
export function allSides(pixels: number): Sides {
  return { top: pixels, bottom: pixels, left: pixels, right: pixels };
}

/** Which pixel stands at `index`, counted from the first one inside; −1 for none. */
function sourceIndex(index: number, size: number, mode: PaddingMode): number {
  if (index >= 0 && index < size) return index;
  switch (mode) {
    case 'zeros':
      return -1;
    case 'reflect':
      return index < 0 ? -index : 2 * (size - 1) - index;
    case 'replicate':
      return index < 0 ? 0 : size - 1;
    case 'circular':
      return (index + size) % size;
  }
}

function checkReach(mode: PaddingMode, size: number, added: number): void {
  const reach = mode === 'reflect' ? size - 1 : mode === 'circular' ? size : Number.POSITIVE_INFINITY;
  if (added > reach) {
    throw new RangeError(
      `Expected at most ${reach} pixels of ${mode} padding on a side of ${size} but received ${added}.`,
    );
  }
}
