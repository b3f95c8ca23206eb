/** Layers as ONNX operations. Maps are NCHW inside an ONNX graph, as its operations want them. */
import type { Sides } from '../arithmetic/padding.js';
import { resizeMatrix } from '../arithmetic/resize-matrix.js';
import { transpose } from '../formats/kernel-layout.js';
import type { OnnxAttribute, OnnxGraph } from '../formats/onnx-writer.js';
import type { NamedTensor, Weights } from '../formats/tensors.js';
import { withZeros } from '../models/connections.js';
import { generalisedMeanFloor, rootMeanSquareEpsilon, scaledTanh } from '../models/forward.js';
import { type LayerTable, perform } from '../models/layer-table.js';
import type { Activation, Layer, PoolLayer } from '../models/network.js';
import { UserError } from '../runtime/errors.js';

type Attributes = Readonly<Record<string, OnnxAttribute>>;

/** What one layer of the graph has at hand. */
interface Step {
  readonly graph: OnnxGraph;
  /** The first input. */
  readonly x: string;
  readonly inputs: readonly string[];
  /** A weight of the layer, in the graph under its own name. */
  weight(part: string): string;
}

/**
 * Writes one layer; returns the name of its output.
 *
 * @param write a weight in ONNX' layout into the graph, if not as it is; returns its name.
 */
export function writeOnnxLayer(
  graph: OnnxGraph,
  layer: Layer,
  inputs: readonly string[],
  weights: Weights,
  write: (part: string, name: string, tensor: NamedTensor) => string = (_, name, tensor) =>
    graph.tensor(name, tensor),
): string {
  const weight = (part: string) => {
    const name = `${layer.name}/${part}`;
    const tensor = weights.get(name);
    if (!tensor) throw new Error(`no weights named '${name}'`);
    return write(part, name, onnxLayout(layer, part, tensor));
  };
  return perform(operationsOf, layer, { graph, x: inputs[0]!, inputs, weight });
}

/**
 * A weight as it lies in the file: kernels of convolutions OIHW, zeros where nothing is connected; what goes with the
 * channels of a subsampled map [channels, 1, 1].
 */
export function onnxLayout(layer: Layer, part: string, tensor: NamedTensor): NamedTensor {
  if (layer.type === 'subsample') return { ...tensor, shape: [...tensor.shape, 1, 1] };
  if (part !== 'kernel') return tensor;
  if (layer.type === 'depthwise') return transpose(tensor, [2, 3, 0, 1]);
  if (layer.type !== 'convolution') return tensor;
  const whole = layer.connections ? withZeros(tensor, layer.connections) : tensor;
  return transpose(whole, [3, 2, 0, 1]);
}

const operationsOf: LayerTable<[Step], string> = {
  input: (_, { x }) => x,
  convolution: (layer, step) => convolution(layer, layer.groups, step),
  depthwise: (layer, step) => convolution(layer, layer.shape[2]!, step),
  subsample: (layer, { graph, x, weight }) => {
    // The sum over a window is its mean times its area.
    const means = graph.node('AveragePool', [x], averageAttributes(layer), layer);
    const sums = graph.node('Mul', [means, graph.scalar(layer.kernel[0] * layer.kernel[1])]);
    const scaled = graph.node('Mul', [sums, weight('coefficient')]);
    return activate(graph, graph.node('Add', [scaled, weight('bias')]), layer.activation);
  },
  maxPool: (layer, { graph, x }) => graph.node('MaxPool', [x], poolAttributes(layer), layer),
  averagePool: (layer, { graph, x }) => graph.node('AveragePool', [x], averageAttributes(layer), layer),
  globalAverage: ({ name }, { graph, x }) =>
    graph.node('Flatten', [graph.node('GlobalAveragePool', [x])], {}, { name }),
  globalMaximum: ({ name }, { graph, x }) =>
    graph.node('Flatten', [graph.node('GlobalMaxPool', [x])], {}, { name }),
  generalisedMean: ({ name, power }, { graph, x }) => {
    const values = graph.node('Max', [x, graph.scalar(generalisedMeanFloor)]);
    let raised = values;
    for (let i = 1; i < power; i++) raised = graph.node('Mul', [raised, values]);
    const mean = graph.node('Flatten', [graph.node('GlobalAveragePool', [raised])]);
    return graph.node('Pow', [mean, graph.scalar(1 / power)], {}, { name });
  },
  flatten: ({ name }, { graph, x }) => {
    // Weights that read it expect the channels to change fastest.
    const nhwc = graph.node('Transpose', [x], { perm: { ints: [0, 2, 3, 1] } });
    return graph.node('Flatten', [nhwc], {}, { name });
  },
  dense: ({ name, bias, activation }, { graph, x, weight }) => {
    const inputs = [x, weight('kernel'), ...(bias ? [weight('bias')] : [])];
    return activate(graph, graph.node('Gemm', inputs, {}, { name }), activation);
  },
  radialBasis: ({ name, prototypes }, { graph, x }) => {
    // −|x − w|² = 2x·w − |x|² − |w|² for each prototype w
    const doubled = Float32Array.from(prototypes.flat(), (value) => 2 * value);
    const rows = graph.tensor(`${name}/prototypes`, {
      shape: [prototypes.length, prototypes[0]!.length],
      data: doubled,
    });
    const products = graph.node('Gemm', [x, rows], { transB: { int: 1 } });
    const own = graph.node('ReduceSumSquare', [x], { axes: { ints: [1] }, keepdims: { int: 1 } });
    const norms = prototypes.map((row) => row.reduce((sum, value) => sum + value ** 2, 0));
    const theirs = graph.tensor(`${name}/norms`, { shape: [norms.length], data: Float32Array.from(norms) });
    return graph.node('Sub', [graph.node('Sub', [products, own]), theirs], {}, { name });
  },
  dropout: (_, { x }) => x,
  batchNorm: ({ name, epsilon, activation }, { graph, x, weight }) => {
    const inputs = [x, ...['gamma', 'beta', 'mean', 'variance'].map(weight)];
    const y = graph.node('BatchNormalization', inputs, { epsilon: { float: epsilon } }, { name });
    return activate(graph, y, activation);
  },
  localResponseNorm: ({ name, depthRadius, bias, alpha, beta }, { graph, x }) => {
    // ONNX divides alpha by the window's size, as Caffe does.
    const size = 2 * depthRadius + 1;
    const attributes = {
      size: { int: size },
      alpha: { float: alpha * size },
      beta: { float: beta },
      bias: { float: bias },
    };
    return graph.node('LRN', [x], attributes, { name });
  },
  rootMeanSquareNorm: ({ name, shape }, { graph, x }) => {
    const axes = { ints: shape.map((_, i) => i + 1) };
    const squares = graph.node('Mul', [x, x]);
    const mean = graph.node('ReduceMean', [squares], { axes, keepdims: { int: 1 } });
    const root = graph.node('Sqrt', [graph.node('Add', [mean, graph.scalar(rootMeanSquareEpsilon)])]);
    return graph.node('Div', [x, root], {}, { name });
  },
  activation: ({ activation }, { graph, x }) => activate(graph, x, activation),
  add: ({ activation }, { graph, inputs }) =>
    activate(
      graph,
      inputs.reduce((sum, input) => graph.node('Add', [sum, input])),
      activation,
    ),
  resize: ({ name, shape, from }, { graph, x }) => {
    // ONNX' own Resize has no antialiasing in opset 17
    const [height, width] = shape as [number, number];
    const down = { shape: [height, from[0]], data: resizeMatrix(from[0], height) };
    const across = transpose({ shape: [width, from[1]], data: resizeMatrix(from[1], width) }, [1, 0]);
    const lower = graph.node('MatMul', [graph.tensor(`${name}/down`, down), x]);
    return graph.node('MatMul', [lower, graph.tensor(`${name}/across`, across)], {}, { name });
  },
  concatenate: ({ name }, { graph, inputs }) => graph.node('Concat', inputs, { axis: { int: 1 } }, { name }),
};

interface Window {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: Sides;
}

function convolution(
  layer: Window & { readonly name: string; readonly bias: boolean; readonly activation?: Activation },
  groups: number,
  { graph, x, weight }: Step,
): string {
  const inputs = [x, weight('kernel'), ...(layer.bias ? [weight('bias')] : [])];
  const attributes = { ...windowAttributes(layer), group: { int: groups } };
  return activate(graph, graph.node('Conv', inputs, attributes, { name: layer.name }), layer.activation);
}

function windowAttributes({ kernel, stride, padding }: Window): Attributes {
  const { top, bottom, left, right } = padding;
  return {
    kernel_shape: { ints: kernel },
    strides: { ints: stride },
    pads: { ints: [top, left, bottom, right] },
  };
}

/** @throws UserError where a window could lie in the padding altogether, which ONNX' poolings refuse. */
function poolAttributes(layer: Window & Pick<PoolLayer, 'name'>): Attributes {
  const { name, kernel, padding } = layer;
  if (
    Math.max(padding.top, padding.bottom) >= kernel[0] ||
    Math.max(padding.left, padding.right) >= kernel[1]
  ) {
    throw new UserError(
      `Layer '${name}' cannot be written as ONNX: its padding is as large as its window, which ONNX' poolings do not allow. Export as savedmodel or tfjs.`,
    );
  }
  return windowAttributes(layer);
}

/** Zeros of the padding count. */
function averageAttributes(layer: Window & Pick<PoolLayer, 'name'>): Attributes {
  return { ...poolAttributes(layer), count_include_pad: { int: 1 } };
}

function activate(graph: OnnxGraph, x: string, activation: Activation | undefined): string {
  switch (activation) {
    case undefined:
      return x;
    case 'relu':
      return graph.node('Relu', [x]);
    case 'relu6':
      return graph.node('Clip', [x, graph.scalar(0), graph.scalar(6)]);
    case 'sigmoid':
      return graph.node('Sigmoid', [x]);
    case 'tanh':
      return graph.node('Tanh', [x]);
    case 'scaledTanh': {
      const squashed = graph.node('Tanh', [graph.node('Mul', [x, graph.scalar(scaledTanh.inner)])]);
      return graph.node('Mul', [squashed, graph.scalar(scaledTanh.outer)]);
    }
    case 'softmax':
      return graph.node('Softmax', [x], { axis: { int: 1 } });
  }
}
