import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dataset, Entity, File, Group } from 'h5wasm/node';
import { layerWeights, type Network } from '../../models/network.js';
import type { NamedTensor } from '../tensors.js';
import { FormatError, readAs } from './bytes.js';
import { elementsOf } from './numbers.js';

/** What one read may bring into the HDF5 library's own memory, in bytes: a large kernel comes in pieces. */
const pieceBytes = 2 ** 24;

/** Values a file may claim per byte of its size; compressed weights hardly shrink. */
const largestExpansion = 20;

/** HDF5's class of numbers with a fraction; others are counters and the states of random generators. */
const floatingPoint = 1;

/** State of the optimiser, which Keras stores beside the weights. */
const optimiserGroups = new Set(['optimizer', 'optimizer_weights']);

/**
 * Reads the weights of a Keras HDF5 file: Keras 1 and 2 weights and whole models (`.h5`), and Keras 3's
 * `.weights.h5`. One tensor at a time; links to other files are not followed.
 *
 * Names are `<layer>/<the tensor's own name>`: `block1_conv1/block1_conv1_W_1:0` (Keras 1),
 * `block1_conv1/kernel:0` (Keras 2), `block1_conv1/0` (Keras 3). Layouts are the file's, which are ours.
 *
 * @throws UserError when the file is damaged or no Keras HDF5 file.
 */
export function readKerasH5(file: string | Uint8Array): Promise<Map<string, NamedTensor>> {
  return readAs('a Keras HDF5 file', file, async ({ size }) => {
    if (typeof file === 'string') return readTensors(file, size);
    const folder = await mkdtemp(join(tmpdir(), 'finetune-'));
    try {
      const path = join(folder, 'weights.h5');
      await writeFile(path, file);
      return await readTensors(path, size);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}

async function readTensors(path: string, size: number): Promise<Map<string, NamedTensor>> {
  // Loading the library takes 0.2 s: only those who read such a file pay for it.
  const { default: hdf5 } = await import('h5wasm/node');
  let file: File | undefined;
  try {
    // A hostile file can make the library abort; from then on it refuses every file of this process, here.
    (await hdf5.ready).activate_throwing_error_handler();
    file = new hdf5.File(path, 'r');
    const tensors = new Map<string, NamedTensor>();
    let budget = 1024 + size * largestExpansion;
    for (const { name, dataset } of datasetsOf(file)) {
      const { shape, size: valueBytes } = describe(name, dataset);
      budget -= elementsOf(name, shape) * valueBytes;
      if (budget < 0) throw new FormatError(`it claims more values than ${size} bytes can hold`);
      if (tensors.has(name)) throw new FormatError(`it has two tensors '${name}'`);
      tensors.set(name, { shape, data: readValues(name, dataset, shape) });
    }
    if (tensors.size === 0) throw new FormatError('it holds no weights');
    return tensors;
  } catch (error) {
    throw error instanceof FormatError ? error : new FormatError(`the HDF5 library says: ${reasonOf(error)}`);
  } finally {
    close(file);
  }
}

/** Every dataset of floating-point numbers outside the optimiser, in the order of the file's names. */
function* datasetsOf(file: File): Generator<{ name: string; dataset: Dataset }> {
  for (const path of file.paths()) {
    const parts = path.split('/');
    if (parts.some((part) => optimiserGroups.has(part))) continue;
    const dataset = file.get(path);
    if (!isDataset(dataset) || dataset.metadata.type !== floatingPoint) continue;
    const own = parts.pop()!;
    const isKeras3 = parts.at(-1) === 'vars';
    const layer = (isKeras3 && layerNameOf(file, parts)) || parts.filter((part) => part !== 'vars').at(-1);
    yield { name: `${layer ?? 'root'}/${own}`, dataset };
  }
}

/** By its own word: `instanceof` would need the library's module, which is loaded late. */
function isDataset(entity: Entity | null): entity is Dataset {
  return (entity as Dataset | null)?.type === ('Dataset' as Dataset['type']);
}

/** Keras 3 calls a layer's group after its class (`conv2d_1`) and notes its name beside the tensors. */
function layerNameOf(file: File, vars: readonly string[]): string | undefined {
  const name = (file.get(vars.join('/')) as Group).attrs['name']?.value;
  return typeof name === 'string' ? name : undefined;
}

function describe(name: string, { metadata }: Dataset): { shape: number[]; size: number } {
  const { shape, size, littleEndian, virtual_sources: elsewhere } = metadata;
  if (!shape || elsewhere?.length) throw new FormatError(`tensor '${name}' has no values in this file`);
  if (size !== 4 || !littleEndian) {
    throw new FormatError(`tensor '${name}' is of ${size * 8}-bit numbers and only float32 can be read`);
  }
  return { shape, size };
}

function readValues(name: string, dataset: Dataset, shape: readonly number[]): Float32Array {
  const values = new Float32Array(elementsOf(name, shape));
  if (values.length === 0) return values;
  const rows = shape[0] ?? 1;
  const perRow = values.length / rows;
  const rowsPerPiece = Math.max(1, Math.floor(pieceBytes / 4 / perRow));
  for (let row = 0; row < rows; row += rowsPerPiece) {
    const isWhole = rowsPerPiece >= rows;
    const piece = isWhole ? dataset.value : dataset.slice([[row, Math.min(rows, row + rowsPerPiece)]]);
    if (typeof piece === 'number') return Float32Array.of(piece);
    if (!(piece instanceof Float32Array)) throw new FormatError(`tensor '${name}' cannot be read`);
    values.set(piece, row * perRow);
  }
  return values;
}

function close(file: File | undefined): void {
  try {
    file?.close();
  } catch {
    // A damaged file may not close; there is nothing to lose in it.
  }
}

/** The innermost line of HDF5's error stack: "truncated file: eof = 1500, stored_eof = 24824". */
function reasonOf(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const innermost = [...message.matchAll(/#\d+: .*? in \w+\(\): (.*)/g)].at(-1)?.[1];
  return (innermost ?? message.split('\n')[0] ?? '').slice(0, 200);
}

/** A tensor's own name in Keras 1, 2 and 3 → ours. Keras 1's `running_std` holds the variance all the same. */
const partNames: ReadonlyMap<string, string> = new Map([
  ['W', 'kernel'],
  ['b', 'bias'],
  ['depthwise_kernel', 'kernel'],
  ['moving_mean', 'mean'],
  ['running_mean', 'mean'],
  ['moving_variance', 'variance'],
  ['running_std', 'variance'],
]);

/**
 * The tensors of `readKerasH5` under our names: `block1_conv1_W_1:0` and Keras 3's bare positions become `kernel`,
 * `bias`, … of the layer. Names of layers that the network does not have stay as they are.
 */
export function fromKerasH5Names(
  network: Network,
  tensors: ReadonlyMap<string, NamedTensor>,
): Map<string, NamedTensor> {
  const layers = new Map(network.layers.map((layer) => [layer.name, layer]));
  const renamed = new Map<string, NamedTensor>();
  for (const [name, tensor] of tensors) {
    const slash = name.lastIndexOf('/');
    const layer = layers.get(name.slice(0, slash));
    const own = name.slice(slash + 1);
    if (!layer) {
      renamed.set(name, tensor);
    } else if (/^\d+$/.test(own)) {
      renamed.set(layerWeights(network, layer)[Number(own)]?.name ?? name, tensor);
    } else {
      const bare = own.replace(/:0$/, '').replace(/_\d+$/, '');
      const part = bare.startsWith(`${layer.name}_`) ? bare.slice(layer.name.length + 1) : bare;
      renamed.set(`${layer.name}/${partNames.get(part) ?? part}`, tensor);
    }
  }
  return renamed;
}
