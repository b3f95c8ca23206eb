/** Sums that a convolution in integers makes in the same step as its own result. */
import { layerNamed, layersUpTo, type Network } from '../models/network.js';
import type { LayerOf } from '../models/layer-table.js';
import { isWhole } from './int8-layers.js';

/**
 * The convolution that can make a sum of two maps. TensorFlow writes the sum where the other map lies, and refuses when
 * somebody may still read that one: so all who do must have done so before the convolution begins, which is none of them.
 *
 * @param integer layers that run in integers, of those before the sum.
 */
export function summingConvolution(
  network: Network,
  sum: LayerOf<'add'>,
  integer: ReadonlySet<string>,
): string | undefined {
  const [first, second, ...others] = sum.inputs;
  if (first === undefined || second === undefined || others.length > 0 || first === second) return undefined;
  if (![undefined, 'relu', 'relu6'].includes(sum.activation)) return undefined;
  const readers = (name: string) => network.layers.filter(({ inputs }) => inputs.includes(name));
  const [name] = [
    [second, first],
    [first, second],
  ].find(([own, other]) => {
    if (!integer.has(own!) || !integer.has(other!) || readers(own!).length > 1) return false;
    const layer = layerNamed(network, own!);
    if (!isWhole(layer) || layer.activation) return false;
    const before = layersUpTo(network.layers, own!);
    return readers(other!).every(
      (reader) => reader === sum || (reader.name !== own && before.has(reader.name)),
    );
  }) ?? [undefined];
  return name;
}
