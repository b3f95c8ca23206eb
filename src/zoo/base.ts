import { preprocessLayer, type WeightedNetwork, withPreprocessing } from '../models/compose.js';
import { type Network, outputOf } from '../models/network.js';
import { networkWeights } from '../models/network-weights.js';
import { type FeaturePart, hasMap, withPooledFeatures } from '../models/pooled-features.js';
import type { Preprocessing } from '../models/preprocessing.js';
import { type Family, preprocessingOf } from '../models/published-names.js';
import { type ModelSpec, modelSpec } from '../models/registry.js';
import { isLayer } from '../models/side-by-side.js';
import { type BegunWeights, beginWeights } from './begun-weights.js';
import { loadWeights } from './load-weights.js';
import { canonicalDigest, sizeOf, type Weights } from '../formats/tensors.js';
import { fetchProgress } from './fetch-progress.js';
import type { Hooks } from '../runtime/progress.js';

/** A pretrained convolutional base, ready to be frozen: it takes RGB pixels 0 to 255 and ends in a picture's features. */
export interface Base extends WeightedNetwork {
  readonly spec: ModelSpec;
  /** For people. */
  readonly title: string;
  /** Identifies the weights, whatever file they came from, and how they want their pictures. */
  readonly digest: string;
  readonly preprocessing: Preprocessing;
  readonly licence: string;
}

/** The zoo's weights, or the file of weights that the options name. */
interface BaseOptions {
  readonly base: string;
  readonly weights?: string | undefined;
}

/** Begins to load a base's weights, for `loadBase`. @param network at a size that may yet be another one. */
export function beginBase(options: BaseOptions, network: Network, hooks: Hooks): BegunWeights {
  return beginWeights(modelSpec(options.base).name, network, askedOf(options, hooks));
}

function askedOf({ weights }: BaseOptions, { signal }: Hooks) {
  return { ...(weights && { file: weights }), ...(signal && { signal }) };
}

/**
 * Loads the base named in the options from the zoo, or from the weight file they name.
 *
 * @param network the base at the size that its pictures will have. @param parts its features, see `withPooledFeatures`.
 * @param begun its weights, where they are on their way.
 */
export async function loadBase(
  options: BaseOptions,
  { network, parts }: { readonly network: Network; readonly parts: readonly FeaturePart[] },
  hooks: Hooks = {},
  begun?: BegunWeights,
): Promise<Base> {
  const { onProgress } = hooks;
  const spec = modelSpec(options.base);
  const tell = fetchProgress(hooks);
  const loaded = await (begun?.take(network, tell) ??
    loadWeights(spec.name, network, { ...askedOf(options, hooks), onProgress: tell }));
  onProgress?.({ kind: 'note', message: `${spec.title} weights: ${loaded.source}` });
  const preprocessing = (loaded.family && preprocessingOf(network, loaded.family)) ?? spec.preprocessing;
  return {
    spec,
    title: spec.title,
    ...withPreprocessing(
      { network: withPooledFeatures(network, parts), weights: loaded.weights },
      preprocessing,
    ),
    digest: preprocessing === spec.preprocessing ? loaded.digest : `${loaded.digest}-${loaded.family}`,
    preprocessing,
    licence: loaded.licence,
  };
}

/**
 * A base whose weights are random, for a network that is trained from scratch.
 *
 * @param weights of the whole of `network`.
 */
export function untrainedBase(
  name: string,
  { network, parts }: { readonly network: Network; readonly parts: readonly FeaturePart[] },
  weights: Weights,
): Base {
  const spec = modelSpec(name);
  const whole = { network: withPooledFeatures(network, parts), weights };
  const { preprocessing, title } = spec;
  return {
    spec,
    title,
    ...withPreprocessing(whole, preprocessing),
    digest: canonicalDigest(weights, [...weights.keys()]),
    preprocessing,
    licence: 'none: it was trained from random weights',
  };
}

/** The same with the plainest features: at the network's own size, the averages of its last map. */
export function loadPlainBase(options: Parameters<typeof loadBase>[0], hooks: Hooks = {}): Promise<Base> {
  const spec = modelSpec(options.base);
  const network = spec.buildBase();
  const pool = hasMap(outputOf(network)) ? 'average' : 'none';
  return loadBase(options, { network, parts: [{ layer: spec.transferCut, pool }] }, hooks);
}

/** How weights want their pictures, by the `digest` that their base had. */
export function preprocessingFor(spec: ModelSpec, digest: string): Preprocessing {
  const [, family] = /-(.+)$/.exec(digest) ?? [];
  const own = family === undefined ? undefined : preprocessingOf(spec.buildBase(), family as Family);
  return own ?? spec.preprocessing;
}

/** How many numbers of the base stay as they are; its preprocessing is not counted. */
export function frozenParameters(network: Network): number {
  return networkWeights(network)
    .filter(({ name }) => !isLayer(name.slice(0, name.lastIndexOf('/')), preprocessLayer))
    .reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

/** How many numbers of the layers that are kept stay as they are. */
export function keptParameters({
  network,
  kept,
}: {
  readonly network: Network;
  readonly kept: ReadonlySet<string>;
}): number {
  return networkWeights(network)
    .filter(({ name }) => kept.has(name.slice(0, name.lastIndexOf('/'))))
    .reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}
