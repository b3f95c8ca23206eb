import { dirname, join } from 'node:path';
import type { NamedTensor } from './tensors.js';
import { FormatError, isRecord, jsonOf, readAs } from './bytes.js';
import { readHdf5 } from './keras-h5.js';

/** A file beside the index; a name that leads to another folder is none. */
const besideIndex = /^[^/\\:\0]+\.weights\.h5$/;

/** Whether the beginning of a JSON file is that of an index of Keras' shards. */
export function isKerasIndex(head: string): boolean {
  return /^\s*\{/.test(head) && /"weight_map"\s*:/.test(head) && /\.weights\.h5"/.test(head);
}

/**
 * Reads weights that Keras 3 has written to several files (`model.weights.json` lists them, `model_00000.weights.h5` …
 * lie beside it), under the names of `readKerasH5`.
 *
 * @throws UserError when a file is missing, damaged, or outside the index's folder.
 */
export function readKerasShards(indexFile: string): Promise<Map<string, NamedTensor>> {
  return readAs("the index of Keras' weights", indexFile, async (bytes) => {
    const names = shardsOf(jsonOf(await bytes.read(0, bytes.size), 'it'));
    const shards: { path: string; size: number }[] = [];
    for (const name of names) {
      const path = join(dirname(indexFile), name);
      shards.push({ path, size: await readAs('a Keras HDF5 file', path, async ({ size }) => size) });
    }
    return readHdf5(shards);
  });
}

/** The files that an index lists: one for each group of variables, or several where a group goes on in the next. */
function shardsOf(index: unknown): Set<string> {
  const map = isRecord(index) ? index['weight_map'] : undefined;
  if (!isRecord(map)) throw new FormatError('it lists no files');
  const files = Object.values(map).flat();
  for (const file of files) {
    if (typeof file !== 'string' || !besideIndex.test(file)) {
      throw new FormatError(`it asks for ${JSON.stringify(file)}, which is no file of weights beside it`);
    }
  }
  return new Set(files as string[]);
}
