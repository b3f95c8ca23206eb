/**
 * Reads the tensors of one HDF5 file in a thread of its own, for keras-h5.ts: a damaged file can make the HDF5
 * library loop for ever or abort, and its memory never shrinks; a thread can be ended. It is plain JavaScript
 * because Node starts it from the sources as well as from the built package.
 */
import { parentPort, workerData } from 'node:worker_threads';
import hdf5 from 'h5wasm/node';

/**
 * `bytes` are little-endian; `piece` only says that the thread is alive.
 * @typedef {'float16' | 'bfloat16' | 'float32' | 'float64'} Precision
 * @typedef {{ kind: 'tensor', name: string, path: string, shape: number[], type: Precision, bytes: Uint8Array<ArrayBuffer> }
 *   | { kind: 'piece' } | { kind: 'end' } | { kind: 'refusal', reason: string }} Message
 */

/** What one read may bring into the HDF5 library's own memory, in bytes: a large kernel comes in pieces. */
const pieceBytes = 2 ** 24;

/** Bytes a file may claim for every byte of its size; compressed weights hardly shrink. */
const largestExpansion = 20;

/** HDF5's class of numbers with a fraction; whole ones are counters and the states of random generators. */
const floatingPoint = 1;

/** HDF5's class of bytes it knows nothing about: as such Keras writes bfloat16, and notes it beside them. */
const opaque = 5;

/** @type {Readonly<Record<number, Precision>>} by bytes a value */
const floats = { 2: 'float16', 4: 'float32', 8: 'float64' };

/** State of the optimiser, which Keras stores beside the weights. */
const optimiserGroups = ['optimizer', 'optimizer_weights'];

/**
 * @typedef {Awaited<typeof hdf5.ready>} Library
 * @typedef {{ path: string, size: number }[]} Files
 * @typedef {{ files: Files, layerNames: Map<string, string> }} Work
 */

/** What is wrong with the file, in our own words. */
class Refusal extends Error {}

/** The file system's numbers. */
const noSuchFile = 44;
const createFlag = 64;

/** The file that the library was kept from opening last. */
let otherFile = '';

try {
  const library = await hdf5.ready;
  library.activate_throwing_error_handler();
  const { files, layerNames } = /** @type {Work} */ (workerData);
  confine(
    library.FS,
    files.map(({ path }) => path),
  );
  readFiles(library, files, layerNames);
  post({ kind: 'end' });
} catch (error) {
  post({ kind: 'refusal', reason: reasonOf(error) });
}

/**
 * One file, or all the shards of one model: a layer's tensors may go on in a shard that does not tell its name again.
 * @param {Library} library
 * @param {Files} files
 * @param {Map<string, string>} layerNames by the path of their group; what the files say is added
 */
function readFiles(library, files, layerNames) {
  const opened = files.map(({ path, size }) => {
    try {
      const file = new hdf5.File(path, 'r');
      noteLayerNames(file, layerNames);
      return { file, path, size };
    } catch (error) {
      throw inShard(files, path, error);
    }
  });
  for (const { file, path, size } of opened) {
    try {
      readTensors(library, file, size, layerNames);
      file.close();
    } catch (error) {
      throw inShard(files, path, error);
    }
  }
}

/**
 * @param {readonly unknown[]} files
 * @param {string} path
 * @param {unknown} error
 */
function inShard(files, path, error) {
  return files.length === 1 ? error : new Refusal(`in '${path}' ${reasonOf(error)}`);
}

/**
 * Lets the library open these files only. A file may name others that hold its values (external storage, external
 * links, virtual datasets): whatever this user may read would come out as weights.
 *
 * @param {any} files the library's file system
 * @param {readonly string[]} own
 */
function confine(files, own) {
  const open = files.open;
  files.open = (
    /** @type {string} */ path,
    /** @type {number} */ flags,
    /** @type {unknown[]} */ ...rest
  ) => {
    // Only a scratch file for the library's own messages is ever created.
    if (own.includes(path) || flags & createFlag) return open(path, flags, ...rest);
    otherFile = path;
    throw new files.ErrnoError(noSuchFile);
  };
}

/**
 * @param {Library} library
 * @param {import('h5wasm/node').File} file
 * @param {number} size of the file in bytes
 * @param {ReadonlyMap<string, string>} layerNames
 */
function readTensors(library, file, size, layerNames) {
  let budget = 1024 + size * largestExpansion;
  for (const { name, dataset } of datasetsOf(file, layerNames)) {
    const { shape, size: valueBytes, virtual_sources: elsewhere } = dataset.metadata;
    if (!shape || elsewhere?.length) throw new Refusal(`tensor '${name}' has no values in this file`);
    const type = precisionOf(dataset);
    if (!type) throw new Refusal(`tensor '${name}' is of ${valueBytes * 8}-bit numbers, which are not read`);
    const values = shape.reduce((product, side) => product * side, 1);
    budget -= values * valueBytes;
    // Written so that NaN, of a shape beyond all numbers, is refused too.
    if (!(budget >= 0)) throw new Refusal(`it claims more values than ${size} bytes can hold`);
    const bytes = readBytes(library, dataset, shape, values * valueBytes);
    post({ kind: 'tensor', name, path: dataset.path, shape, type, bytes }, [bytes.buffer]);
  }
}

/**
 * Every dataset of floating-point numbers outside the optimiser, in the order of the file's names.
 * @param {import('h5wasm/node').File} file
 * @param {ReadonlyMap<string, string>} layerNames
 * @returns {Generator<{ name: string, dataset: import('h5wasm/node').Dataset }>}
 */
function* datasetsOf(file, layerNames) {
  for (const path of file.paths()) {
    const folders = path.split('/');
    if (folders.some((folder) => optimiserGroups.includes(folder))) continue;
    const dataset = file.get(path);
    if (!(dataset instanceof hdf5.Dataset) || !isWeight(dataset)) continue;
    const own = folders.pop();
    const layer = layerNames.get(folders.join('/')) ?? folders.filter((name) => name !== 'vars').at(-1);
    yield { name: `${layer ?? 'root'}/${own}`, dataset };
  }
}

/**
 * Keras 3 calls a layer's group after its class (`conv2d_1/vars`) and notes its name beside the tensors.
 * @param {import('h5wasm/node').File} file
 * @param {Map<string, string>} names of layers by the path of their group
 */
function noteLayerNames(file, names) {
  for (const path of file.paths()) {
    if (!/(^|\/)vars$/.test(path)) continue;
    const group = file.get(path);
    const name = group instanceof hdf5.Group ? group.attrs['name']?.value : undefined;
    if (typeof name === 'string') names.set(path, name);
  }
}

/** @param {import('h5wasm/node').Dataset} dataset */
function isWeight(dataset) {
  return dataset.metadata.type === floatingPoint || precisionOf(dataset) === 'bfloat16';
}

/**
 * @param {import('h5wasm/node').Dataset} dataset
 * @returns {Precision | undefined}
 */
function precisionOf({ metadata: { type, size }, attrs }) {
  if (type === floatingPoint) return floats[size];
  return type === opaque && size === 2 && attrs['dtype']?.value === 'bfloat16' ? 'bfloat16' : undefined;
}

/**
 * The values' bytes, read in pieces and not through the library's typed arrays, which know no halves.
 * @param {Library} library
 * @param {import('h5wasm/node').Dataset} dataset
 * @param {number[]} shape
 * @param {number} length
 */
function readBytes(library, dataset, shape, length) {
  const bytes = new Uint8Array(length);
  if (length === 0) return bytes;
  const { file_id: file, path } = dataset;
  const rows = shape[0] ?? 1;
  const rowBytes = length / rows;
  const rowsPerPiece = Math.min(rows, Math.max(1, Math.floor(pieceBytes / rowBytes)));
  const place = library._malloc(rowsPerPiece * rowBytes);
  if (place === 0) throw new Refusal('a row of its values takes more memory than the HDF5 library has');
  const rest = shape.slice(1);
  for (let row = 0; row < rows; row += rowsPerPiece) {
    const taken = Math.min(rowsPerPiece, rows - row);
    const [count, offset, strides] =
      rowsPerPiece === rows
        ? [null, null, null]
        : [bigints(taken, ...rest), bigints(row, ...rest.map(() => 0)), bigints(...shape.map(() => 1))];
    library.get_dataset_data(file, path, count, offset, strides, BigInt(place));
    bytes.set(library.HEAPU8.subarray(place, place + taken * rowBytes), row * rowBytes);
    post({ kind: 'piece' });
  }
  library._free(place);
  return bytes;
}

/** @param {number[]} numbers */
function bigints(...numbers) {
  return numbers.map(BigInt);
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
