import type { NamedTensor } from './tensors.js';
import { type Bytes, FormatError, readAs } from './bytes.js';
import { maskedCrc32c } from './checksum.js';
import { Cursor } from './cursor.js';
import { type NumberType, tensorFrom } from './numbers.js';
import { fieldsOf } from './protobuf.js';
import { tableEntries } from './sorted-table.js';
import { checksumOfString, objectGraphKey, onlyString, variableNames } from './tensorflow-objects.js';
import { shapeOf, tensorFlowTypes } from './tensorflow-types.js';
import { isV1Header, readV1Variables } from './tensorflow-v1-checkpoint.js';

/** Where a tensor lies: BundleEntryProto of tensorflow/core/protobuf/tensor_bundle.proto. */
interface Entry {
  key: string;
  /** None for the graph of objects, which is a string. */
  type?: NumberType;
  shape: number[];
  shard: number;
  offset: number;
  length: number;
  checksum: number;
}

/** What Keras and tf.train.Checkpoint write behind the key of a variable. */
const variableSuffix = '/.ATTRIBUTES/VARIABLE_VALUE';

/** State of an optimiser, which tf.train.Checkpoint and Keras keep under this name or beside each variable. */
const optimiserState = /(^|\/)(optimizer|\.OPTIMIZER_SLOT)\//;

/**
 * Reads the variables of a TensorFlow checkpoint (`model.ckpt.index` and `model.ckpt.data-00000-of-00001` beside it), as
 * TensorFlow 1 and 2 write it and as a SavedModel holds it under `variables/`; or of one file in TensorFlow's first
 * format, V1. Names are those of the variables in the program (`conv1/kernel`), which TensorFlow 2 notes in the graph of
 * objects; where it notes none, the checkpoint's keys (`layer_with_weights-0/kernel`). Layouts are TensorFlow's. Strings,
 * whole numbers (counters, states of random generators) and an optimiser's state are left out.
 *
 * @param indexFile path of the index, or of the file in format V1.
 * @throws UserError when a file is missing or damaged, or a variable is split into partitions (in V1 it may be).
 */
export function readTensorFlowCheckpoint(indexFile: string): Promise<Map<string, NamedTensor>> {
  return readAs('a TensorFlow checkpoint', indexFile, async (bytes) => {
    const [header, ...rest] = tableEntries(await bytes.read(0, bytes.size));
    if (header?.[0] !== '') throw new FormatError('it has no header');
    const tensors = isV1Header(header[1])
      ? readV1Variables(header[1], rest, bytes.size)
      : await readVariables(indexFile, shardCount(header[1]), rest);
    if (tensors.size === 0) throw new FormatError('it lists no variables');
    return tensors;
  });
}

async function readVariables(
  indexFile: string,
  shards: number,
  index: readonly (readonly [key: string, value: Uint8Array])[],
): Promise<Map<string, NamedTensor>> {
  const entries = index.flatMap(([key, value]) => parseEntry(key, value, shards) ?? []);
  const byKey = new Map<string, NamedTensor>();
  let names: ReadonlyMap<string, string> = new Map();
  for (let shard = 0; shard < shards; shard++) {
    const wanted = entries.filter((entry) => entry.shard === shard);
    if (wanted.length === 0) continue;
    const path = `${indexFile.replace(/\.index$/, '')}.data-${fiveDigits(shard)}-of-${fiveDigits(shards)}`;
    await readAs('the values of a TensorFlow checkpoint', path, async (data) => {
      names = (await readShard(data, wanted, byKey)) ?? names;
    });
  }
  return underTheirNames(byKey, names);
}

/**
 * Tensors by the names of their variables. A SavedModel of Keras 3 holds every variable twice; a name that stands for
 * variables of different values (of two models) tells nothing, and they stay under their keys.
 */
function underTheirNames(
  byKey: ReadonlyMap<string, NamedTensor>,
  names: ReadonlyMap<string, string>,
): Map<string, NamedTensor> {
  const named = new Map<string, NamedTensor>();
  const ambiguous = new Set<string>();
  for (const [key, tensor] of byKey) {
    const name = names.get(key);
    const same = name === undefined ? undefined : named.get(name);
    if (name === undefined) continue;
    if (same && !isEqual(same, tensor)) ambiguous.add(name);
    named.set(name, tensor);
  }
  for (const name of ambiguous) named.delete(name);
  for (const [key, tensor] of byKey) {
    const name = names.get(key);
    if (name !== undefined && !ambiguous.has(name)) continue;
    named.set(key.endsWith(variableSuffix) ? key.slice(0, -variableSuffix.length) : key, tensor);
  }
  return named;
}

function isEqual(a: NamedTensor, b: NamedTensor): boolean {
  return String(a.shape) === String(b.shape) && a.data.every((value, i) => Object.is(value, b.data[i]));
}

function fiveDigits(number: number): string {
  return String(number).padStart(5, '0');
}

function shardCount(header: Uint8Array): number {
  let shards = 1;
  for (const { number, value } of fieldsOf(header)) {
    if (number === 1) shards = value;
    if (number === 2 && value !== 0) throw new FormatError('it was written on a big-endian machine');
  }
  if (!(shards >= 1 && shards < 100_000))
    throw new FormatError(`it is said to have ${shards} files of values`);
  return shards;
}

function parseEntry(key: string, message: Uint8Array, shards: number): Entry | undefined {
  let type: number | undefined;
  const entry = { key, shape: [] as number[], shard: 0, offset: 0, length: 0, checksum: 0 };
  for (const { number, value, bytes } of fieldsOf(message)) {
    if (number === 1) type = value;
    if (number === 2) entry.shape = shapeOf(bytes);
    if (number === 3) entry.shard = value;
    if (number === 4) entry.offset = value;
    if (number === 5) entry.length = value;
    if (number === 6) entry.checksum = new Cursor(bytes).uint32();
    if (number === 7)
      throw new FormatError(`its variable '${key}' is split into partitions, which are not joined here`);
  }
  if (!(entry.shard < shards)) throw new FormatError(`the place of '${key}' is in no file`);
  if (key === objectGraphKey) return entry;
  const numbers = tensorFlowTypes.get(type ?? 0);
  if (!numbers?.includes('float') || optimiserState.test(key)) return undefined;
  return { ...entry, type: numbers };
}

/** Puts the variables of one file into `tensors`; returns the names that the graph of objects gives, if it is there. */
async function readShard(
  data: Bytes,
  entries: readonly Entry[],
  tensors: Map<string, NamedTensor>,
): Promise<Map<string, string> | undefined> {
  const total = entries.reduce((sum, entry) => sum + entry.length, 0);
  if (total > data.size) throw new FormatError(`its index describes ${total} bytes and it has ${data.size}`);
  let names: Map<string, string> | undefined;
  for (const { key, shape, type, offset, length, checksum } of entries) {
    const content = await data.read(offset, length);
    const sum = type ? maskedCrc32c(content) : checksumOfString(content);
    if (sum !== checksum) throw new FormatError(`'${key}' does not match its checksum`);
    if (!type) names = variableNames(onlyString(content));
    const tensor = type && tensorFrom(key, shape, type, content);
    if (tensor) tensors.set(key, tensor);
  }
  return names;
}
