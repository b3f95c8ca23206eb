import type { Network } from '../models/network.js';
import { networkWeights } from '../models/network-weights.js';
import { type Family, isFamily } from '../models/published-names.js';
import { modelNames, modelSpec } from '../models/registry.js';
import { UserError } from '../runtime/errors.js';
import { detectFormat } from '../formats/detect.js';
import { readSafetensorsMetadata } from '../formats/safetensors.js';
import { compareWeights, matchWeights } from './match.js';
import { preprocessingInside, publishedAgain } from './own-models.js';
import { underOurLayers } from './published-layers.js';
import { readStored, type Rename, type StoredWeights } from './stored-weights.js';
import type { NamedTensor, Weights } from '../formats/tensors.js';
import { splitSet } from './weight-sets.js';

/** What a file holds of a network. */
export interface ReadWeights {
  /** Exactly the network's tensors, in order of computation, by our names and in our layouts. */
  readonly weights: Map<string, NamedTensor>;
  /** Whose names they had, where that can be told: it says how they want their pictures. */
  readonly family?: Family;
  /** What to know of other weights in the same file. */
  readonly note?: string;
}

/**
 * The weights of a network from a file (or folder) of any format known here, found by content, not by its ending.
 *
 * @param given the file; of a checkpoint that holds several sets of weights `FILE#SET` names one.
 * @throws UserError when the file is missing, damaged, of an unknown format, or does not fit the network.
 */
export async function readWeights(network: Network, given: string): Promise<ReadWeights> {
  const { network: _, ...read } = await readFirstFitting([network], given);
  return read;
}

/**
 * The same for the first of several networks that the file fits, which is read once.
 *
 * @param networks each a part of the one before it.
 */
export async function readFirstFitting(
  networks: readonly [Network, ...Network[]],
  given: string,
): Promise<ReadWeights & { readonly network: Network }> {
  const { file, wanted } = splitSet(given);
  const detected = await detectFormat(file);
  const stored = await readStored(networks[0], { ...detected, file, wanted });
  const { tensors } = stored;
  const inside = preprocessingInside(tensors);
  for (const network of networks) {
    const found = weightsIn(network, stored, file);
    if (!found) continue;
    const said =
      found.family ?? (detected.format === 'safetensors' ? await familySaid(detected.path) : undefined);
    if (inside) return { network, ...publishedAgain(network, found.weights, inside, file) };
    const { weights } = found;
    return { network, weights, ...(said && { family: said }), ...(stored.note && { note: stored.note }) };
  }
  const last = networks.at(-1)!;
  const { renamed, missing } = byName(last, stored.tensors, stored.rename);
  refuseUnread(last, stored, { missing, file });
  matchWeights(last, renamed, stored.unnamed ? `'${file}', by name or by structure,` : `'${file}'`);
  throw new Error(`${file} fits after all`);
}

function byName(network: Network, tensors: Weights, rename: Rename) {
  const { tensors: underOurs, family } = underOurLayers(network, tensors);
  const renamed = rename(network, underOurs);
  const { missing, misshapen } = compareWeights(network, renamed);
  return { renamed, family, missing, fits: missing.length + misshapen.length === 0 };
}

/** A network's weights, found by name or else by structure; undefined where the file has not got them. */
function weightsIn(
  network: Network,
  { tensors, rename, unnamed }: StoredWeights,
  file: string,
): { weights: Map<string, NamedTensor>; family?: Family | undefined } | undefined {
  const isNamed = byName(network, shapesOf(tensors), rename).missing.length === 0;
  const named = isNamed && byName(network, tensors, rename);
  if (!named || !named.fits) {
    const found = unnamed?.(network);
    return found && { ...found, weights: matchWeights(network, found.weights, `'${file}'`) };
  }
  const weights = matchWeights(network, named.renamed, `'${file}'`);
  if (tensors.size > weights.size) refuseLarger(network, file, { tensors, rename });
  return { weights, family: named.family };
}

/** Stands for tensors where only their names, and the shapes of those that are not dense, are asked for. */
function shapesOf(tensors: Weights): Weights {
  return new Map([...tensors].map(([name, { shape }]) => [name, { shape, data: new Float32Array() }]));
}

/** @throws UserError when what is missing is there, in numbers that are not read. */
function refuseUnread(
  network: Network,
  { rename, unread = new Map() }: StoredWeights,
  { missing, file }: { missing: readonly string[]; file: string },
): void {
  for (const [name, type] of unread) {
    const alone: Weights = new Map([[name, { shape: [0], data: new Float32Array() }]]);
    const [ours = ''] = rename(network, underOurLayers(network, alone).tensors).keys();
    if (!missing.includes(ours)) continue;
    throw new UserError(
      `Expected the weights of ${network.name} in '${file}' as plain numbers but '${name}' is of type ${type}. ` +
        'Save them as float32: {name: tensor.float() for name, tensor in model.state_dict().items()}.',
    );
  }
}

/**
 * A deeper network of the same family has all the names and shapes of a shallower one: VGG-19's file would pass for
 * VGG-16, ResNet-34's for ResNet-18.
 *
 * @throws UserError when the file holds all of a network that this one is a part of.
 */
function refuseLarger(
  network: Network,
  file: string,
  { tensors, rename }: Pick<StoredWeights, 'tensors' | 'rename'>,
): void {
  const names = modelNames();
  if (!names.includes(network.name)) return;
  const ours = networkWeights(modelSpec(network.name).buildBase());
  // A base has no dense layers: its tensors' shapes are enough to tell.
  const shapes = new Map(
    [...tensors].map(([name, { shape }]) => [name, { shape, data: new Float32Array() }]),
  );
  for (const name of names) {
    const other = modelSpec(name).buildBase();
    const theirs = new Set(networkWeights(other).map((tensor) => tensor.name));
    if (theirs.size <= ours.length || !ours.every((tensor) => theirs.has(tensor.name))) continue;
    if (!byName(other, shapes, rename).fits) continue;
    throw new UserError(
      `Expected weights of ${network.name} in '${file}' but they are those of ${name}, which has more layers. ` +
        `Use --base ${name}.`,
    );
  }
}

/** Files that were written here have our names, and say whose weights they are. */
async function familySaid(path: string): Promise<Family | undefined> {
  const { family } = await readSafetensorsMetadata(path);
  return isFamily(family) ? family : undefined;
}
