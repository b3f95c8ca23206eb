import type { Shape } from '../../models/network.js';
import { FormatError } from '../../formats/bytes.js';
import { sizeOf } from '../../formats/tensors.js';
import { type CountableLayer, type Sight, throughWindow } from '../countable-layer.js';
import { type Constant, isConstant, type Read } from './graph-constants.js';
import type { Attributes } from './graph-nodes.js';
import { broadcast } from './keras-config.js';
import { slide, type WindowSettings } from './sliding-window.js';

export type { Constant };

/** One node of a graph and what it reads. */
interface Context {
  readonly name: string;
  readonly op: string;
  readonly attributes: Attributes;
  readonly read: readonly Read[];
}

type Made = Pick<CountableLayer, 'type' | 'shape' | 'sight' | 'multiplyAdds' | 'window'>;
/** Undefined where a node is used in a way that is not known here. */
type Maker = (context: Context) => Made | undefined;

/** What a node puts out and how many multiply-adds it takes; undefined for one that is not known here. */
export function makeOf(context: Context): Made | undefined {
  return makers[context.op]?.(context);
}

/** What a constant in this place of a node's inputs is. */
export function roleOf(op: string, place: number): 'weights' | 'biases' | 'statistics' {
  if (op.startsWith('FusedBatchNorm')) {
    return (['weights', 'weights', 'biases'] as const)[place] ?? 'statistics';
  }
  const isBias = ['BiasAdd', 'Add', 'AddV2', 'Sub'].includes(op) || (op.startsWith('_Fused') && place === 2);
  return isBias ? 'biases' : 'weights';
}

const convolution: Maker = ({ name, attributes, read: [map, kernel] }) => {
  const window = windowOf(attributes);
  if (!window || !isMap(map) || !isConstant(kernel) || kernel.shape?.length !== 4) return undefined;
  const [height, width, channels] = map as [number, number, number];
  const [down, across, read, filters] = kernel.shape as [number, number, number, number];
  if (read === 0 || channels % read > 0) {
    throw new FormatError(`the kernel of layer '${name}' reads ${read} channels of ${channels}`);
  }
  const slid = slide(name, [height, width], { ...window, kernel: [down, across], groups: channels / read });
  return {
    type: 'convolution',
    shape: [slid.height, slid.width, filters],
    window: slid.window,
    sight: throughWindow(slid.window),
    multiplyAdds: slid.height * slid.width * sizeOf(kernel.shape),
  };
};

const depthwise: Maker = ({ name, attributes, read: [map, kernel] }) => {
  const window = windowOf(attributes);
  if (!window || !isMap(map) || !isConstant(kernel) || kernel.shape?.length !== 4) return undefined;
  const [down, across, channels, multiplier] = kernel.shape as [number, number, number, number];
  const slid = slide(name, [map[0]!, map[1]!], { ...window, kernel: [down, across] });
  return {
    type: 'depthwise',
    shape: [slid.height, slid.width, channels * multiplier],
    window: slid.window,
    sight: throughWindow(slid.window),
    multiplyAdds: slid.height * slid.width * sizeOf(kernel.shape),
  };
};

/** A vector of each picture times a constant matrix. */
const dense: Maker = ({ name, attributes, read: [vector, matrix] }) => {
  if (!isShape(vector) || vector.length !== 1 || !isConstant(matrix)) return undefined;
  if (matrix.shape?.length !== 2 || attributes.flag('transpose_a')) return undefined;
  const [first, second] = matrix.shape as [number, number];
  const [inputs, units] = attributes.flag('transpose_b') ? [second, first] : [first, second];
  if (vector[0] !== inputs) {
    throw new FormatError(`layer '${name}' multiplies ${vector[0]} values with ${inputs} rows`);
  }
  return { type: 'dense', shape: [units], sight: 'place', multiplyAdds: inputs * units };
};

function pool(type: 'maxPool' | 'averagePool'): Maker {
  return ({ name, attributes, read: [map] }) => {
    const window = windowOf(attributes);
    const [, down, across] = attributes.integers('ksize');
    if (!window || !isMap(map) || !down || !across) return undefined;
    const slid = slide(name, [map[0]!, map[1]!], { ...window, kernel: [down, across] });
    const { height, width } = slid;
    return {
      type,
      shape: [height, width, map[2]!],
      window: slid.window,
      sight: throughWindow(slid.window),
      multiplyAdds: 0,
    };
  };
}

/** Mean, maximum or sum over some sides. */
function reduction(op: string): Maker {
  return ({ attributes, read: [map, axes] }) => {
    if (!isShape(map) || !isConstant(axes) || !axes.integers) return undefined;
    const sides = axes.integers.map((axis) => (axis < 0 ? map.length + axis : axis - 1));
    if (sides.some((side) => !(side in map))) return undefined;
    const keep = attributes.flag('keep_dims');
    const shape = map.flatMap((side, i) => (sides.includes(i) ? (keep ? [1] : []) : [side]));
    const whole = map.length === 3 && sides.includes(0) && sides.includes(1);
    const isAverage = op === 'Mean' && whole && !sides.includes(2);
    const sight: Sight = whole ? 'whole' : sides.every((side) => side === map.length - 1) ? 'place' : null;
    return { type: isAverage ? 'globalAverage' : op, shape, sight, multiplyAdds: 0 };
  };
}

/** The first number of a target is the pictures'. */
const reshape: Maker = ({ read: [map, target] }) => {
  if (!isShape(map) || !isConstant(target) || !target.integers) return undefined;
  const sides = target.integers.slice(1);
  const given = sides.filter((side) => side >= 0).reduce((a, b) => a * b, 1);
  const shape = sides.map((side) => (side < 0 ? sizeOf(map) / given : side));
  if (sizeOf(shape) !== sizeOf(map) || !shape.every(Number.isInteger)) return undefined;
  const type = shape.length === 1 ? 'flatten' : 'reshape';
  return { type, shape, sight: map.length === 3 ? 'whole' : 'place', multiplyAdds: 0 };
};

const pad: Maker = ({ read: [map, paddings] }) => {
  if (!isMap(map) || !isConstant(paddings) || paddings.integers?.length !== 8) return undefined;
  const [, , top, bottom, left, right, before, after] = paddings.integers as number[];
  return {
    type: 'zeroPadding',
    shape: [map[0]! + top! + bottom!, map[1]! + left! + right!, map[2]! + before! + after!],
    sight: { down: { kernel: 1, padding: top! }, across: { kernel: 1, padding: left! } },
    multiplyAdds: 0,
  };
};

/** Joins along an axis that is counted with the pictures. */
const concatenate: Maker = ({ read }) => {
  const maps = read.slice(0, -1).filter((map) => isShape(map));
  const last = read.at(-1);
  const [axis] = isConstant(last) ? (last.integers ?? []) : [];
  const [first] = maps;
  if (!first || axis === undefined || maps.length < read.length - 1) return undefined;
  const side = axis < 0 ? first.length + axis : axis - 1;
  if (!(side in first)) return undefined;
  const joined = maps.reduce((sum, map) => sum + (map[side] ?? 0), 0);
  return { type: 'concatenate', shape: first.with(side, joined), sight: 'place', multiplyAdds: 0 };
};

const split: Maker = ({ attributes, read: [axis, map] }) => {
  const [place] = isConstant(axis) ? (axis.integers ?? []) : [];
  if (!isShape(map) || place === undefined) return undefined;
  const side = place < 0 ? map.length + place : place - 1;
  const parts = attributes.integer('num_split') ?? 1;
  if (!(side in map) || map[side]! % parts > 0) return undefined;
  return { type: 'Split', shape: map.with(side, map[side]! / parts), sight: 'place', multiplyAdds: 0 };
};

const squeeze: Maker = ({ attributes, read: [map] }) => {
  if (!isShape(map)) return undefined;
  const axes = attributes.integers('squeeze_dims').map((axis) => (axis < 0 ? map.length + axis : axis - 1));
  const shape = map.filter((side, i) => (axes.length > 0 ? !axes.includes(i) : side !== 1));
  return { type: 'flatten', shape, sight: 'place', multiplyAdds: 0 };
};

/** Works value by value; constants are stretched over the map. */
function elementwise(type: string): Maker {
  return ({ read }) => {
    const shapes = read.flatMap((one) => (isShape(one) ? [one] : []));
    const unknown = read.some((one) => one === null);
    const shape = unknown || shapes.length === 0 ? null : broadcast(shapes);
    return shape ? { type, shape, sight: 'place', multiplyAdds: 0 } : undefined;
  };
}

const makers: Readonly<Record<string, Maker>> = {
  Conv2D: convolution,
  _FusedConv2D: convolution,
  DepthwiseConv2dNative: depthwise,
  DepthwiseConv2d: depthwise,
  FusedDepthwiseConv2dNative: depthwise,
  MatMul: dense,
  _FusedMatMul: dense,
  MaxPool: pool('maxPool'),
  AvgPool: pool('averagePool'),
  Mean: reduction('Mean'),
  Max: reduction('Max'),
  Sum: reduction('Sum'),
  Reshape: reshape,
  Squeeze: squeeze,
  Pad: pad,
  PadV2: pad,
  MirrorPad: pad,
  ConcatV2: concatenate,
  Split: split,
  BiasAdd: elementwise('biasAdd'),
  FusedBatchNorm: elementwise('batchNorm'),
  FusedBatchNormV2: elementwise('batchNorm'),
  FusedBatchNormV3: elementwise('batchNorm'),
  LRN: elementwise('localResponseNorm'),
  Add: elementwise('add'),
  AddV2: elementwise('add'),
  AddN: elementwise('add'),
  Mul: elementwise('multiply'),
  Sub: elementwise('subtract'),
  ...Object.fromEntries(
    'Relu Relu6 Elu LeakyRelu Prelu Selu Sigmoid Tanh Softmax Softplus'
      .split(' ')
      .map((op) => [op, elementwise('activation')]),
  ),
  ...Object.fromEntries(
    'RealDiv Maximum Minimum SquaredDifference Square Sqrt Rsqrt Exp Log Neg Abs Cast Erf ClipByValue'
      .split(' ')
      .map((op) => [op, elementwise(op)]),
  ),
};

function isShape(read: Read | undefined): read is Shape {
  return read !== null && read !== undefined && !isConstant(read);
}

function isMap(read: Read | undefined): read is Shape {
  return isShape(read) && read.length === 3;
}

/** Undefined for maps with their channels first. The kernel is not among a convolution's attributes. */
function windowOf(attributes: Attributes): Omit<WindowSettings, 'kernel'> | undefined {
  if ((attributes.text('data_format') ?? 'NHWC') !== 'NHWC') return undefined;
  const [, down = 1, across = 1] = attributes.integers('strides');
  const [, dilatedDown = 1, dilatedAcross = 1] = attributes.integers('dilations');
  const [, , top, bottom, left, right] = attributes.integers('explicit_paddings');
  const name = attributes.text('padding')?.toLowerCase();
  const padding =
    name === 'explicit' && right !== undefined
      ? ([
          [top!, bottom!],
          [left!, right],
        ] as const)
      : name;
  if (padding !== 'same' && padding !== 'valid' && typeof padding !== 'object') return undefined;
  if (down < 1 || across < 1 || dilatedDown < 1 || dilatedAcross < 1) return undefined;
  return { stride: [down, across], dilation: [dilatedDown, dilatedAcross], padding };
}
