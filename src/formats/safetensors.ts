import type { NamedTensor, Weights } from './tensors.js';
import { type Bytes, FormatError, isRecord, jsonOf, readAs } from './bytes.js';
import { chosenOf, type ReadOptions } from './choice.js';
import { Cursor } from './cursor.js';
import { type NumberType, tensorFrom } from './numbers.js';
import { bytesOf } from '../runtime/bytes-of.js';

const numberTypes: ReadonlyMap<unknown, NumberType> = new Map([
  ['F16', 'float16'],
  ['BF16', 'bfloat16'],
  ['F32', 'float32'],
  ['F64', 'float64'],
  ['I8', 'int8'],
  ['I16', 'int16'],
  ['I32', 'int32'],
  ['I64', 'int64'],
  ['U8', 'uint8'],
  ['U16', 'uint16'],
  ['U32', 'uint32'],
  ['U64', 'uint64'],
  ['BOOL', 'bool'],
]);

/** The longest header that the format's own reader takes (github.com/huggingface/safetensors). */
const longestHeader = 100_000_000;

/** Free texts by name. */
export type Metadata = Readonly<Record<string, string>>;

interface Entry {
  name: string;
  /** As the file spells it: `F32`. */
  typeName: string;
  shape: number[];
  start: number;
  end: number;
}

/**
 * Reads a safetensors file, one tensor at a time: names and layouts are the file's own.
 * Layout: 8 bytes of header length, a JSON header, the values end to end without gaps or overlaps.
 *
 * @throws UserError when the file is damaged or no safetensors file.
 */
export async function readSafetensors(
  file: string | Uint8Array,
  options: ReadOptions = {},
): Promise<Map<string, NamedTensor>> {
  return (await readSafetensorsWithMetadata(file, options)).tensors;
}

/** As `readSafetensors`, with what the file says of itself: free texts by name. */
export function readSafetensorsWithMetadata(
  file: string | Uint8Array,
  options: ReadOptions = {},
): Promise<{ tensors: Map<string, NamedTensor>; metadata: Metadata }> {
  return readAs('a safetensors file', file, async (bytes) => {
    const { header, dataStart } = await headerOf(bytes);
    const entries = entriesOf(header, bytes.size - dataStart);
    const tensors = new Map<string, NamedTensor>();
    const stored = new Map(entries.map((entry) => [entry.name, entry]));
    for (const [name, { typeName, shape, start, end }] of chosenOf(stored, options)) {
      const type = numberTypes.get(typeName);
      if (!type) {
        options.onUnread?.(name, typeName);
        continue;
      }
      const tensor = tensorFrom(name, shape, type, await bytes.read(dataStart + start, end - start));
      if (tensor) tensors.set(name, tensor);
    }
    return { tensors, metadata: metadataOf(header) };
  });
}

/**
 * What a safetensors file says of itself: free texts by name.
 *
 * @throws UserError when the file is damaged or no safetensors file.
 */
export function readSafetensorsMetadata(file: string): Promise<Metadata> {
  return readAs('a safetensors file', file, async (bytes) => metadataOf((await headerOf(bytes)).header));
}

/** Float32 tensors as the bytes of a safetensors file, end to end in their order, aligned to eight bytes. */
export function safetensorsBytes(tensors: Weights, metadata: Metadata = {}): Uint8Array {
  let end = 0;
  const entries = [...tensors].map(([name, { shape, data }]) => {
    const start = end;
    end += data.byteLength;
    return [name, { dtype: 'F32', shape, data_offsets: [start, end] }] as const;
  });
  const json = Buffer.from(JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) }));
  const dataStart = 8 + Math.ceil(json.length / 8) * 8;
  const bytes = Buffer.alloc(dataStart + end, ' ');
  bytes.writeBigUInt64LE(BigInt(dataStart - 8));
  bytes.set(json, 8);
  let at = dataStart;
  for (const { data } of tensors.values()) {
    bytes.set(bytesOf(data), at);
    at += data.byteLength;
  }
  return bytes;
}

function metadataOf({ __metadata__: metadata }: Record<string, unknown>): Metadata {
  const texts = Object.entries(isRecord(metadata) ? metadata : {});
  return Object.fromEntries(texts.filter((text): text is [string, string] => typeof text[1] === 'string'));
}

async function headerOf(bytes: Bytes): Promise<{ header: Record<string, unknown>; dataStart: number }> {
  const length = new Cursor(await bytes.read(0, 8)).length64();
  if (length > longestHeader) throw new FormatError(`its header is said to be ${length} bytes long`);
  const header = jsonOf(await bytes.read(8, length), 'its header');
  if (!isRecord(header)) throw new FormatError('its header lists no tensors');
  return { header, dataStart: 8 + length };
}

/** The list of tensors, which fill all of the bytes behind the header. */
function entriesOf(header: Record<string, unknown>, dataSize: number): Entry[] {
  const entries = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => parseEntry(name, entry));
  let end = 0;
  for (const entry of entries.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    if (entry.start !== end || entry.end < end) {
      throw new FormatError(`tensor '${entry.name}' does not follow on the one before it`);
    }
    end = entry.end;
  }
  if (end !== dataSize) {
    throw new FormatError(`it has ${dataSize} bytes of values and its header describes ${end}`);
  }
  return entries;
}

function parseEntry(name: string, entry: unknown): Entry {
  const { dtype, shape, data_offsets: offsets } = isRecord(entry) ? entry : {};
  const isSound = [shape, offsets].every((list) => Array.isArray(list) && list.every(Number.isSafeInteger));
  if (!isSound) throw new FormatError(`tensor '${name}' has no shape or place in the file`);
  if (typeof dtype !== 'string') throw new FormatError(`tensor '${name}' has no type`);
  const [start = -1, end = -1] = offsets as number[];
  return { name, typeName: dtype, shape: shape as number[], start, end };
}
