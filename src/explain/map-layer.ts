import { type Layer, type Network } from '../models/network.js';
import { didYouMean, UserError } from '../runtime/errors.js';

/**
 * The layer whose map is explained: the one of that name, else the last that still has places.
 *
 * @param name as the network has it, or as papers count VGG's layers: conv5_3, pool5.
 * @param flag the option that named it.
 * @throws UserError when there is no such layer, or it has no places.
 */
export function layerToExplain(network: Network, name?: string, flag = '--layer'): string {
  const usable = network.layers.filter(hasPlaces);
  const last = usable.at(-1)?.name;
  if (last === undefined)
    throw new UserError(`Expected a network with a map to explain but ${network.name} has none.`);
  if (name === undefined) return last;
  const found = [
    name,
    name.replace(/^conv(\d+)_(\d+)$/, 'block$1_conv$2'),
    name.replace(/^pool(\d+)$/, 'block$1_pool'),
  ];
  const layer = usable.find((one) => found.includes(one.name));
  if (layer) return layer.name;
  const known = usable.map((one) => one.name);
  const why = network.layers.some((one) => one.name === name)
    ? `'${name}' has no places`
    : `there is no '${name}'`;
  throw new UserError(
    `Expected ${flag} to be a layer with a map, such as '${last}', but ${why}.${didYouMean(name, known)} finetune summary lists the layers.`,
  );
}

function hasPlaces({ type, shape }: Layer): boolean {
  return type !== 'input' && shape.length === 3 && shape[0]! * shape[1]! > 1;
}
