import type { Shape } from '../../models/network.js';
import type { GraphNode } from './graph-nodes.js';
import { broadcast } from './keras-config.js';

/** What does not depend on the picture's values. */
export interface Constant {
  readonly shape: Shape | null;
  /** Of small ones of whole numbers; −1 stands for the number of pictures. */
  readonly integers: readonly number[] | undefined;
  /** The constants with dimensions that it is made of: parameters of whatever reads it. */
  readonly sources: readonly string[];
}

/** What a node reads: a constant, or the shape of something of every picture; null where that is not known. */
export type Read = Constant | Shape | null;

export function isConstant(read: Read | undefined): read is Constant {
  return read !== null && read !== undefined && 'sources' in read;
}

const elementwise: ReadonlySet<string> = new Set(
  'Add AddV2 Sub Mul RealDiv Maximum Minimum Rsqrt Sqrt Square Neg Cast Reciprocal Exp'.split(' '),
);

/**
 * What a node puts out if that is the same for every picture: it reads constants alone, or asks for a shape.
 * Undefined for any other.
 */
export function derivedConstant(node: GraphNode, read: readonly Read[]): Constant | undefined {
  const [first] = read;
  if (node.op === 'Shape' && !isConstant(first)) {
    return { shape: null, integers: first ? [-1, ...first] : undefined, sources: [] };
  }
  const constants = read.filter(isConstant);
  if (constants.length < read.length) return undefined;
  const sources = constants.flatMap((constant) => constant.sources);
  return { shape: shapeOf(node, constants), integers: integersOf(node, constants), sources };
}

function shapeOf({ op, attributes }: GraphNode, read: readonly Constant[]): Shape | null {
  const shapes = read.map(({ shape }) => shape);
  if (op === 'Split') {
    const [axis] = read[0]?.integers ?? [];
    const [, whole] = shapes;
    const parts = attributes.integer('num_split') ?? 1;
    const side = whole && axis !== undefined ? (axis < 0 ? whole.length + axis : axis) : -1;
    return whole && side in whole ? whole.with(side, whole[side]! / parts) : null;
  }
  if (!elementwise.has(op)) return null;
  const known = shapes.filter((shape) => shape !== null);
  return known.length === shapes.length && known.length > 0 ? broadcast(known) : null;
}

/** Follows the shape of a map through what makes another shape of it. */
function integersOf({ op, attributes }: GraphNode, read: readonly Constant[]): number[] | undefined {
  const values = read.map(({ integers }) => integers);
  if (op === 'Pack') return all(values)?.flat();
  if (op === 'ConcatV2') return all(values.slice(0, -1))?.flat();
  if (op !== 'StridedSlice') return undefined;
  const [whole, begin, end, strides] = values;
  const isPlain = strides?.length === 1 && strides[0] === 1 && !attributes.integer('ellipsis_mask');
  if (!whole || !begin || !isPlain) return undefined;
  if (attributes.integer('shrink_axis_mask')) return whole.slice(begin[0]!).slice(0, 1);
  const from = attributes.integer('begin_mask') ? 0 : begin[0];
  return whole.slice(from, attributes.integer('end_mask') ? undefined : end?.[0]);
}

function all(values: readonly (readonly number[] | undefined)[]) {
  const known = values.filter((value) => value !== undefined);
  return known.length === values.length ? known : undefined;
}
