/**
 * Reads the tensors of one HDF5 file in a thread of its own, for keras-h5.ts: a damaged file can make the HDF5
 * library loop for ever or abort, and its memory never shrinks; a thread can be ended. It is plain JavaScript
 * because Node starts it from the sources as well as from the built package.
 */
import { parentPort, workerData } from 'node:worker_threads';
import hdf5 from 'h5wasm/node';

/**
 * `piece` only says that the thread is alive.
 * @typedef {{ kind: 'tensor', name: string, shape: number[], data: Float32Array }
 *   | { kind: 'piece' } | { kind: 'end' } | { kind: 'refusal', reason: string }} Message
 */

/** What one read may bring into the HDF5 library's own memory, in bytes: a large kernel comes in pieces. */
const pieceBytes = 2 ** 24;

/** Bytes a file may claim for every byte of its size; compressed weights hardly shrink. */
const largestExpansion = 20;

/** HDF5's class of numbers with a fraction; others are counters and the states of random generators. */
const floatingPoint = 1;

/** State of the optimiser, which Keras stores beside the weights. */
const optimiserGroups = ['optimizer', 'optimizer_weights'];

/** What is wrong with the file, in our own words. */
class Refusal extends Error {}

/** The file system's numbers. */
const noSuchFile = 44;
const createFlag = 64;

/** The file that the library was kept from opening last. */
let otherFile = '';

try {
  const { path, size } = /** @type {{ path: string, size: number }} */ (workerData);
  const library = await hdf5.ready;
  library.activate_throwing_error_handler();
  confine(library.FS, path);
  readTensors(new hdf5.File(path, 'r'), size);
  post({ kind: 'end' });
} catch (error) {
  post({ kind: 'refusal', reason: reasonOf(error) });
}

/**
 * Lets the library open this one file only. A file may name others that hold its values (external storage, external
 * links, virtual datasets): whatever this user may read would come out as weights.
 *
 * @param {any} files the library's file system
 * @param {string} own
 */
function confine(files, own) {
  const open = files.open;
  files.open = (
    /** @type {string} */ path,
    /** @type {number} */ flags,
    /** @type {unknown[]} */ ...rest
  ) => {
    // Only a scratch file for the library's own messages is ever created.
    if (path === own || flags & createFlag) return open(path, flags, ...rest);
    otherFile = path;
    throw new files.ErrnoError(noSuchFile);
  };
}

/**
 * @param {import('h5wasm/node').File} file
 * @param {number} size of the file in bytes
 */
function readTensors(file, size) {
  let budget = 1024 + size * largestExpansion;
  for (const { name, dataset } of datasetsOf(file)) {
    const { shape, size: valueBytes, littleEndian, virtual_sources: elsewhere } = dataset.metadata;
    if (!shape || elsewhere?.length) throw new Refusal(`tensor '${name}' has no values in this file`);
    if (valueBytes !== 4 || !littleEndian) {
      throw new Refusal(`tensor '${name}' is of ${valueBytes * 8}-bit numbers and only float32 can be read`);
    }
    const values = shape.reduce((product, side) => product * side, 1);
    budget -= values * valueBytes;
    // Written so that NaN, of a shape beyond all numbers, is refused too.
    if (!(budget >= 0)) throw new Refusal(`it claims more values than ${size} bytes can hold`);
    const data = readValues(name, dataset, shape, values);
    post({ kind: 'tensor', name, shape, data }, [data.buffer]);
  }
}

/**
 * Every dataset of floating-point numbers outside the optimiser, in the order of the file's names.
 * @param {import('h5wasm/node').File} file
 * @returns {Generator<{ name: string, dataset: import('h5wasm/node').Dataset }>}
 */
function* datasetsOf(file) {
  for (const path of file.paths()) {
    const folders = path.split('/');
    if (folders.some((folder) => optimiserGroups.includes(folder))) continue;
    const dataset = file.get(path);
    if (!(dataset instanceof hdf5.Dataset) || dataset.metadata.type !== floatingPoint) continue;
    const own = folders.pop();
    const isKeras3 = folders.at(-1) === 'vars';
    const layer =
      (isKeras3 && layerNameOf(file, folders)) || folders.filter((name) => name !== 'vars').at(-1);
    yield { name: `${layer ?? 'root'}/${own}`, dataset };
  }
}

/**
 * Keras 3 calls a layer's group after its class (`conv2d_1`) and notes its name beside the tensors.
 * @param {import('h5wasm/node').File} file
 * @param {string[]} vars
 */
function layerNameOf(file, vars) {
  const group = file.get(vars.join('/'));
  const name = group instanceof hdf5.Group ? group.attrs['name']?.value : undefined;
  return typeof name === 'string' ? name : undefined;
}

/**
 * @param {string} name
 * @param {import('h5wasm/node').Dataset} dataset
 * @param {number[]} shape
 * @param {number} length
 */
function readValues(name, dataset, shape, length) {
  const values = new Float32Array(length);
  if (length === 0) return values;
  const rows = shape[0] ?? 1;
  const rowsPerPiece = Math.max(1, Math.floor((pieceBytes / 4 / length) * rows));
  for (let row = 0; row < rows; row += rowsPerPiece) {
    const isWhole = rowsPerPiece >= rows;
    const piece = isWhole ? dataset.value : dataset.slice([[row, Math.min(rows, row + rowsPerPiece)]]);
    if (typeof piece === 'number') return Float32Array.of(piece);
    if (!(piece instanceof Float32Array)) throw new Refusal(`tensor '${name}' cannot be read`);
    values.set(piece, (row * length) / rows);
    post({ kind: 'piece' });
  }
  return values;
}

/**
 * For what the library throws, the innermost line of its stack: "truncated file: eof = 1500, stored_eof = 24824".
 * @param {unknown} thrown
 */
function reasonOf(thrown) {
  if (thrown instanceof Refusal) return thrown.message;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const innermost = [...message.matchAll(/#\d+: .*? in \w+\(\): (.*)/g)].at(-1)?.[1];
  if (otherFile && /external/.test(innermost ?? '')) {
    return `it keeps values in another file ('${otherFile}') and only the file itself is read`;
  }
  return `the HDF5 library says: ${(innermost ?? message.split('\n')[0] ?? '').slice(0, 200)}`;
}

/**
 * @param {Message} message
 * @param {ArrayBuffer[]} [moved]
 */
function post(message, moved) {
  parentPort?.postMessage(message, moved);
}
