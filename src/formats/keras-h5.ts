import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { messageOf, UserError } from '../runtime/errors.js';
import type { NamedTensor } from './tensors.js';
import { FormatError, readAs } from './bytes.js';
import type { Message } from './hdf5-worker.mjs';
import { tensorOfOwn } from './numbers.js';

/** How long the HDF5 library may work on one piece of at most 16 MB before it is taken to loop for ever. */
const patienceMs = 30_000;

/**
 * Reads the weights of a Keras HDF5 file: Keras 1 and 2 weights and whole models (`.h5`), and Keras 3's
 * `.weights.h5`, in half, bfloat16, single or double precision. One tensor at a time; links to other files are not
 * followed.
 *
 * Names are `<layer>/<the tensor's own name>`: `block1_conv1/block1_conv1_W_1:0` (Keras 1),
 * `block1_conv1/kernel:0` (Keras 2), `block1_conv1/0` (Keras 3). Layouts are the file's, which are ours.
 *
 * @param layerNames by the path of a layer's group, for files of Keras 3 that do not note them.
 * @throws UserError when the file is damaged or no Keras HDF5 file.
 */
export function readKerasH5(
  file: string | Uint8Array,
  layerNames?: ReadonlyMap<string, string>,
): Promise<Map<string, NamedTensor>> {
  return readAs('a Keras HDF5 file', file, async ({ size }) => {
    if (typeof file === 'string') {
      const tensors = await readHdf5([{ path: file, size }], layerNames);
      if (isWithoutNames(tensors)) refuseWithoutNames(file);
      return tensors;
    }
    const folder = await mkdtemp(join(tmpdir(), 'finetune-'));
    try {
      const path = join(folder, 'weights.h5');
      await writeFile(path, file);
      return await readHdf5([{ path, size }], layerNames);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}

/** The tensors of one HDF5 file, or of all the shards of one model; throws a FormatError when one is damaged. */
export function readHdf5(
  files: readonly { path: string; size: number }[],
  layerNames: ReadonlyMap<string, string> = new Map(),
): Promise<Map<string, NamedTensor>> {
  const worker = new Worker(new URL('./hdf5-worker.mjs', import.meta.url), {
    workerData: { files, layerNames },
    // What the HDF5 library prints about a damaged file, it also throws.
    stdout: true,
    stderr: true,
  });
  const found: Found[] = [];
  const ended = new Promise<void>((resolve, reject) => {
    const refuse = (reason: string) => reject(new FormatError(reason));
    const watchdog = setTimeout(() => refuse('the HDF5 library does not come to an end with it'), patienceMs);
    worker.on('message', (message: Message) => {
      watchdog.refresh();
      if (message.kind === 'refusal') refuse(message.reason);
      if (message.kind === 'end') resolve();
      if (message.kind !== 'tensor') return;
      const { name, path, shape, type, bytes } = message;
      try {
        const tensor = tensorOfOwn(name, shape, type, bytes); // the thread has handed them over
        if (tensor) found.push({ name, path, tensor });
      } catch (error) {
        refuse(messageOf(error));
      }
    });
    worker.on('error', (error) => refuse(`the HDF5 library gives up on it: ${messageOf(error)}`));
    worker.on('exit', () => {
      clearTimeout(watchdog);
      refuse('the HDF5 library gives up on it');
    });
  });
  return ended
    .then(() => {
      if (found.length === 0) throw new FormatError('it holds no weights');
      return byName(found);
    })
    .finally(() => worker.terminate());
}

interface Found {
  readonly name: string;
  /** In the file, where no two have the same. */
  readonly path: string;
  readonly tensor: NamedTensor;
}

/** Tensors by name; where layers of two models in one have the same, which of them is meant cannot be told: by path. */
function byName(found: readonly Found[]): Map<string, NamedTensor> {
  const counts = new Map<string, number>();
  for (const { name } of found) counts.set(name, (counts.get(name) ?? 0) + 1);
  return new Map(found.map(({ name, path, tensor }) => [counts.get(name) === 1 ? name : path, tensor]));
}

/** Groups of Keras 3 called after the classes of layers that convolutional networks consist of. */
const kindOfLayer = /^(?:(?:depthwise_|separable_)?conv2d|batch_normalization|dense)(?:_\d+)?$/;

/**
 * Whether a file tells only the kinds of its layers, as `.weights.h5` of Keras 3 before 3.7: which layer of a network each
 * is cannot be known from it.
 */
function isWithoutNames(tensors: ReadonlyMap<string, NamedTensor>): boolean {
  const layers = [...tensors.keys()].map(
    (name) =>
      name
        .split('/')
        .filter((part) => part !== 'vars')
        .at(-2) ?? '',
  );
  return layers.length > 0 && layers.every((layer) => kindOfLayer.test(layer));
}

function refuseWithoutNames(file: string): never {
  throw new UserError(
    `Expected '${file}' to name its layers but it tells only their kinds, as Keras before 3.7 writes .weights.h5. ` +
      'Load it into its model in Keras and save that as .keras.',
  );
}
