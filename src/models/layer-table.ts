import type { Layer } from './network.js';

/** The layers of one kind. */
export type LayerOf<Kind extends Layer['type']> = Extract<Layer, { type: Kind }>;

/**
 * What a job does with each kind of layer: one table a job, with a row for every kind. A kind that is added to
 * network.ts and left out of a table does not compile.
 */
export type LayerTable<More extends readonly unknown[], Result> = {
  readonly [Kind in Layer['type']]: (layer: LayerOf<Kind>, ...more: More) => Result;
};

/** Does a table's job with one layer. */
export function perform<More extends readonly unknown[], Result>(
  table: LayerTable<More, Result>,
  layer: Layer,
  ...more: More
): Result {
  return (table[layer.type] as (layer: Layer, ...more: More) => Result)(layer, ...more);
}
