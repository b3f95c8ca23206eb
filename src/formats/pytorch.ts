import type { NamedTensor } from './tensors.js';
import { type Bytes, FormatError, readAs, textOf } from './bytes.js';
import { Cursor } from './cursor.js';
import { bytesPerNumber, elementsOf, type NumberType, tensorFrom } from './numbers.js';
import { type PickleGlobal, pickleGlobals, unpickle } from './pickle.js';
import { openZip } from './zip.js';

const storageTypes: ReadonlyMap<string, NumberType> = new Map([
  ['torch.FloatStorage', 'float32'],
  ['torch.HalfStorage', 'float16'],
  ['torch.BFloat16Storage', 'bfloat16'],
  ['torch.DoubleStorage', 'float64'],
  ['torch.LongStorage', 'int64'],
  ['torch.IntStorage', 'int32'],
  ['torch.ShortStorage', 'int16'],
  ['torch.CharStorage', 'int8'],
  ['torch.ByteStorage', 'uint8'],
  ['torch.BoolStorage', 'bool'],
]);

/** A run of values that tensors are views of. */
class Storage {
  readonly key: string;
  readonly type: NumberType;
  /** Number of values. */
  readonly length: number;

  constructor(key: string, type: NumberType, length: number) {
    this.key = key;
    this.type = type;
    this.length = length;
  }
}

/** A tensor as a pickle describes it: a view of a storage, all counts in values. */
class StoredTensor {
  readonly storage: Storage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];

  constructor(storage: Storage, offset: number, shape: readonly number[], strides: readonly number[]) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

/** Gives the bytes of a storage. */
type StorageReader = (storage: Storage) => Promise<Uint8Array>;

/**
 * Reads the tensors of a PyTorch file (.pth, .pt, .bin) by name: a state_dict, or a checkpoint that holds one under
 * `state_dict`, `model_state_dict` or `model`. Both formats: the zip archive of PyTorch 1.6 and later, and the older
 * row of pickles. Names and layouts are PyTorch's (`fromTorchNames` translates them); a `module.` before every
 * name, which DataParallel leaves, is taken off. Nothing in the file is executed.
 *
 * @throws UserError when the file is damaged, or holds anything but tensors: then save `model.state_dict()` alone.
 */
export function readPyTorch(file: string | Uint8Array): Promise<Map<string, NamedTensor>> {
  return readAs('a PyTorch state_dict', file, async (bytes) => {
    const start = textOf(await bytes.read(0, Math.min(bytes.size, 4)));
    return start.startsWith('PK') ? readArchive(bytes) : readLegacy(bytes);
  });
}

async function readArchive(bytes: Bytes): Promise<Map<string, NamedTensor>> {
  const entries = await openZip(bytes);
  const pickle = [...entries.values()].find((entry) => entry.name.endsWith('/data.pkl'));
  if (!pickle) throw new FormatError("it holds no 'data.pkl'");
  const root = pickle.name.slice(0, -'data.pkl'.length);
  const order = await entries.get(`${root}byteorder`)?.read();
  if (order && textOf(order) !== 'little') throw new FormatError('it was written on a big-endian machine');
  const value = unpickleTensors(new Cursor(await pickle.read()));
  return materialise(value, bytes.size, async ({ key }) => {
    const entry = entries.get(`${root}data/${key}`);
    if (!entry) throw new FormatError(`its storage '${key}' is missing`);
    return entry.read();
  });
}

/** Layout: three pickles of preamble, the object, the list of storage keys, then each storage's length and values. */
async function readLegacy(bytes: Bytes): Promise<Map<string, NamedTensor>> {
  const content = await bytes.read(0, bytes.size);
  const cursor = new Cursor(content);
  if (unpickleTensors(cursor) !== 0x1950a86a20f9469cfc6cn)
    throw new FormatError('it does not start as one does');
  if (unpickleTensors(cursor) !== 1001) throw new FormatError('it is of an unknown version');
  const system = unpickleTensors(cursor);
  if (system instanceof Map && system.get('little_endian') === false) {
    throw new FormatError('it was written on a big-endian machine');
  }
  const storages = new Map<string, Storage>();
  const value = unpickleTensors(cursor, storages);
  const keys = unpickleTensors(cursor);
  if (!Array.isArray(keys)) throw new FormatError('its list of storages is damaged');
  const contents = new Map<string, Uint8Array>();
  for (const key of keys) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined;
    if (!storage) throw new FormatError('one of its storages belongs to no tensor');
    const length = cursor.length64();
    contents.set(storage.key, cursor.take(length * bytesPerNumber[storage.type]));
  }
  return materialise(value, bytes.size, async ({ key }) => {
    const storage = contents.get(key);
    if (!storage) throw new FormatError(`its storage '${key}' is missing`);
    return storage;
  });
}

function unpickleTensors(cursor: Cursor, storages = new Map<string, Storage>()): unknown {
  return unpickle(cursor, {
    globals: torchGlobals,
    persistent: (id) => {
      const [tag, tagged, key, , length] = Array.isArray(id) ? id : [];
      const type = storageTypes.get((tagged as PickleGlobal | undefined)?.name ?? '');
      if (tag !== 'storage' || !type || typeof key !== 'string' || !Number.isSafeInteger(length)) {
        throw new FormatError('it refers to a storage that is not understood');
      }
      const storage = storages.get(key) ?? new Storage(key, type, length);
      storages.set(key, storage);
      return storage;
    },
  });
}

const torchGlobals = pickleGlobals(
  { name: 'collections.OrderedDict', call: () => new Map() },
  { name: 'torch._utils._rebuild_tensor_v2', call: storedTensor },
  { name: 'torch._utils._rebuild_parameter', call: ([tensor]) => tensor ?? null },
  ...[...storageTypes.keys()].map((name) => ({ name })),
);

function storedTensor([storage, offset, shape, strides]: readonly unknown[]): StoredTensor {
  const isSound =
    storage instanceof Storage &&
    isCount(offset) &&
    [shape, strides].every((list) => Array.isArray(list) && list.every(isCount)) &&
    (shape as number[]).length === (strides as number[]).length;
  if (!isSound) throw new FormatError('it describes a tensor that is not understood');
  return new StoredTensor(storage, offset as number, shape as number[], strides as number[]);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Reads what the state_dict names. A storage that neighbouring tensors share is read once. */
async function materialise(
  value: unknown,
  fileSize: number,
  readStorage: StorageReader,
): Promise<Map<string, NamedTensor>> {
  const stored = namedTensors(value);
  const total = stored.reduce((sum, [name, { shape }]) => sum + elementsOf(name, shape), 0);
  // Tied weights are written once and read twice; a file that names the same values a thousand times is a trap.
  if (total > 4 * fileSize) throw new FormatError(`its tensors share their values to ${total} in all`);
  const tensors = new Map<string, NamedTensor>();
  let last: { key: string; content: Uint8Array } | undefined;
  for (const [name, tensor] of stored) {
    const { key, type, length } = tensor.storage;
    if (last?.key !== key) last = { key, content: await readStorage(tensor.storage) };
    if (last.content.length !== length * bytesPerNumber[type]) {
      throw new FormatError(
        `the storage of '${name}' has ${last.content.length} bytes, not ${length} values`,
      );
    }
    const read = tensorFrom(name, tensor.shape, type, bytesOf(name, tensor, last.content));
    if (read) tensors.set(name, read);
  }
  return tensors;
}

function namedTensors(value: unknown): [name: string, tensor: StoredTensor][] {
  if (!(value instanceof Map)) throw new FormatError('it holds no dictionary of tensors');
  const nested = ['state_dict', 'model_state_dict', 'model'].map((key) => value.get(key));
  const dictionary: Map<unknown, unknown> = nested.find((inner) => inner instanceof Map) ?? value;
  const tensors: [string, StoredTensor][] = [];
  for (const [name, tensor] of dictionary) {
    if (typeof name === 'string' && tensor instanceof StoredTensor) tensors.push([name, tensor]);
  }
  if (tensors.length === 0) throw new FormatError('it holds no dictionary of tensors');
  const prefix = 'module.';
  return tensors.every(([name]) => name.startsWith(prefix))
    ? tensors.map(([name, tensor]) => [name.slice(prefix.length), tensor])
    : tensors;
}

/** A tensor's own values, in row-major order, out of its storage's. */
function bytesOf(name: string, tensor: StoredTensor, content: Uint8Array): Uint8Array {
  const { storage, offset, shape, strides } = tensor;
  const count = elementsOf(name, shape);
  const width = bytesPerNumber[storage.type];
  const last =
    count === 0 ? 0 : shape.reduce((sum, side, axis) => sum + (side - 1) * strides[axis]!, offset + 1);
  if (last > storage.length || count > storage.length) {
    throw new FormatError(`tensor '${name}' reaches beyond its storage of ${storage.length} values`);
  }
  const isContiguous = shape.every(
    (side, axis) => side === 1 || strides[axis] === shape.slice(axis + 1).reduce((a, b) => a * b, 1),
  );
  if (isContiguous) return content.subarray(offset * width, (offset + count) * width);
  const gathered = new Uint8Array(count * width);
  for (let i = 0; i < count; i++) {
    let from = offset;
    let rest = i;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += (rest % shape[axis]!) * strides[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    gathered.set(content.subarray(from * width, (from + 1) * width), i * width);
  }
  return gathered;
}
