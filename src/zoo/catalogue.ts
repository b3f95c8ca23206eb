import type { Network } from '../models/network.js';
import { parameterCount } from '../models/network-weights.js';
import type { CatalogueEntry } from './catalogue-entry.js';
import { modelSpec } from '../models/registry.js';
import { didYouMean, UserError } from '../runtime/errors.js';
import { caffeEntries } from './catalogue/caffe.js';
import { kerasEntries } from './catalogue/keras.js';
import { kerasMobileNetEntries } from './catalogue/keras-mobilenet.js';
import { timmEntries } from './catalogue/timm.js';
import { torchvisionEntries } from './catalogue/torchvision.js';

/**
 * Everything published that can be read here. Of several that serve the same network the first that can be had is
 * taken: Keras' base without classifier (the smallest), Keras' or BVLC's whole network, Oxford's own file, then
 * torchvision's training of the same network, and timm's copy of that.
 */
export const catalogue: readonly CatalogueEntry[] = [
  ...kerasEntries,
  ...kerasMobileNetEntries,
  ...caffeEntries,
  ...torchvisionEntries,
  ...timmEntries,
];

/** The published weights that serve a network, in the order to try; throws a UserError when there are none. */
export function entriesFor(
  model: string,
  network: Network,
  entries: readonly CatalogueEntry[] = catalogue,
): CatalogueEntry[] {
  const needed = parameterCount(network);
  const fitting = entries.filter((entry) => entry.model === model && entry.parameters >= needed);
  if (fitting.length > 0) return fitting;
  const bases = entries.filter((entry) => entry.model === model);
  const models = [...new Set(entries.map((entry) => entry.model))];
  throw new UserError(
    `Expected published weights for ${model} with ${needed.toLocaleString('en')} parameters but the catalogue holds ` +
      (bases.length > 0
        ? `${bases.map((entry) => `${entry.name} (${entry.parameters.toLocaleString('en')})`).join(', ')}. `
        : `none: it has those of ${models.join(', ')}. `) +
      'Give a file with --weights FILE.',
  );
}

/** The network that an entry holds the weights of: with its classifier or without. */
export function networkOf({ model, parameters }: CatalogueEntry): Network {
  const { build, buildBase } = modelSpec(model);
  const whole = build();
  return parameterCount(whole) === parameters ? whole : buildBase();
}

/** The entry of that name; throws a UserError with the nearest name when there is none. */
export function entryNamed(name: string, entries: readonly CatalogueEntry[] = catalogue): CatalogueEntry {
  const entry = entries.find((candidate) => candidate.name === name);
  if (entry) return entry;
  const names = entries.map((candidate) => candidate.name);
  throw new UserError(
    `Expected the name of published weights but received '${name}'.${didYouMean(name, names)} ` +
      "See 'finetune zoo list'.",
  );
}
