import type { NamedTensor } from './tensors.js';
import { type Bytes, FormatError, readAs, textOf } from './bytes.js';
import { chosenOf, type ReadOptions } from './choice.js';
import { Cursor } from './cursor.js';
import { bytesPerNumber, elementsOf, tensorFrom } from './numbers.js';
import { InertObject, saveStateDict } from './pickle.js';
import { tensorsByPath } from './pytorch-names.js';
import { type Storage, unpickleTorch, valuesOf } from './pytorch-objects.js';
import { openZip } from './zip.js';

/** Gives the bytes of a storage. */
type StorageReader = (storage: Storage) => Promise<Uint8Array>;

/**
 * Reads the tensors of a PyTorch file (.pth, .pt, .bin, .ckpt) by the path to them: `features.0.weight` of a
 * state_dict, `state_dict.features.0.weight` of a checkpoint. Both formats: the zip archive of PyTorch 1.6 and later, and the
 * older row of pickles. Layouts are PyTorch's (`fromTorchNames` translates them). Nothing in the file is executed:
 * whatever else lies beside the tensors becomes inert.
 *
 * @throws UserError when the file is damaged or holds no tensors.
 */
export function readPyTorch(
  file: string | Uint8Array,
  options: ReadOptions = {},
): Promise<Map<string, NamedTensor>> {
  return readAs('a PyTorch state_dict', file, async (bytes) => {
    const start = textOf(await bytes.read(0, Math.min(bytes.size, 4)));
    return start.startsWith('PK') ? readArchive(bytes, options) : readLegacy(bytes, options);
  });
}

async function readArchive(bytes: Bytes, options: ReadOptions): Promise<Map<string, NamedTensor>> {
  const entries = await openZip(bytes);
  const pickle = [...entries.values()].find((entry) => entry.name.endsWith('/data.pkl'));
  if (!pickle) throw new FormatError("it holds no 'data.pkl'");
  const root = pickle.name.slice(0, -'data.pkl'.length);
  const order = await entries.get(`${root}byteorder`)?.read();
  const isBigEndian = order !== undefined && textOf(order) === 'big';
  const value = unpickleTorch(new Cursor(await pickle.read()));
  const readStorage: StorageReader = async (storage) => {
    const entry = entries.get(`${root}data/${storage.key}`);
    if (!entry) throw new FormatError(`its storage '${storage.key}' is missing`);
    return entry.read();
  };
  return materialise(value, bytes.size, { ...options, readStorage, isBigEndian });
}

/** Layout: three pickles of preamble, the object, the list of storage keys, then each storage's length and values. */
async function readLegacy(bytes: Bytes, options: ReadOptions): Promise<Map<string, NamedTensor>> {
  const { value, storages, keys, end } = await beginningOf(bytes, parsePickles);
  const places = new Map<Storage, number>();
  let at = end;
  for (const key of keys) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined;
    if (!storage) throw new FormatError('one of its storages belongs to no tensor');
    await bytes.read(at, 8); // its length, which the pickle has told
    places.set(storage, at + 8);
    at += 8 + storage.size;
  }
  const readStorage: StorageReader = async (storage) => {
    const place = places.get(storage);
    if (place === undefined) throw new FormatError(`its storage '${storage.key}' is missing`);
    return bytes.read(place, storage.size);
  };
  // Values are little-endian here, whatever machine wrote them.
  return materialise(value, bytes.size, { ...options, readStorage, isBigEndian: false });
}

function parsePickles(cursor: Cursor) {
  if (unpickleTorch(cursor) !== 0x1950a86a20f9469cfc6cn)
    throw new FormatError('it does not start as one does');
  if (unpickleTorch(cursor) !== 1001) throw new FormatError('it is of an unknown version');
  unpickleTorch(cursor); // of the machine that wrote it
  const storages = new Map<string, Storage>();
  const value = unpickleTorch(cursor, storages);
  const keys = unpickleTorch(cursor);
  if (!Array.isArray(keys)) throw new FormatError('its list of storages is damaged');
  return { value, storages, keys: keys as unknown[], end: cursor.position };
}

/** What a parser makes of the beginning of a file, of which no more is read than it needs (times four). */
async function beginningOf<T>(bytes: Bytes, parse: (cursor: Cursor) => T): Promise<T> {
  for (let length = 2 ** 20; length < bytes.size; length *= 4) {
    const content = await bytes.read(0, length);
    try {
      return parse(new Cursor(content));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  }
  return parse(new Cursor(await bytes.read(0, bytes.size)));
}

/** Reads the tensors that are chosen. A storage that neighbouring tensors share is read once. */
async function materialise(
  value: unknown,
  fileSize: number,
  {
    readStorage,
    isBigEndian,
    ...options
  }: ReadOptions & { readStorage: StorageReader; isBigEndian: boolean },
): Promise<Map<string, NamedTensor>> {
  const stored = tensorsByPath(value);
  if (stored.size === 0) throw new FormatError(`it holds no tensors${nameOf(value)}`, saveStateDict);
  const chosen = chosenOf(stored, options);
  const total = chosen.reduce((sum, [name, { shape }]) => sum + elementsOf(name, shape), 0);
  // Tied weights are written once and read twice; a file that names the same values a thousand times is a trap.
  if (total > 4 * fileSize) throw new FormatError(`its tensors share their values to ${total} in all`);
  const tensors = new Map<string, NamedTensor>();
  let last: { storage: Storage; content: Uint8Array } | undefined;
  for (const [name, tensor] of chosen) {
    const { storage, type, typeName } = tensor;
    if (!type) {
      options.onUnread?.(name, typeName);
      continue;
    }
    if (last?.storage !== storage) last = { storage, content: await readStorage(storage) };
    if (last.content.length !== storage.size) {
      throw new FormatError(
        `the storage of '${name}' has ${last.content.length} bytes, not the ${storage.size} of its values`,
      );
    }
    const values = valuesOf(name, tensor, type, last.content);
    const ordered = isBigEndian ? reversed(values, bytesPerNumber[type]) : values;
    const read = tensorFrom(name, tensor.shape, type, ordered);
    if (read) tensors.set(name, read);
  }
  return tensors;
}

function nameOf(value: unknown): string {
  return value instanceof InertObject ? `, only an object of ${value.name.slice(0, 100)}` : '';
}

/** Each value's bytes the other way round. */
function reversed(values: Uint8Array, width: number): Uint8Array {
  const turned = new Uint8Array(values.length);
  for (let at = 0; at < values.length; at++)
    turned[at] = values[at - (at % width) + width - 1 - (at % width)]!;
  return turned;
}
