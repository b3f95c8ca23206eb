import { FormatError, isRecord } from '../../formats/bytes.js';
import { inOrder } from './in-order.js';

/** One use of a Keras layer. */
export interface KerasLayer {
  /** Unlike any other: models within a model are prefixes, a second use of a layer has a number. */
  readonly name: string;
  /** As the layer itself is called, and its weights. */
  readonly ownName: string;
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Names of the layers that it reads. */
  readonly inputs: readonly string[];
  /** Its weights are those of an earlier use. */
  readonly again: boolean;
}

type Config = Readonly<Record<string, unknown>>;

interface LayerRecord {
  readonly className: string;
  readonly name: string;
  readonly config: Config;
  /** For each use what it reads. */
  readonly uses: readonly (readonly Reference[])[];
}

/** An output of one use of a layer. */
interface Reference {
  readonly name: string;
  readonly use: number;
  readonly output: number;
}

/** How models may lie within models: more is damage. */
const deepest = 16;

/**
 * The layers of a Keras model as TF.js keeps them (`modelTopology`), in order of computation. Models within the
 * model, which transfer learning in Keras makes, are taken apart.
 *
 * @throws FormatError for a damaged topology.
 */
export function kerasLayers(topology: Config): { name: string; layers: KerasLayer[] } {
  const model = isRecord(topology['model_config']) ? topology['model_config'] : topology;
  const config = model['config'];
  const layers: KerasLayer[] = [];
  expand(model, '', [], layers, 0);
  if (layers.length === 0) throw new FormatError('its topology has no layers');
  const name = isRecord(config) && typeof config['name'] === 'string' ? config['name'] : 'model';
  return { name, layers: inOrder(layers) };
}

/**
 * Adds a model's layers to `found`.
 *
 * @param given what the model reads; of the outermost one nothing.
 * @returns what it puts out.
 */
function expand(
  model: Config,
  prefix: string,
  given: readonly string[],
  found: KerasLayer[],
  depth: number,
): string[] {
  if (depth > deepest) throw new FormatError('its models lie too deep within each other');
  const sequential = model['class_name'] === 'Sequential';
  const { config } = model;
  const list = isRecord(config) ? config['layers'] : config;
  if (!Array.isArray(list)) throw new FormatError('its topology has no layers');
  const records = list.map((item) => layerRecord(item));
  const scope: Scope = { prefix, found, depth, outputs: new Map() };
  return sequential
    ? expandSequential(records, given, scope)
    : expandFunctional(records, isRecord(config) ? config : {}, given, scope);
}

interface Scope {
  readonly prefix: string;
  readonly found: KerasLayer[];
  readonly depth: number;
  /** What each use of a layer puts out, by `useName`. */
  readonly outputs: Map<string, readonly string[]>;
}

function expandSequential(records: readonly LayerRecord[], given: readonly string[], scope: Scope): string[] {
  let last = [...given];
  const first = records[0];
  if (first && first.className !== 'InputLayer' && given.length === 0 && !isModel(first)) {
    const name = `${first.name}_input`;
    const config = pick(first.config, ['batch_input_shape', 'batch_shape']);
    scope.found.push({ ...inputLayer, name: scope.prefix + name, ownName: name, config });
    last = [scope.prefix + name];
  }
  for (const record of records) {
    if (record.className === 'InputLayer' && last.length > 0) continue;
    last = addUse(record, 0, last, scope);
  }
  return last;
}

const inputLayer = { className: 'InputLayer', inputs: [], again: false } as const;

function expandFunctional(
  records: readonly LayerRecord[],
  config: Config,
  given: readonly string[],
  scope: Scope,
): string[] {
  const places = references(config['input_layers']).map(({ name }) => name);
  const known = (reference: Reference) => useName(reference.name, knownUse(records, reference));
  const read = (reference: Reference) => {
    const ends = scope.outputs.get(known(reference)) ?? [];
    return ends.length === 0 ? [] : [ends[Math.min(reference.output, ends.length - 1)]!];
  };
  const uses = records.flatMap((record) =>
    (record.uses.length === 0 ? [[]] : record.uses).map((from, use) => ({
      record,
      use,
      from,
      name: useName(record.name, use),
      inputs: from.map(known),
    })),
  );
  for (const { record, use, from } of inOrder(uses)) {
    const place = places.indexOf(record.name);
    if (record.className === 'InputLayer' && given.length > 0) {
      scope.outputs.set(useName(record.name, use), [given[Math.max(0, place)] ?? given[0]!]);
      continue;
    }
    addUse(record, use, from.flatMap(read), scope);
  }
  return references(config['output_layers']).flatMap(read);
}

/** Adds one use of a layer, or the layers of a model within the model; returns what it puts out. */
function addUse(record: LayerRecord, use: number, inputs: readonly string[], scope: Scope): string[] {
  const { prefix, found, depth, outputs } = scope;
  const name = prefix + useName(record.name, use);
  let ends = [name];
  if (isModel(record)) {
    const model = { class_name: record.className, config: record.config };
    const before = found.length;
    ends = expand(model, `${name}/`, inputs, found, depth + 1);
    if (use > 0) {
      for (let i = before; i < found.length; i++) found[i] = { ...found[i]!, again: true };
    }
  } else {
    const { className, config } = record;
    found.push({ name, ownName: record.name, className, config, inputs, again: use > 0 });
  }
  outputs.set(useName(record.name, use), ends);
  return ends;
}

function isModel({ className }: LayerRecord): boolean {
  return className === 'Sequential' || className === 'Functional' || className === 'Model';
}

/** A model within a model counts its uses from the one it was made with, which the file may leave out. */
function knownUse(records: readonly LayerRecord[], { name, use }: Reference): number {
  const record = records.find((candidate) => candidate.name === name);
  return record ? Math.min(use, Math.max(0, record.uses.length - 1)) : use;
}

function useName(name: string, use: number): string {
  return use === 0 ? name : `${name}:${use}`;
}

function layerRecord(item: unknown): LayerRecord {
  const { class_name: className, config, name, inbound_nodes: nodes } = isRecord(item) ? item : {};
  if (typeof className !== 'string' || !(isRecord(config) || Array.isArray(config))) {
    throw new FormatError('its topology lists a layer without class or configuration');
  }
  const settings = isRecord(config) ? config : { layers: config };
  const ownName = typeof name === 'string' ? name : settings['name'];
  if (typeof ownName !== 'string') {
    throw new FormatError(`its topology lists a layer of class ${className} without a name`);
  }
  const uses = Array.isArray(nodes) ? nodes.map((node) => references(node)) : [];
  return { className, name: ownName, config: settings, uses };
}

/**
 * The layers that an inbound node names: `[name, use, output, …]` somewhere in lists (Keras 2), or the history of a
 * tensor somewhere in the arguments (Keras 3).
 */
function references(node: unknown, depth = 0): Reference[] {
  if (depth > deepest) return [];
  if (Array.isArray(node)) {
    const [name, use, output] = node as unknown[];
    if (typeof name === 'string' && isPlace(use)) {
      return name === '_CONSTANT_VALUE' ? [] : [{ name, use, output: isPlace(output) ? output : 0 }];
    }
    return node.flatMap((item) => references(item, depth + 1));
  }
  if (!isRecord(node)) return [];
  const history = node['keras_history'];
  return history === undefined
    ? Object.values(node).flatMap((item) => references(item, depth + 1))
    : references(history, depth + 1);
}

function isPlace(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function pick(config: Config, names: readonly string[]): Config {
  return Object.fromEntries(Object.entries(config).filter(([name]) => names.includes(name)));
}
