import { type Layer, type Network, networkAfter } from '../models/network.js';
import { didYouMean, UserError } from '../runtime/errors.js';

/**
 * The layer whose map Grad-CAM explains: the one of that name, else the last that still has places.
 *
 * @param network puts out logits.
 * @throws UserError when there is no such layer, it has no places, or the network cannot be cut there.
 */
export function layerToExplain(network: Network, name?: string): string {
  const usable = network.layers.filter((layer) => hasPlaces(layer) && canBeCut(network, layer));
  const last = usable.at(-1)?.name;
  if (last === undefined)
    throw new UserError(`Expected a network with a map to explain but ${network.name} has none.`);
  if (name === undefined) return last;
  if (usable.some((layer) => layer.name === name)) return name;
  const known = usable.map((layer) => layer.name);
  const why = network.layers.some((layer) => layer.name === name)
    ? `'${name}' has no places, or other layers run past it`
    : `there is no '${name}'`;
  throw new UserError(
    `Expected --layer to be a layer with a map, such as '${last}', but ${why}.${didYouMean(name, known)} finetune summary lists the layers.`,
  );
}

function hasPlaces({ type, shape }: Layer): boolean {
  return type !== 'input' && shape.length === 3 && shape[0]! * shape[1]! > 1;
}

function canBeCut(network: Network, { name }: Layer): boolean {
  try {
    networkAfter(network, name);
    return true;
  } catch {
    return false;
  }
}
