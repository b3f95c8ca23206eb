/** A grid of values, row by row. */
export interface Grid {
  readonly height: number;
  readonly width: number;
  readonly values: ArrayLike<number>;
}

/** The grid at another, larger size: cubic between the cells' middles (Catmull & Rom 1974), the edge cells going on. */
export function resizeMap({ height, width, values }: Grid, toHeight: number, toWidth: number): Float64Array {
  const [across, down] = [taps(width, toWidth), taps(height, toHeight)];
  const wide = new Float64Array(height * toWidth);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < toWidth; x++) {
      for (const [from, weight] of across[x]!) wide[y * toWidth + x]! += weight * values[y * width + from]!;
    }
  }
  const out = new Float64Array(toHeight * toWidth);
  for (let y = 0; y < toHeight; y++) {
    for (const [from, weight] of down[y]!) {
      for (let x = 0; x < toWidth; x++) out[y * toWidth + x]! += weight * wide[from * toWidth + x]!;
    }
  }
  return out;
}

/** For each of `to` points the cells that it is made of, with their weights. */
function taps(from: number, to: number): [cell: number, weight: number][][] {
  return Array.from({ length: to }, (_, i) => {
    const at = ((i + 0.5) * from) / to - 0.5;
    const first = Math.floor(at) - 1;
    return [0, 1, 2, 3].map((offset): [number, number] => [
      Math.min(from - 1, Math.max(0, first + offset)),
      catmullRom(Math.abs(at - (first + offset))),
    ]);
  });
}

function catmullRom(distance: number): number {
  if (distance < 1) return 1.5 * distance ** 3 - 2.5 * distance ** 2 + 1;
  if (distance < 2) return -0.5 * distance ** 3 + 2.5 * distance ** 2 - 4 * distance + 2;
  return 0;
}

/**
 * The grid at another size, what each cell holds spread evenly over the place that it covers: the sum of all cells stays
 * the same.
 */
export function spread({ height, width, values }: Grid, toHeight: number, toWidth: number): Float64Array {
  const [down, across] = [overlaps(height, toHeight), overlaps(width, toWidth)];
  const out = new Float64Array(toHeight * toWidth);
  for (const { from: y, to: row, share: vertical } of down) {
    for (const { from: x, to: column, share } of across) {
      out[row * toWidth + column]! += vertical * share * values[y * width + x]!;
    }
  }
  return out;
}

/** For each of `from` cells the shares of it that lie in each of `to` cells along the same line. */
function overlaps(from: number, to: number): { from: number; to: number; share: number }[] {
  return Array.from({ length: from }, (_, cell) => {
    const [start, end] = [(cell * to) / from, ((cell + 1) * to) / from];
    const first = Math.floor(start);
    const count = Math.ceil(end) - first;
    return Array.from({ length: count }, (_, i) => {
      const within = Math.min(end, first + i + 1) - Math.max(start, first + i);
      return { from: cell, to: first + i, share: within / (end - start) };
    });
  }).flat();
}
