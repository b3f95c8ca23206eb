import { dirname, join } from 'node:path';
import type { NamedTensor } from './tensors.js';
import { FormatError, isRecord, jsonOf, readAs } from './bytes.js';
import { Cursor } from './cursor.js';
import { bytesPerNumber, elementsOf, type NumberType, tensorOfOwn, toFloat32 } from './numbers.js';

const numberTypes: ReadonlySet<unknown> = new Set<NumberType>([
  'float32',
  'float16',
  'int32',
  'uint16',
  'uint8',
  'bool',
]);

/** A tensor as the manifest lists it. */
export interface TfjsEntry {
  name: string;
  shape: number[];
  /** How the values are stored, and what one step of an affine quantised value means. */
  stored: NumberType;
  affine?: { scale: number; min: number };
}

/** Tensors that lie one after another in files that are to be joined. */
export interface TfjsGroup {
  paths: string[];
  entries: TfjsEntry[];
}

/**
 * Reads the weights of a TF.js layers model or graph model: `model.json` (or a bare `weights_manifest.json`) and the
 * files beside it that its manifest lists. Quantised weights come back as the float32 values that TF.js computes
 * with: value · scale + min for uint8 and uint16, widened for float16. Names and layouts are the file's own.
 *
 * @throws UserError when a file is missing, damaged, or outside the manifest's folder.
 */
export function readTfjs(manifestFile: string): Promise<Map<string, NamedTensor>> {
  return readAs('a TF.js model', manifestFile, async (bytes) => {
    const json = jsonOf(await bytes.read(0, bytes.size), 'it');
    const groups = parseManifest(isRecord(json) ? json['weightsManifest'] : json);
    const paths = groups.flatMap((group) => group.paths);
    if (new Set(paths).size < paths.length) throw new FormatError('its manifest lists a file twice');
    const tensors = new Map<string, NamedTensor>();
    for (const { paths, entries } of groups) {
      const content = await readShards(dirname(manifestFile), paths);
      const cursor = new Cursor(content);
      for (const entry of entries) {
        const length = elementsOf(entry.name, entry.shape) * bytesPerNumber[entry.stored];
        const tensor = decode(entry, cursor.take(length));
        if (tensor) tensors.set(entry.name, tensor);
      }
      if (cursor.left > 0) throw new FormatError(`its files ${paths} are ${cursor.left} bytes too long`);
    }
    return tensors;
  });
}

/** The groups of a weights manifest; throws a FormatError when it is none, or damaged. */
export function parseManifest(manifest: unknown): TfjsGroup[] {
  if (!Array.isArray(manifest)) throw new FormatError('it has no weights manifest');
  return manifest.map(parseGroup);
}

async function readShards(folder: string, paths: readonly string[]): Promise<Uint8Array> {
  const shards: Uint8Array[] = [];
  for (const path of paths) {
    const shard = await readAs('a file of TF.js weights', join(folder, path), (bytes) =>
      bytes.read(0, bytes.size),
    );
    shards.push(shard);
  }
  return shards.length === 1 ? shards[0]! : Buffer.concat(shards);
}

function decode({ name, shape, stored, affine }: TfjsEntry, bytes: Uint8Array): NamedTensor | undefined {
  if (!affine) return tensorOfOwn(name, shape, stored, bytes);
  const data = toFloat32(name, bytes, stored);
  for (const [i, value] of data.entries()) data[i] = value * affine.scale + affine.min;
  return { shape, data };
}

function parseGroup(group: unknown): TfjsGroup {
  const { paths, weights } = isRecord(group) ? group : {};
  if (!Array.isArray(paths) || !Array.isArray(weights))
    throw new FormatError('its weights manifest is damaged');
  return { paths: paths.map(parsePath), entries: weights.map(parseEntry) };
}

function parsePath(path: unknown): string {
  if (typeof path !== 'string' || !/^[^/\\:\0]+$/.test(path) || path === '..') {
    throw new FormatError(`its manifest asks for ${JSON.stringify(path)}, which is no file beside it`);
  }
  return path;
}

function parseEntry(entry: unknown): TfjsEntry {
  const { name, shape, dtype, quantization } = isRecord(entry) ? entry : {};
  if (typeof name !== 'string' || !Array.isArray(shape) || !shape.every(Number.isSafeInteger)) {
    throw new FormatError('its manifest lists a weight without name or shape');
  }
  if (!isRecord(quantization)) return { name, shape, stored: numberType(name, dtype) };
  const { dtype: storedType, scale, min } = quantization;
  const stored = numberType(name, storedType);
  if (stored === 'float16') return { name, shape, stored };
  if (typeof scale !== 'number' || typeof min !== 'number') {
    throw new FormatError(`weight '${name}' is quantised without scale and minimum`);
  }
  return { name, shape, stored, affine: { scale, min } };
}

function numberType(name: string, dtype: unknown): NumberType {
  if (numberTypes.has(dtype)) return dtype as NumberType;
  throw new FormatError(`weight '${name}' is of type ${JSON.stringify(dtype)}, not of numbers`);
}
