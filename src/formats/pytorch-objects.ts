import { FormatError } from './bytes.js';
import type { Cursor } from './cursor.js';
import { bytesPerNumber, elementsOf, type NumberType } from './numbers.js';
import { InertObject, type PickleGlobal, pickleGlobals, unpickle } from './pickle.js';

/** The classes of storages and, since PyTorch 2.3, the types of tensors whose storage has none of its own. */
const numberTypes: ReadonlyMap<string, NumberType> = new Map([
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
  ['torch.uint16', 'uint16'],
  ['torch.uint32', 'uint32'],
  ['torch.uint64', 'uint64'],
]);

/** Bytes a value takes in storages whose numbers are not read. */
const otherWidths: ReadonlyMap<string, number> = new Map([
  ['torch.ComplexFloatStorage', 8],
  ['torch.ComplexDoubleStorage', 16],
  ['torch.QInt32Storage', 4],
]);

/** A run of values that tensors are views of. */
export interface Storage {
  readonly key: string;
  /** As PyTorch calls it: `torch.FloatStorage`. */
  readonly typeName: string;
  /** Bytes in all. */
  readonly size: number;
}

/** A part of a storage, as PyTorch before 0.4 kept views. */
class StorageView {
  readonly storage: Storage;
  readonly offset: number;

  constructor(storage: Storage, offset: number) {
    this.storage = storage;
    this.offset = offset;
  }
}

/** A tensor as a pickle describes it: a view of a storage, all counts in values. */
export class StoredTensor {
  readonly storage: Storage;
  readonly typeName: string;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];

  constructor(
    storage: Storage,
    typeName: string,
    offset: number,
    shape: readonly number[],
    strides: readonly number[],
  ) {
    this.storage = storage;
    this.typeName = typeName;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }

  /** Undefined for numbers that are not read. */
  get type(): NumberType | undefined {
    return numberTypes.get(this.typeName);
  }
}

/** One of the pickles that a PyTorch file is made of; `storages` collects those that it refers to, by key. */
export function unpickleTorch(cursor: Cursor, storages = new Map<string, Storage>()): unknown {
  return unpickle(cursor, {
    globals: torchGlobals,
    inert: true,
    persistent: (id) => {
      const [tag, type, key, , length, view] = Array.isArray(id) ? (id as unknown[]) : [];
      if (tag === 'module') return type; // a class, which old formats keep with its source
      const typeName = (type as Partial<PickleGlobal> | undefined)?.name;
      if (tag !== 'storage' || typeof typeName !== 'string' || typeof key !== 'string' || !isCount(length)) {
        throw new FormatError('it refers to a storage that is not understood');
      }
      const storage = storages.get(key) ?? { key, typeName, size: length * widthOf(typeName) };
      storages.set(key, storage);
      const offset: unknown = Array.isArray(view) ? view[1] : 0;
      if (!isCount(offset)) throw new FormatError('it refers to a storage that is not understood');
      return new StorageView(storage, offset);
    },
  });
}

function widthOf(typeName: string): number {
  const type = numberTypes.get(typeName);
  return type ? bytesPerNumber[type] : (otherWidths.get(typeName) ?? 1);
}

const torchGlobals = pickleGlobals(
  { name: 'collections.OrderedDict', call: ([items]) => orderedDictionary(items) },
  { name: 'torch._utils._rebuild_tensor', call: storedTensor },
  { name: 'torch._utils._rebuild_tensor_v2', call: storedTensor },
  {
    name: 'torch._utils._rebuild_tensor_v3',
    call: ([storage, offset, shape, strides, , , type]) =>
      storedTensor([storage, offset, shape, strides], (type as Partial<PickleGlobal> | undefined)?.name),
  },
  { name: 'torch._utils._rebuild_parameter', call: ([tensor]) => tensor ?? null },
  { name: 'torch._utils._rebuild_parameter_with_state', call: ([tensor]) => tensor ?? null },
  // A subclass of Tensor: how its tensor is made, its class, and the arguments.
  { name: 'torch._tensor._rebuild_from_type_v2', call: ([make, , args]) => tensorOfSubclass(make, args) },
);

function orderedDictionary(items: unknown): Map<unknown, unknown> {
  const pairs: unknown[] = Array.isArray(items) ? items : [];
  return new Map(
    pairs.filter((pair): pair is [unknown, unknown] => Array.isArray(pair) && pair.length === 2),
  );
}

function tensorOfSubclass(make: unknown, args: unknown): unknown {
  const { name = '', call } = (make ?? {}) as Partial<PickleGlobal>;
  return torchGlobals.get(name) === make && call && Array.isArray(args) ? call(args) : new InertObject(name);
}

function storedTensor([view, offset, shape, strides]: readonly unknown[], typeName?: string): StoredTensor {
  const isSound =
    view instanceof StorageView &&
    isCount(offset) &&
    [shape, strides].every((list) => Array.isArray(list) && list.every(isCount)) &&
    (shape as number[]).length === (strides as number[]).length;
  if (!isSound) throw new FormatError('it describes a tensor that is not understood');
  const { storage } = view;
  const start = view.offset + (offset as number);
  return new StoredTensor(
    storage,
    typeName ?? storage.typeName,
    start,
    shape as number[],
    strides as number[],
  );
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** A tensor's own values, in row-major order, out of its storage's. */
export function valuesOf(
  name: string,
  tensor: StoredTensor,
  type: NumberType,
  content: Uint8Array,
): Uint8Array {
  const { offset, shape, strides } = tensor;
  const count = elementsOf(name, shape);
  const width = bytesPerNumber[type];
  const length = Math.floor(content.length / width);
  const last =
    count === 0 ? 0 : shape.reduce((sum, side, axis) => sum + (side - 1) * strides[axis]!, offset + 1);
  if (last > length || count > length) {
    throw new FormatError(`tensor '${name}' reaches beyond its storage of ${length} values`);
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
    for (let byte = 0; byte < width; byte++) gathered[i * width + byte] = content[from * width + byte]!;
  }
  return gathered;
}
