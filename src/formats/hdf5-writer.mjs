/**
 * Writes tensors of float32 as one HDF5 file in a thread of its own, for keras-archive-writer.ts: the HDF5 library's memory never
 * shrinks, and a thread can be ended. Plain JavaScript for the reason that hdf5-worker.mjs gives.
 */
import { parentPort, workerData } from 'node:worker_threads';
import hdf5 from 'h5wasm/node';

/**
 * @typedef {{ path: string, name: string, tensors: { shape: number[], data: Float32Array }[] }[]} Groups
 *   a layer's group ('layers/conv2d_1/vars'), the layer's name, and its tensors, which are called 0, 1 …
 */

// HDF5 notes when a dataset was made; the same tensors are to give the same bytes. The thread does nothing else.
Date.now = () => 0;

const library = await hdf5.ready;
library.activate_throwing_error_handler();
const { file: path, groups } = /** @type {{ file: string, groups: Groups }} */ (workerData);
const file = new hdf5.File(path, 'w');
for (const { path: place, name, tensors } of groups) {
  const group = makeGroup(file, place);
  group.create_attribute('name', name);
  for (const [i, { shape, data }] of tensors.entries()) {
    group.create_dataset({ name: String(i), data, shape, dtype: '<f' });
  }
}
file.close();
parentPort?.postMessage('written');

/**
 * @param {import('h5wasm/node').Group} root
 * @param {string} path
 */
function makeGroup(root, path) {
  let group = root;
  for (const name of path.split('/')) {
    const found = group.keys().includes(name) ? group.get(name) : null;
    group = found instanceof hdf5.Group ? found : group.create_group(name);
  }
  return group;
}
