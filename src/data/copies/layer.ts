import { levels } from './grey-picture.js';

/** Of the pictures that are shifted over one another. */
export const side = levels[0];

/** A picture as it lies on the pixels of another, where it reaches: runs of neighbours in a row, from top to bottom. */
export interface Layer {
  count: number;
  /** Of each run the row, the first column and the one after its last. */
  readonly rows: Int32Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** Of all places; NaN where the picture does not reach. */
  readonly values: Float32Array;
}

/** Room for a layer: one serves all placements of a pair, of which there are a hundred. */
export function emptyLayer(): Layer {
  const places = () => new Int32Array(side * side);
  return {
    count: 0,
    rows: places(),
    starts: places(),
    ends: places(),
    values: new Float32Array(side * side),
  };
}

/** Finds where the values of a layer are. */
export function findRuns(layer: Layer): void {
  const { rows, starts, ends, values } = layer;
  let count = 0;
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      if (Number.isNaN(values[row * side + column]!)) continue;
      rows[count] = row;
      starts[count] = column;
      while (column < side && !Number.isNaN(values[row * side + column]!)) column++;
      ends[count++] = column;
    }
  }
  layer.count = count;
}
