import type { NamedTensor } from './tensors.js';
import { FormatError, readAs } from './bytes.js';
import { Cursor } from './cursor.js';
import { arrayFrom } from './numpy.js';
import { type PickleGlobal, pickleGlobals, type Stateful, textIfBytes, unpickle } from './pickle.js';

/**
 * Reads the weights of a Lasagne (Theano) model zoo file (.pkl): a pickled dictionary whose `param values` is a list
 * of NumPy arrays, named here `param values/0`, `param values/1` … in the order of Lasagne's layers. Layouts are the
 * file's: convolution kernels [filters, channels, height, width], dense kernels [inputs, units]. Other arrays of the
 * dictionary, as `mean value`, come under their own names. Nothing in the file is executed.
 *
 * @throws UserError when the file is damaged, or holds anything but arrays, lists, texts and numbers.
 */
export function readLasagne(file: string | Uint8Array): Promise<Map<string, NamedTensor>> {
  return readAs('a Lasagne model', file, async (bytes) => {
    const content = await bytes.read(0, bytes.size);
    const value = unpickle(new Cursor(content), { globals: numpyGlobals });
    if (!(value instanceof Map)) throw new FormatError('it holds no dictionary');
    const arrays: [name: string, array: unknown][] = [];
    for (const [name, item] of value) {
      if (Array.isArray(item))
        item.forEach((array, i) => {
          arrays.push([`${name}/${i}`, array]);
        });
      else arrays.push([String(name), item]);
    }
    return readArrays(arrays, bytes.size);
  });
}

function readArrays(
  arrays: readonly [name: string, array: unknown][],
  fileSize: number,
): Map<string, NamedTensor> {
  const tensors = new Map<string, NamedTensor>();
  let total = 0;
  for (const [name, array] of arrays) {
    if (!(array instanceof PickledArray)) continue;
    total += array.size;
    if (total > 2 * fileSize) throw new FormatError('its arrays share their values too often');
    const tensor = array.toTensor(name);
    if (tensor) tensors.set(name, tensor);
  }
  if (tensors.size === 0) throw new FormatError('it holds no arrays');
  return tensors;
}

/** numpy.dtype('f4') and then its state, of which the byte order matters. */
class PickledType implements Stateful {
  readonly #code: unknown;
  #order: unknown = '<';

  constructor(code: unknown) {
    this.#code = textIfBytes(code);
  }

  setState(state: unknown): void {
    if (Array.isArray(state)) this.#order = textIfBytes(state[1]);
  }

  toString(): string {
    if (typeof this.#order !== 'string' || typeof this.#code !== 'string')
      throw new FormatError('a type is damaged');
    return this.#order + this.#code;
  }
}

/** A NumPy array: made empty, then given (version, shape, type, Fortran order, bytes). */
class PickledArray implements Stateful {
  #state: readonly unknown[] = [];

  setState(state: unknown): void {
    if (Array.isArray(state)) this.#state = state;
  }

  /** Length in bytes. */
  get size(): number {
    const content = this.#state[4];
    return content instanceof Uint8Array ? content.length : 0;
  }

  toTensor(name: string): NamedTensor | undefined {
    const [, shape, type, fortranOrder, content] = this.#state;
    if (!Array.isArray(shape) || !(type instanceof PickledType) || !(content instanceof Uint8Array)) {
      throw new FormatError(`the array '${name}' is not understood`);
    }
    return arrayFrom(name, { shape, type: type.toString(), fortranOrder: fortranOrder === true }, content);
  }
}

/** Protocol 5's way of writing an array: its bytes, type, shape and order. */
function arrayFromBuffer([content, type, shape, order]: readonly unknown[]): PickledArray {
  const array = new PickledArray();
  array.setState([1, shape, type, textIfBytes(order) === 'F', content]);
  return array;
}

/** Protocol 2's way of writing bytes in Python 3: as text, one letter a byte. */
function bytesFromText([text, encoding]: readonly unknown[]): Uint8Array {
  if (typeof text !== 'string' || encoding !== 'latin1')
    throw new FormatError('its bytes are not understood');
  return Buffer.from(text, 'latin1');
}

const arrayModules = ['numpy.core.multiarray', 'numpy._core.multiarray'];
const bufferModules = ['numpy.core.numeric', 'numpy._core.numeric'];

const numpyGlobals: ReadonlyMap<string, PickleGlobal> = pickleGlobals(
  { name: 'numpy.ndarray' },
  { name: 'numpy.dtype', call: ([code]) => new PickledType(code) },
  { name: '_codecs.encode', call: bytesFromText },
  ...arrayModules.map((name) => ({ name: `${name}._reconstruct`, call: () => new PickledArray() })),
  ...bufferModules.map((name) => ({ name: `${name}._frombuffer`, call: arrayFromBuffer })),
);
