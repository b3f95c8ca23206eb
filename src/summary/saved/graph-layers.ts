import type { Shape } from '../../models/network.js';
import { isRecord } from '../../formats/bytes.js';
import { elementsOf } from '../../formats/numbers.js';
import type { TfjsGroup } from '../../formats/tfjs.js';
import type { CountableLayer } from '../countable-layer.js';
import type { CountableNetwork } from '../summary.js';
import { derivedConstant } from './graph-constants.js';
import { type GraphNode, graphNodes, openShape } from './graph-nodes.js';
import { type Constant, makeOf, roleOf } from './graph-ops.js';
import { inOrder } from './in-order.js';
import type { PictureSize } from './picture-size.js';

/** What a node puts out: a constant, or something of every picture, made by the layer of that name. */
type Value = { readonly constant: Constant } | { readonly layer: string; readonly shape: Shape | null };

/** Nodes that hand on what they read. */
const passing: ReadonlySet<string> = new Set(['Identity', 'StopGradient', 'PreventGradient', 'Snapshot']);

interface Surroundings {
  readonly signature: unknown;
  readonly groups: readonly TfjsGroup[];
  /** Small constants of whole numbers, by name. */
  readonly integers: ReadonlyMap<string, readonly number[]>;
}

/**
 * The layers of a TF.js graph model: each node that computes something of a picture is one. Constants with
 * dimensions, and what is computed of them alone, are the parameters of the first node that reads them. All of them
 * are frozen: a graph model cannot be trained.
 *
 * @throws FormatError for a damaged graph, or a window that does not fit.
 */
export function graphLayers(
  topology: Readonly<Record<string, unknown>>,
  { signature, groups, integers }: Surroundings,
  size: PictureSize,
): Omit<CountableNetwork, 'name'> {
  const sizes = new Map(groups.flatMap(({ entries }) => entries.map((entry) => [entry.name, entry])));
  const values = new Map<string, Value>();
  const claimed = new Set<string>();
  const layers: CountableLayer[] = [];

  const add = (layer: CountableLayer) => {
    layers.push(layer);
    values.set(layer.name, { layer: layer.name, shape: layer.shape });
  };

  for (const node of inOrder(graphNodes(topology))) {
    const { name, op, inputs } = node;
    const read = inputs.map((input) => values.get(input)!);
    if (op === 'Const') {
      const shape = sizes.get(name)?.shape ?? null;
      const learned = isFloat(node) && shape !== null && shape.length > 0;
      values.set(name, { constant: { shape, integers: integers.get(name), sources: learned ? [name] : [] } });
    } else if (op.startsWith('Placeholder')) {
      add(inputLayer(node, signature, size));
    } else if (passing.has(op) && read[0]) {
      values.set(name, read[0]);
    } else if (op !== 'NoOp') {
      const constant = derivedConstant(
        node,
        read.map((value) => ('constant' in value ? value.constant : value.shape)),
      );
      if (constant) values.set(name, { constant });
      else add(layerOf(node, read, claimed, sizes));
    }
  }
  return { layers, frozen: new Set(layers.map(({ name }) => name)) };
}

function isFloat({ attributes }: GraphNode): boolean {
  const type = attributes.type('dtype');
  return type === 'DT_FLOAT' || type === 1 || type === 'DT_HALF';
}

function inputLayer(node: GraphNode, signature: unknown, size: PictureSize): CountableLayer {
  const open = node.attributes.shape('shape') ?? signatureShape(signature, node.name);
  return {
    name: node.name,
    type: 'input',
    inputs: [],
    shape: open ? size.settle(open.slice(1)) : null,
    sight: 'place',
    weights: 0,
    biases: 0,
    statistics: 0,
    multiplyAdds: 0,
  };
}

function signatureShape(signature: unknown, name: string) {
  const inputs = isRecord(signature) && isRecord(signature['inputs']) ? signature['inputs'] : {};
  const input = Object.values(inputs).find(
    (one) => isRecord(one) && String(one['name']).split(':')[0] === name,
  );
  return isRecord(input) ? openShape(input['tensorShape']) : undefined;
}

/** @param claimed the constants that layers before have for parameters; this one's are added. */
function layerOf(
  { name, op, attributes }: GraphNode,
  read: readonly Value[],
  claimed: Set<string>,
  sizes: ReadonlyMap<string, { readonly shape: Shape }>,
): CountableLayer {
  const counts = { weights: 0, biases: 0, statistics: 0 };
  for (const [place, value] of read.entries()) {
    for (const source of 'constant' in value ? value.constant.sources : []) {
      if (!claimed.has(source)) counts[roleOf(op, place)] += elementsOf(source, sizes.get(source)!.shape);
      claimed.add(source);
    }
  }
  const inputs = read.flatMap((value) => ('layer' in value ? [value.layer] : []));
  const made = makeOf({
    name,
    op,
    attributes,
    read: read.map((v) => ('constant' in v ? v.constant : v.shape)),
  });
  const unknown = { type: op, shape: null, sight: null, multiplyAdds: null };
  return { name, inputs: [...new Set(inputs)], ...(made ?? unknown), ...counts };
}
