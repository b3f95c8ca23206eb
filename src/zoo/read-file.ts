import { preprocessLayer } from '../models/compose.js';
import type { Network } from '../models/network.js';
import { networkWeights } from '../models/network-weights.js';
import { type Family, isFamily } from '../models/published-names.js';
import { modelNames, modelSpec } from '../models/registry.js';
import { UserError } from '../runtime/errors.js';
import { readCaffe } from '../formats/caffe.js';
import { detectFormat, type WeightFormat } from '../formats/detect.js';
import { readKerasArchive } from '../formats/keras-archive.js';
import { fromKerasH5Names, readKerasH5 } from '../formats/keras-h5.js';
import { readKerasShards } from '../formats/keras-sharded.js';
import { readLasagne } from '../formats/lasagne.js';
import { fromKerasNames, fromTorchNames } from './naming.js';
import { readNpy, readNpz } from '../formats/numpy.js';
import { fromTensorFlowOnnxNames, readOnnx } from '../formats/onnx.js';
import { readPyTorch } from '../formats/pytorch.js';
import { readSafetensors, readSafetensorsMetadata } from '../formats/safetensors.js';
import { readTensorFlowCheckpoint } from '../formats/tensorflow-checkpoint.js';
import { readFrozenGraph, readSavedModel } from '../formats/tensorflow-graph.js';
import { readTfjs } from '../formats/tfjs.js';
import { fromChannelsFirstFlatten } from './channels-first.js';
import { compareWeights, matchWeights } from './match.js';
import { underOurLayers } from './published-layers.js';
import type { NamedTensor, Weights } from '../formats/tensors.js';

type Rename = (network: Network, tensors: Weights) => Map<string, NamedTensor>;

const ownNames: Rename = (_, tensors) => new Map(tensors);
const kerasH5: Rename = (network, tensors) => fromKerasNames(network, fromKerasH5Names(network, tensors));
const torch: Rename = (network, tensors) => {
  return fromChannelsFirstFlatten(network, fromTorchNames(network, tensors));
};
const onnx: Rename = (network, tensors) => {
  const isTensorFlow = [...tensors.keys()].some((name) => name.includes('/'));
  return isTensorFlow ? fromTensorFlowOnnxNames(network, tensors) : torch(network, tensors);
};

/** How each format is read, and how its names and layouts become ours. */
const formats: Readonly<
  Record<WeightFormat, { read: (path: string) => Promise<Map<string, NamedTensor>>; rename: Rename }>
> = {
  caffe: { read: readCaffe, rename: fromChannelsFirstFlatten },
  'keras-h5': { read: readKerasH5, rename: kerasH5 },
  'keras-archive': { read: readKerasArchive, rename: kerasH5 },
  'keras-sharded': { read: readKerasShards, rename: kerasH5 },
  lasagne: { read: readLasagne, rename: ownNames },
  npy: { read: readNpy, rename: ownNames },
  npz: { read: readNpz, rename: ownNames },
  onnx: { read: readOnnx, rename: onnx },
  pytorch: { read: readPyTorch, rename: torch },
  safetensors: { read: readSafetensors, rename: torch },
  'tensorflow-checkpoint': { read: readTensorFlowCheckpoint, rename: fromKerasNames },
  'tensorflow-graph': { read: readFrozenGraph, rename: fromKerasNames },
  'tensorflow-saved-model': { read: readSavedModel, rename: fromKerasNames },
  tfjs: { read: readTfjs, rename: fromKerasNames },
};

/** What a file holds of a network. */
export interface ReadWeights {
  /** Exactly the network's tensors, in order of computation, by our names and in our layouts. */
  readonly weights: Map<string, NamedTensor>;
  /** Whose names they had, where that can be told: it says how they want their pictures. */
  readonly family?: Family;
}

/**
 * The weights of a network from a file (or folder) of any format known here, found by content, not by its ending.
 *
 * @throws UserError when the file is missing, damaged, of an unknown format, or does not fit the network.
 */
export async function readWeights(network: Network, file: string): Promise<ReadWeights> {
  const { format, path } = await detectFormat(file);
  const { read, rename } = formats[format];
  const stored = await read(path);
  if (stored.has(`${preprocessLayer}/mean`) || stored.has(`${preprocessLayer}/moving_mean`)) {
    // its first kernels may take the colours in another order than the published ones
    throw new UserError(
      `Expected published weights but '${file}' is the model of a run, with its preprocessing inside. ` +
        "Use it with finetune predict or evaluate, or leave --weights out for the zoo's.",
    );
  }
  const { tensors, family } = underOurLayers(network, stored);
  const weights = matchWeights(network, rename(network, tensors), `'${file}'`);
  if (stored.size > weights.size)
    refuseLarger(network, file, (other) => rename(other, underOurLayers(other, stored).tensors));
  const said = family ?? (format === 'safetensors' ? await familySaid(path) : undefined);
  return { weights, ...(said && { family: said }) };
}

/**
 * A deeper network of the same family has all the names and shapes of a shallower one: VGG-19's file would pass for
 * VGG-16, ResNet-34's for ResNet-18.
 *
 * @param renamed the file's tensors under the names of another network.
 * @throws UserError when the file holds all of a network that this one is a part of.
 */
function refuseLarger(network: Network, file: string, renamed: (network: Network) => Weights): void {
  const names = modelNames();
  if (!names.includes(network.name)) return;
  const ours = networkWeights(modelSpec(network.name).buildBase());
  for (const name of names) {
    const other = modelSpec(name).buildBase();
    const theirs = new Set(networkWeights(other).map((tensor) => tensor.name));
    if (theirs.size <= ours.length || !ours.every((tensor) => theirs.has(tensor.name))) continue;
    const { missing, misshapen } = compareWeights(other, renamed(other));
    if (missing.length + misshapen.length > 0) continue;
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
