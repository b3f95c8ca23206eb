import { blocksOf } from '../models/cut-points.js';
import type { Network } from '../models/network.js';

/**
 * Learning rates that fall from block to block downwards (Howard & Ruder, "Universal language model fine-tuning", 2018,
 * section 3.2, with `decay` for their 1/2.6): the head has the whole rate, the last block `decay` of it, the block below
 * that `decay`² and so on.
 *
 * @param base the part of a base that is trained. @param decay in (0, 1].
 * @returns by the name of a weight, what the learning rate is multiplied by.
 */
export function layerRates(base: Network, decay: number): (weight: string) => number {
  const blocks = blocksOf(base);
  const starts = new Set(blocks.map(({ from }) => from));
  const powers = new Map<string, number>();
  let below = blocks.length + 1;
  for (const { name } of base.layers) {
    if (starts.has(name)) below--;
    powers.set(name, Math.min(below, blocks.length));
  }
  return (weight) => decay ** (powers.get(weight.slice(0, weight.lastIndexOf('/'))) ?? 0);
}
