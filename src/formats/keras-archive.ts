import type { NamedTensor } from './tensors.js';
import { FormatError, isRecord, jsonOf, readAs } from './bytes.js';
import { readKerasH5 } from './keras-h5.js';
import { openZip } from './zip.js';

/** Models within models, deeper than anybody builds them. */
const deepest = 32;

/**
 * Reads the weights of a Keras 3 archive (`.keras`), under the names of `readKerasH5`: those of the HDF5 file inside, and
 * of the configuration beside it, which alone knows what layers are called before Keras 3.7.
 *
 * @throws UserError when the file is damaged or no Keras archive.
 */
export async function readKerasArchive(file: string | Uint8Array): Promise<Map<string, NamedTensor>> {
  const { weights, names } = await readAs('a Keras archive', file, async (bytes) => {
    const entries = await openZip(bytes);
    const weights = await entries.get('model.weights.h5')?.read();
    if (!weights) throw new FormatError("it holds no 'model.weights.h5'");
    const config = await entries.get('config.json')?.read();
    return { weights, names: config ? layerGroups(jsonOf(config, 'its config.json')) : new Map() };
  });
  return readKerasH5(weights, names);
}

/**
 * Layers' names by the path of their group: Keras calls a group after the layer's class, and numbers those of one class
 * in the order of the model's layers (`layers/functional/layers/conv2d_1/vars`), which is that of its config.json.
 */
export function layerGroups(model: unknown): Map<string, string> {
  const names = new Map<string, string>();
  addNames(model, 'layers', names, 0);
  return names;
}

function addNames(model: unknown, path: string, names: Map<string, string>, depth: number): void {
  const config = isRecord(model) ? model['config'] : undefined;
  const layers = isRecord(config) ? config['layers'] : undefined;
  if (!Array.isArray(layers) || depth > deepest) return;
  const counts = new Map<string, number>();
  for (const layer of layers) {
    const { class_name: className, config: own, module } = isRecord(layer) ? layer : {};
    if (typeof className !== 'string' || !isRecord(own) || isOperation(module)) continue;
    const kind = snakeCase(className.slice(className.lastIndexOf('>') + 1));
    const count = counts.get(kind) ?? 0;
    counts.set(kind, count + 1);
    const group = `${path}/${kind}${count === 0 ? '' : `_${count}`}`;
    if (typeof own['name'] === 'string') names.set(`${group}/vars`, own['name']);
    addNames(layer, `${group}/layers`, names, depth + 1);
  }
}

/** An operation, `x * 2` for one, is listed among the layers and is none: nothing is kept of it, and it is not counted. */
function isOperation(module: unknown): boolean {
  return typeof module === 'string' && /^keras\.(src\.)?ops\b/.test(module);
}

/** DepthwiseConv2D → depthwise_conv2d, as Keras does it. */
function snakeCase(name: string): string {
  return name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}
