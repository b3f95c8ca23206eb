import { existsSync } from 'node:fs';
import type { NamedTensor } from './tensors.js';
import { type Bytes, FormatError, readAs, textOf } from './bytes.js';
import { Cursor } from './cursor.js';
import { nearbyFile } from './nearby.js';
import { bytesPerNumber, elementsOf, type NumberType, tensorFrom } from './numbers.js';
import { bytesOfField, fieldsOf, integersOf } from './protobuf.js';
import { fieldsInFile } from './protobuf-file.js';

/** Field numbers of TensorProto in onnx.proto (github.com/onnx/onnx, onnx/onnx.proto). */
const fields = {
  dims: 1,
  dataType: 2,
  floatData: 4,
  int32Data: 5,
  name: 8,
  rawData: 9,
  doubleData: 10,
  externalData: 13,
  dataLocation: 14,
} as const;

/** TensorProto.DataType, of the types that weights have. */
const numberTypes: ReadonlyMap<number, NumberType> = new Map([
  [1, 'float32'],
  [10, 'float16'],
  [11, 'float64'],
  [16, 'bfloat16'],
]);

/** Where a message lies in a file. */
export interface Place {
  readonly start: number;
  readonly length: number;
}

interface Description {
  name: string;
  shape: number[];
  dataType: number;
  raw?: Place;
  /** Where values lie outside the file: `location`, `offset`, `length` …; undefined where they are inside. */
  external?: Map<string, string>;
}

/**
 * The tensor that a TensorProto describes, or undefined for one of whole numbers: a shape or the like.
 *
 * @param path of the model, beside which values may lie; undefined for a model in memory.
 */
export async function readTensor(
  bytes: Bytes,
  { start, length }: Place,
  path: string | undefined,
): Promise<{ name: string; tensor: NamedTensor } | undefined> {
  const description = await describe(bytes, start, start + length);
  const { name, shape, dataType, raw, external } = description;
  const type = numberTypes.get(dataType);
  if (!type) return undefined;
  let values: Uint8Array;
  if (external) values = await externalValues(description, type, path);
  else if (raw && raw.length > 0) values = await bytes.read(raw.start, raw.length);
  else values = valuesInFields(await bytes.read(start, length), type, elementsOf(name, shape));
  const tensor = tensorFrom(name, shape, type, values);
  return tensor && { name, tensor };
}

async function describe(bytes: Bytes, start: number, end: number): Promise<Description> {
  const found: Description = { name: '', shape: [], dataType: 0 };
  const external = new Map<string, string>();
  let isExternal = false;
  for await (const { number, value, ...place } of fieldsInFile(bytes, start, end)) {
    const content = () => bytes.read(place.start, Math.min(place.length, 2 ** 16));
    if (number === fields.name) found.name = textOf(await content());
    if (number === fields.dims) {
      const sides = value === undefined ? integersOf({ number, bytes: await content(), value: 0 }) : [value];
      found.shape.push(...sides);
    }
    if (number === fields.dataType) found.dataType = value ?? 0;
    if (number === fields.rawData) found.raw = place;
    if (number === fields.dataLocation) isExternal = value === 1;
    if (number === fields.externalData) external.set(...entryOf(await content()));
  }
  return isExternal ? { ...found, external } : found;
}

/** StringStringEntryProto: a key and a value. */
function entryOf(message: Uint8Array): [key: string, value: string] {
  const texts = new Map([...fieldsOf(message)].map(({ number, bytes }) => [number, textOf(bytes)]));
  return [texts.get(1) ?? '', texts.get(2) ?? ''];
}

/** Values in another file: PyTorch's exporter puts all into one, `onnx.save` can put each into one of its own. */
async function externalValues(
  { name, shape, external }: Description,
  type: NumberType,
  path: string | undefined,
): Promise<Uint8Array> {
  const location = external?.get('location') ?? '';
  if (path === undefined) throw new FormatError(`it keeps tensor '${name}' in another file, '${location}'`);
  const offset = Number(external?.get('offset') ?? 0);
  const length = elementsOf(name, shape) * bytesPerNumber[type];
  const said = Number(external?.get('length') ?? length);
  if (said !== length) throw new FormatError(`tensor '${name}' takes ${length} bytes and has ${said}`);
  const file = nearbyFile(path, location);
  if (!existsSync(file)) {
    throw new FormatError(
      `it keeps tensor '${name}' in '${location}', which is not beside it`,
      'Put both files into one folder.',
    );
  }
  return readAs(`the file in which '${path}' keeps its values`, file, (content) =>
    content.read(offset, length),
  );
}

/** Writers that do not put values down raw put them into the field of their type, halves into whole numbers. */
function valuesInFields(message: Uint8Array, type: NumberType, count: number): Uint8Array {
  if (type === 'float64') return bytesOfField(message, fields.doubleData);
  if (type === 'float32') return bytesOfField(message, fields.floatData);
  const halves = new Uint16Array(Math.min(count + 1, message.length)); // one more shows that there are too many
  let written = 0;
  for (const { number, bytes, value } of fieldsOf(message)) {
    if (number !== fields.int32Data) continue;
    if (bytes.length === 0) halves[written++] = value;
    const cursor = new Cursor(bytes);
    while (cursor.left > 0) halves[written++] = cursor.varintLength();
  }
  return new Uint8Array(halves.buffer, 0, 2 * Math.min(written, halves.length));
}
