import type { Network } from '../models/network.js';
import type { Family } from '../models/published-names.js';
import { UserError } from '../runtime/errors.js';
import { readCaffe } from '../formats/caffe.js';
import type { ReadOptions } from '../formats/choice.js';
import { contentFormat, type DetectedWeights, type WeightFormat } from '../formats/detect.js';
import { readKerasArchive } from '../formats/keras-archive.js';
import { readKerasH5 } from '../formats/keras-h5.js';
import { fromKerasH5Names } from './keras-h5-names.js';
import { readKerasShards } from '../formats/keras-sharded.js';
import { readLasagne } from '../formats/lasagne.js';
import { fromKerasNames, fromTorchNames } from './naming.js';
import { readNpy, readNpz } from '../formats/numpy.js';
import { isFromTensorFlow, readOnnx } from '../formats/onnx.js';
import { fromTensorFlowOnnxNames } from './tensorflow-onnx-names.js';
import { readPyTorch } from '../formats/pytorch.js';
import { readSafetensors } from '../formats/safetensors.js';
import { readShards } from '../formats/shards.js';
import { readTensorFlowCheckpoint } from '../formats/tensorflow-checkpoint.js';
import { readFrozenGraph, readSavedModel } from '../formats/tensorflow-graph.js';
import { readTfjs } from '../formats/tfjs.js';
import { fromChannelsFirstFlatten } from './channels-first.js';
import { matchOrder } from './match-order.js';
import { fromOwnOnnx } from './own-models.js';
import { matchStructure } from './match-structure.js';
import type { NamedTensor, Weights } from '../formats/tensors.js';
import { asked, chooseSet, layerNames, type WeightSet, weightSets } from './weight-sets.js';

/** Names and layouts of a file, after its layers have ours, become our own. */
export type Rename = (network: Network, tensors: Weights) => Map<string, NamedTensor>;

/** What a file holds, and how it becomes a network's weights: decided once, by the file. */
export interface StoredWeights {
  readonly tensors: Weights;
  readonly rename: Rename;
  /** Finds a network's weights where names do not tell them. */
  readonly unnamed?: (network: Network) => { weights: Map<string, NamedTensor>; family: Family } | undefined;
  /** Tensors left out for the type of their numbers: name → type. */
  readonly unread?: ReadonlyMap<string, string>;
  /** What to know of other weights in the same file. */
  readonly note?: string;
}

type Read = (path: string, options?: ReadOptions) => Promise<Map<string, NamedTensor>>;

const ownNames: Rename = (_, tensors) => new Map(tensors);
const kerasH5: Rename = (network, tensors) => fromKerasNames(network, fromKerasH5Names(network, tensors));
const torch: Rename = (network, tensors) => {
  return fromChannelsFirstFlatten(network, fromTorchNames(network, tensors));
};

/** How the formats of one network a file are read, and how their names and layouts become ours. */
const formats: Readonly<
  Record<
    Exclude<WeightFormat, 'onnx' | keyof typeof torchFormats>,
    { read: (path: string) => Promise<Map<string, NamedTensor>>; rename: Rename }
  >
> = {
  caffe: { read: readCaffe, rename: fromChannelsFirstFlatten },
  'keras-h5': { read: readKerasH5, rename: kerasH5 },
  'keras-archive': { read: readKerasArchive, rename: kerasH5 },
  'keras-sharded': { read: readKerasShards, rename: kerasH5 },
  lasagne: { read: readLasagne, rename: ownNames },
  npy: { read: readNpy, rename: ownNames },
  npz: { read: readNpz, rename: ownNames },
  'tensorflow-checkpoint': { read: readTensorFlowCheckpoint, rename: fromKerasNames },
  'tensorflow-graph': { read: readFrozenGraph, rename: fromKerasNames },
  'tensorflow-saved-model': { read: readSavedModel, rename: fromKerasNames },
  tfjs: { read: readTfjs, rename: fromKerasNames },
};

/** Formats under PyTorch's names, of which a file can hold several sets of weights and much else. */
const torchFormats = {
  pytorch: readPyTorch,
  safetensors: readSafetensors,
  shards: (path: string, options?: ReadOptions) => readShards(path, readShard, options),
} satisfies Partial<Record<WeightFormat, Read>>;

async function readShard(path: string, options: ReadOptions): Promise<Map<string, NamedTensor>> {
  const format = await contentFormat(path);
  if (format === 'pytorch' || format === 'safetensors') return torchFormats[format](path, options);
  throw new UserError(
    `Expected '${path}' to be of PyTorch or safetensors, as a part of a model is, but it is neither. Fetch it again.`,
  );
}

/** A file as the user names it: where it is and, after a `#`, which of its sets of weights is meant. */
export interface WeightFile extends DetectedWeights {
  /** As the user wrote it, without the set. */
  readonly file: string;
  readonly wanted: string | undefined;
}

/**
 * Reads a file for a network, or for one of which it is a part.
 *
 * @throws UserError when the file is damaged or cannot tell which weights are meant.
 */
export async function readStored(network: Network, given: WeightFile): Promise<StoredWeights> {
  const { format, path, file, wanted } = given;
  if (format in torchFormats)
    return readTorch(torchFormats[format as keyof typeof torchFormats], network, given);
  if (wanted !== undefined) {
    throw new UserError(
      `Expected a file of PyTorch's to choose '${wanted}' from but '${file}' holds one network. Use '${file}'.`,
    );
  }
  if (format === 'onnx') return readOnnxModel(path, network, file);
  const { read, rename } = formats[format as keyof typeof formats];
  return { tensors: await read(path), rename };
}

async function readTorch(
  read: Read,
  network: Network,
  { path, file, wanted }: WeightFile,
): Promise<StoredWeights> {
  let sets: readonly WeightSet[] = [];
  let chosen: WeightSet | undefined;
  const unread = new Map<string, string>();
  const known = layerNames(network);
  const tensors = await read(path, {
    choose: (names) => {
      sets = weightSets(known, names);
      chosen = chooseSet(sets, { file, wanted });
      return new Set(chosen ? chosen.names.keys() : names);
    },
    onUnread: (name, type) => unread.set(chosen?.names.get(name) ?? name, type),
  });
  const others = sets.filter((set) => set !== chosen && wanted === undefined);
  return {
    tensors: chosen ? inside(chosen, tensors) : tensors,
    rename: torch,
    unread,
    ...(others.length > 0 && { note: noteOf(file, chosen!, others) }),
  };
}

function noteOf(file: string, { place }: WeightSet, others: readonly WeightSet[]): string {
  const rest = others.slice(0, 4).map((set) => asked(file, set.place));
  return `'${file}' holds several sets of weights: taken are those ${place ? `under '${place}'` : 'outside any'}. For others use ${rest.join(' or ')}`;
}

function inside(set: WeightSet, tensors: Weights): Map<string, NamedTensor> {
  const found = [...tensors].filter(([name]) => set.names.has(name));
  return new Map(found.map(([name, tensor]) => [set.names.get(name)!, tensor]));
}

async function readOnnxModel(path: string, network: Network, file: string): Promise<StoredWeights> {
  const model = await readOnnx(path);
  const { tensors } = model;
  if (model.producer === 'finetune' && [...tensors.keys()].some((name) => name.endsWith('/kernel'))) {
    return { tensors, rename: fromOwnOnnx };
  }
  if (isFromTensorFlow(model)) {
    return {
      tensors,
      rename: fromTensorFlowOnnxNames,
      unnamed: (wanted) => {
        const weights = matchStructure(wanted, model);
        return weights && { weights, family: 'keras' };
      },
    };
  }
  const set = chooseSet(weightSets(layerNames(network), [...tensors.keys()]), { file, wanted: undefined });
  const family: Family = /caffe/i.test(model.producer) ? 'caffe' : 'torchvision';
  return {
    tensors: set ? inside(set, tensors) : tensors,
    rename: torch,
    unnamed: (wanted) => {
      const weights = matchStructure(wanted, model);
      if (weights) return { weights: fromChannelsFirstFlatten(wanted, weights), family };
      const ordered = model.hasGraph ? undefined : matchOrder(wanted, tensors);
      return ordered && { weights: torch(wanted, ordered), family };
    },
  };
}
