import type { Network } from '../models/network.js';
import { type Family, publishedNames } from '../models/published-names.js';
import type { NamedTensor, Weights } from '../formats/tensors.js';

/**
 * Tensors with the layers' published names in their own (`features.0.weight`, `conv1_1/kernel`) under our layers'
 * names (`block1_conv1.weight`, `block1_conv1/kernel`); what follows the last dot or slash stays as it is, and so do
 * layers that nobody publishes under such a name.
 *
 * @returns the tensors, and the family whose names most of them had, if any had.
 */
export function underOurLayers(
  network: Network,
  tensors: Weights,
): { tensors: Map<string, NamedTensor>; family?: Family } {
  const layersFound = [...tensors.keys()].map((name) => splitName(name).layer);
  const [best] = publishedNames(network)
    .map((names) => ({ ...names, hits: layersFound.filter((layer) => names.layers.has(layer)).length }))
    .filter(({ hits }) => hits > 0)
    .sort((a, b) => b.hits - a.hits);
  if (!best) return { tensors: new Map(tensors) };
  const renamed = new Map(
    [...tensors].map(([name, tensor]) => {
      const { layer, rest } = splitName(name);
      return [(best.layers.get(layer) ?? layer) + rest, tensor] as const;
    }),
  );
  return { tensors: renamed, family: best.family };
}

function splitName(name: string): { layer: string; rest: string } {
  const end = Math.max(name.lastIndexOf('/'), name.includes('/') ? -1 : name.lastIndexOf('.'));
  return end < 0 ? { layer: name, rest: '' } : { layer: name.slice(0, end), rest: name.slice(end) };
}
