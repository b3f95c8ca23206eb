import type { NamedTensor } from './tensors.js';
import { FormatError, isRecord, jsonOf, readAs } from './bytes.js';
import type { ReadOptions } from './choice.js';
import { nearbyFile } from './nearby.js';

/** Reads one of the files that an index names. */
export type ShardReader = (path: string, options: ReadOptions) => Promise<Map<string, NamedTensor>>;

/**
 * Reads a model that is spread over several files, by the index that tells which file has which tensor
 * (`model.safetensors.index.json`, `pytorch_model.bin.index.json`): one file after the other, of each only what is
 * chosen.
 *
 * @throws UserError when the index or one of its files is damaged or missing, or it names one outside its folder.
 */
export function readShards(
  index: string,
  readShard: ShardReader,
  options: ReadOptions = {},
): Promise<Map<string, NamedTensor>> {
  return readAs("an index of a model's files", index, async (bytes) => {
    const content = jsonOf(await bytes.read(0, bytes.size), 'it');
    const places = isRecord(content) ? content['weight_map'] : undefined;
    if (!isRecord(places)) throw new FormatError('it has no weight_map');
    const names = Object.keys(places);
    const chosen = options.choose?.(names) ?? new Set(names);
    const byFile = new Map<string, Set<string>>();
    for (const name of names) {
      const file = places[name];
      if (typeof file !== 'string') throw new FormatError(`it does not say where '${name}' is`);
      const path = nearbyFile(index, file);
      if (chosen.has(name)) byFile.set(path, (byFile.get(path) ?? new Set()).add(name));
    }
    const tensors = new Map<string, NamedTensor>();
    for (const [path, wanted] of byFile) {
      const read = await readShard(path, { ...options, choose: (there) => present(wanted, there, path) });
      for (const [name, tensor] of read) tensors.set(name, tensor);
    }
    return tensors;
  });
}

function present(wanted: ReadonlySet<string>, there: readonly string[], path: string): ReadonlySet<string> {
  const found = new Set(there);
  const missing = [...wanted].find((name) => !found.has(name));
  if (missing !== undefined) throw new FormatError(`'${missing}' is not in '${path}', where it should be`);
  return wanted;
}
