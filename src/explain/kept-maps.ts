import { type Keeping, type KeptRows, keptRows } from '../features/kept-rows.js';
import { type Network, outputOf } from '../models/network.js';
import { initialVersion } from '../training/initialise.js';
import { perturbVersion } from './perturb.js';
import type { PooledHead } from './pooled-head.js';

/** What a base makes of pictures, which is the same for whatever linear head. */
export interface KeptMaps {
  /** Of a picture the maps that are explained. */
  readonly maps: KeptRows;
  /** Of a picture that was altered for a check what the head reads. */
  readonly features: KeptRows;
  /** Of a picture the maps of a network whose weights are random. */
  readonly drawn: KeptRows;
}

/** @param below from pixels to the maps that the head reads. */
export function keptMaps({ key, cache }: Keeping, below: Network, head: PooledHead): KeptMaps {
  const features = head.parts.reduce((sum, { map }) => sum + map.shape.at(-1)!, 0);
  const parts = head.parts.map(({ map, pool, normalised }) => ({ map: map.name, pool, normalised }));
  const open = (what: object, shape: readonly number[]) =>
    keptRows({ ...key, below: below.layers, ...what }, shape, { cache });
  return {
    maps: open({ kept: 'maps' }, outputOf(below).shape),
    features: open({ kept: 'features', parts, perturbed: perturbVersion }, [features]),
    drawn: open({ kept: 'maps of random weights', drawn: initialVersion }, outputOf(below).shape),
  };
}
