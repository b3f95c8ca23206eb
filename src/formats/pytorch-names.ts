import { FormatError } from './bytes.js';
import { InertObject } from './pickle.js';
import { StoredTensor } from './pytorch-objects.js';

/** How deep tensors are looked for, and how many are taken: a pickle can refer to itself, and to one thing often. */
const deepest = 100;
const mostTensors = 200_000;

/** Attributes of a module that hold its tensors and inner modules under their own names. */
const moduleParts = new Set<unknown>(['_modules', '_parameters', '_buffers']);

/**
 * All tensors in an object that PyTorch saved, wherever they lie, by the path that leads to them, joined by dots:
 * `features.0.weight` of a state_dict, `state_dict.model.features.0.weight` of a checkpoint that holds it,
 * `model.features.0.weight` of one that holds the module itself.
 */
export function tensorsByPath(root: unknown): Map<string, StoredTensor> {
  const tensors = new Map<string, StoredTensor>();
  const above = new Set<unknown>();
  const barren = new Set<unknown>();

  const visit = (value: unknown, path: readonly string[]): void => {
    if (value instanceof StoredTensor) {
      tensors.set(path.join('.'), value);
      if (tensors.size > mostTensors) throw new FormatError(`it has over ${mostTensors} tensors`);
      return;
    }
    if (typeof value !== 'object' || value === null || path.length > deepest) return;
    if (above.has(value) || barren.has(value)) return;
    const before = tensors.size;
    above.add(value);
    for (const [key, inner] of partsOf(value)) {
      const isPart = moduleParts.has(key) || typeof key === 'object' || key === undefined;
      visit(inner, isPart ? path : [...path, String(key)]);
    }
    above.delete(value);
    if (tensors.size === before) barren.add(value);
  };
  visit(root, []);
  return tensors;
}

function* partsOf(value: object): Iterable<readonly [key: unknown, value: unknown]> {
  if (value instanceof Map) yield* value;
  if (Array.isArray(value)) yield* value.every(isNamed) ? value : value.entries();
  if (value instanceof InertObject) {
    yield* value.items;
    yield* value.attributes;
  }
}

/** A pair of a name and a tensor, as `list(model.state_dict().items())` has them. */
function isNamed(value: unknown): value is [string, StoredTensor] {
  const [name, tensor] = Array.isArray(value) && value.length === 2 ? (value as unknown[]) : [];
  return typeof name === 'string' && tensor instanceof StoredTensor;
}
