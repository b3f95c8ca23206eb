import type { Weights } from '../formats/tensors.js';
import { preprocessLayer } from '../models/compose.js';
import type { Network } from '../models/network.js';
import { layerWeights } from '../models/network-weights.js';
import { isLayer } from '../models/side-by-side.js';
import type { Random } from '../runtime/random.js';
import { standardiseLayer } from '../training/head-names.js';
import { drawnWhenRead } from '../training/initialise.js';

/** How pictures come in and features are standardised was measured, not learned. */
const measured: readonly string[] = [preprocessLayer, standardiseLayer];

/** A network's layers with learned weights, from the top. */
export function learnedLayers(network: Network): string[] {
  return network.layers
    .filter(
      (layer) => layerWeights(network, layer).length > 0 && !measured.some((own) => isLayer(layer.name, own)),
    )
    .map(({ name }) => name)
    .reverse();
}

/**
 * The stages of cascading randomisation (Adebayo et al. 2018, section 3.1): at each, more layers from the top lose what
 * they have learned. The first is the last layer alone, the last all of them; between them at most `most` − 2 others.
 *
 * @returns for each stage how many of `learnedLayers` are random.
 */
export function randomisedStages(layers: number, most = 6): number[] {
  const stages = Math.min(most, layers);
  if (stages < 2) return [layers];
  return Array.from({ length: stages }, (_, i) => Math.round(1 + (i * (layers - 1)) / (stages - 1)));
}

/** Weights as before training, for every learned layer; drawn when they are read. */
export function untrainedWeights(network: Network, random: Random): Weights {
  return drawnWhenRead(network, random);
}

/** The weights with those of the first `count` learned layers from the top replaced. */
export function withUntrained(
  network: Network,
  trained: Weights,
  untrained: Weights,
  count: number,
): Weights {
  const replaced = new Set(learnedLayers(network).slice(0, count));
  return new Map(
    network.layers.flatMap((layer) =>
      layerWeights(network, layer).map(
        ({ name }) => [name, (replaced.has(layer.name) ? untrained : trained).get(name)!] as const,
      ),
    ),
  );
}
