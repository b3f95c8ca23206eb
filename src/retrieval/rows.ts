/** Vectors in an order of their own, in memory or read from disk when they are needed. */
export interface Rows {
  readonly count: number;
  /** Values a vector. */
  readonly width: number;
  /** All of them, block by block, in their order; the values are the caller's to change. */
  blocks(): Generator<{ readonly start: number; readonly values: Float32Array }>;
}

/** Vectors a block: large enough for matrix products to work at full speed, 8 MB of 512 values. */
export const blockRows = 4096;

/** Rows of which `read` gets those from `start` on. */
export function rowsFrom(
  count: number,
  width: number,
  read: (start: number, end: number) => Float32Array,
): Rows {
  return {
    count,
    width,
    *blocks() {
      for (let start = 0; start < count; start += blockRows) {
        yield { start, values: read(start, Math.min(count, start + blockRows)) };
      }
    },
  };
}

/** Rows that lie in memory, one after the other. */
export function rowsInMemory(values: Float32Array, width: number): Rows {
  return rowsFrom(values.length / width, width, (start, end) => values.slice(start * width, end * width));
}

/** Up to this many bytes of vectors are read into memory where they are needed many times. */
const heldBytes = 2 ** 30;

/** The rows read once and held in memory if they are small enough; else as they are, read block by block. */
export function heldRows(rows: Rows): Rows {
  return 4 * rows.count * rows.width > heldBytes ? rows : rowsInMemory(readAll(rows), rows.width);
}

/** All rows, one after the other. */
export function readAll(rows: Rows): Float32Array {
  const all = new Float32Array(rows.count * rows.width);
  for (const { start, values } of rows.blocks()) all.set(values, start * rows.width);
  return all;
}
