import type { NamedTensor } from './tensors.js';
import { type Bytes, FormatError, readAs } from './bytes.js';
import { maskedCrc32c } from './checksum.js';
import { Cursor } from './cursor.js';
import { type NumberType, tensorFrom } from './numbers.js';
import { fieldsOf } from './protobuf.js';
import { tableEntries } from './sorted-table.js';
import { shapeOf, tensorFlowTypes } from './tensorflow-types.js';

/** Where a tensor lies: BundleEntryProto of tensorflow/core/protobuf/tensor_bundle.proto. */
interface Entry {
  name: string;
  type: NumberType;
  shape: number[];
  shard: number;
  offset: number;
  length: number;
  checksum: number;
}

/** What Keras and tf.train.Checkpoint write behind the name of a variable. */
const variableSuffix = '/.ATTRIBUTES/VARIABLE_VALUE';

/**
 * Reads the variables of a TensorFlow checkpoint (`model.ckpt.index` and `model.ckpt.data-00000-of-00001` beside it), as
 * TensorFlow 1 and 2 write it and as a SavedModel holds it under `variables/`. Names are the checkpoint's
 * (`layer_with_weights-0/kernel`), without TensorFlow 2's `/.ATTRIBUTES/VARIABLE_VALUE`; layouts are TensorFlow's.
 * Strings (the object graph) and counters are left out.
 *
 * @param indexFile path of the index.
 * @throws UserError when a file is missing or damaged, or a variable is split into partitions.
 */
export function readTensorFlowCheckpoint(indexFile: string): Promise<Map<string, NamedTensor>> {
  return readAs('the index of a TensorFlow checkpoint', indexFile, async (bytes) => {
    const { shards, entries } = parseIndex(await bytes.read(0, bytes.size));
    const tensors = new Map<string, NamedTensor>();
    for (let shard = 0; shard < shards; shard++) {
      const wanted = entries.filter((entry) => entry.shard === shard);
      if (wanted.length === 0) continue;
      const path = `${indexFile.replace(/\.index$/, '')}.data-${fiveDigits(shard)}-of-${fiveDigits(shards)}`;
      await readAs('the values of a TensorFlow checkpoint', path, async (data) => {
        await readShard(data, wanted, tensors);
      });
    }
    if (tensors.size === 0) throw new FormatError('it lists no variables');
    return tensors;
  });
}

function fiveDigits(number: number): string {
  return String(number).padStart(5, '0');
}

function parseIndex(file: Uint8Array): { shards: number; entries: Entry[] } {
  let shards: number | undefined;
  const entries: Entry[] = [];
  for (const [key, value] of tableEntries(file)) {
    if (shards === undefined) {
      if (key !== '') throw new FormatError('it has no header');
      shards = shardCount(value);
      continue;
    }
    const entry = parseEntry(key, value);
    if (!entry) continue;
    if (!(entry.shard < shards)) throw new FormatError(`the place of '${key}' is in no file`);
    entries.push(entry);
  }
  return { shards: shards ?? 0, entries };
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

function parseEntry(key: string, message: Uint8Array): Entry | undefined {
  let type: NumberType | undefined;
  const name = key.endsWith(variableSuffix) ? key.slice(0, -variableSuffix.length) : key;
  const entry = { name, shape: [] as number[], shard: 0, offset: 0, length: 0, checksum: 0 };
  for (const { number, value, bytes } of fieldsOf(message)) {
    if (number === 1) type = tensorFlowTypes.get(value);
    if (number === 2) entry.shape = shapeOf(bytes);
    if (number === 3) entry.shard = value;
    if (number === 4) entry.offset = value;
    if (number === 5) entry.length = value;
    if (number === 6) entry.checksum = new Cursor(bytes).uint32();
    if (number === 7) throw new FormatError(`the variable '${name}' is split into partitions`);
  }
  return type && { ...entry, type };
}

async function readShard(
  data: Bytes,
  entries: readonly Entry[],
  tensors: Map<string, NamedTensor>,
): Promise<void> {
  const total = entries.reduce((sum, entry) => sum + entry.length, 0);
  if (total > data.size) throw new FormatError(`its index describes ${total} bytes and it has ${data.size}`);
  for (const { name, shape, type, offset, length, checksum } of entries) {
    const content = await data.read(offset, length);
    if (maskedCrc32c(content) !== checksum) throw new FormatError(`'${name}' does not match its checksum`);
    const tensor = tensorFrom(name, shape, type, content);
    if (tensor) tensors.set(name, tensor);
  }
}
