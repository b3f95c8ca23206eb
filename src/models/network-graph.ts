/** Networks written as TensorFlow graphs, straight from their list of layers. */
import { resizeMatrix } from '../arithmetic/resize-matrix.js';
import { withZeros } from './connections.js';
import { type LayerOf, type LayerTable, perform } from './layer-table.js';
import { generalisedMeanFloor, rootMeanSquareEpsilon } from './forward.js';
import type {
  Activation,
  BatchNormLayer,
  ConvolutionLayer,
  Layer,
  Network,
  PoolLayer,
  Shape,
} from './network.js';
import type { Sides } from '../arithmetic/padding.js';
import type { NamedTensor, Weights } from '../formats/tensors.js';
import { type Attributes, DataType, type GraphBuilder, type Output } from '../graph/graph-def.js';
import { toBfloat16, toFloat16 } from '../formats/half-precision.js';

/** In what type a graph computes. */
export type FloatType = 'float32' | 'float16' | 'bfloat16';

/** Writes layers with their weights as constants into a graph. */
export class NetworkWriter {
  readonly graph: GraphBuilder;
  readonly #weights: Weights;
  readonly #type: FloatType;
  readonly #sizes: 'fixed' | 'any';

  /** @param sizes `fixed`: pictures are always as large as the layers say; such a graph may be faster. */
  constructor(
    graph: GraphBuilder,
    weights: Weights,
    type: FloatType = 'float32',
    sizes: 'fixed' | 'any' = 'any',
  ) {
    this.graph = graph;
    this.#weights = weights;
    this.#type = type;
    this.#sizes = sizes;
  }

  /**
   * Writes a whole network; returns the outputs of its layers by name.
   *
   * @param done outputs that are there already. A layer without one is left out too: nobody else reads it.
   */
  outputs(network: Network, input: Output, done: ReadonlyMap<string, Output | undefined> = new Map()) {
    const outputs = new Map<string, Output>();
    for (const [name, output] of done) if (output) outputs.set(name, output);
    for (const layer of network.layers) {
      if (done.has(layer.name)) continue;
      const inputs = layer.inputs.map((name) => outputs.get(name)!);
      outputs.set(layer.name, layer.type === 'input' ? input : this.layer(layer, inputs));
    }
    return outputs;
  }

  /** Writes one layer that reads `inputs`; returns its output. */
  layer(layer: Exclude<Layer, { type: 'input' }>, inputs: readonly Output[]): Output {
    return perform(this.#write, layer, inputs[0]!, inputs);
  }

  readonly #write: LayerTable<[x: Output, inputs: readonly Output[]], Output> = {
    input: (_, x) => x,
    convolution: (layer, x) => this.#convolution(layer, x),
    depthwise: (layer, x) => this.#depthwise(layer, x),
    subsample: (layer, x) => this.#subsample(layer, x),
    maxPool: (layer, x) => this.#pool('MaxPool', layer, x, -3.4e38),
    averagePool: (layer, x) => this.#pool('AvgPool', layer, x, 0),
    globalAverage: ({ name }, x) =>
      this.#node('Mean', [x, this.graph.ints([1, 2])], { Tidx: int32 }, { name }),
    globalMaximum: ({ name }, x) =>
      this.#node('Max', [x, this.graph.ints([1, 2])], { Tidx: int32 }, { name }),
    generalisedMean: (layer, x) => this.#generalisedMean(layer, x),
    flatten: ({ name, shape }, x) =>
      this.#node('Reshape', [x, this.graph.ints([-1, shape[0]!])], { Tshape: int32 }, { name }),
    dense: (layer, x) => this.#finish(this.#node('MatMul', [x, this.#weight(layer, 'kernel')]), layer),
    radialBasis: (layer, x) => this.#radialBasis(layer, x),
    dropout: (_, x) => x,
    batchNorm: (layer, x) => this.#batchNorm(layer, x),
    localResponseNorm: (layer, x) => this.#localResponseNorm(layer, x),
    rootMeanSquareNorm: (layer, x) => this.#rootMeanSquareNorm(layer, x),
    activation: ({ activation }, x) => this.#activate(x, activation),
    add: ({ name, activation }, _, inputs) =>
      this.#activate(this.#node('AddN', inputs, { N: { int: inputs.length } }, { name }), activation),
    resize: (layer, x) => this.#resize(layer, x),
    concatenate: ({ name, shape }, _, inputs) => {
      const axis = this.graph.scalar(shape.length, DataType.int32);
      return this.#node('ConcatV2', [...inputs, axis], { N: { int: inputs.length } }, { name });
    },
  };

  /** Zeros (or another value) around a map, where TensorFlow's op has no such padding of its own. */
  pad(x: Output, { top, bottom, left, right }: Sides, value = 0): Output {
    if (top + bottom + left + right === 0) return x;
    const sides = Int32Array.of(0, 0, top, bottom, left, right, 0, 0);
    const paddings = this.graph.constant(sides, [4, 2], DataType.int32);
    return this.#node('PadV2', [x, paddings, this.#scalar(value)]);
  }

  #convolution(layer: ConvolutionLayer, x: Output): Output {
    const { connections } = layer;
    const kernel = connections
      ? this.constant(withZeros(this.#tensor(layer, 'kernel'), connections))
      : this.#weight(layer, 'kernel');
    const attributes = windowAttributes(layer);
    if (layer.groups === 1) return this.#finish(this.#node('Conv2D', [x, kernel], attributes), layer);
    const { groups } = layer;
    const split = (from: Output) => {
      const axis = this.graph.scalar(3, DataType.int32);
      const first = this.#node('Split', [axis, from], { num_split: { int: groups } });
      return Array.from({ length: groups }, (_, i) => `${first.slice(0, -1)}${i}` as Output);
    };
    const kernels = split(kernel);
    const parts = split(x).map((part, i) => this.#node('Conv2D', [part, kernels[i]!], attributes));
    const axis = this.graph.scalar(3, DataType.int32);
    return this.#finish(this.#node('ConcatV2', [...parts, axis], { N: { int: groups } }), layer);
  }

  #depthwise(layer: LayerOf<'depthwise'>, x: Output): Output {
    const padded = this.pad(x, layer.padding);
    const attributes = windowAttributes({ ...layer, padding: noPadding });
    return this.#finish(
      this.#node('DepthwiseConv2dNative', [padded, this.#weight(layer, 'kernel')], attributes),
      layer,
    );
  }

  /** The sum over a window is its mean times its area, which goes into the coefficient. */
  #subsample(layer: LayerOf<'subsample'>, x: Output): Output {
    const means = this.#node('AvgPool', [this.pad(x, layer.padding)], poolAttributes(layer));
    const { shape, data } = this.#tensor(layer, 'coefficient');
    const area = layer.kernel[0] * layer.kernel[1];
    const factor = this.constant({ shape, data: data.map((value) => area * value) });
    return this.#finish(this.#node('Mul', [means, factor]), { ...layer, bias: true });
  }

  /** −|x − w|² = 2x·w − |x|² − |w|² for each prototype w. */
  #radialBasis({ prototypes }: LayerOf<'radialBasis'>, x: Output): Output {
    const doubled = Float32Array.from(prototypes.flat(), (value) => 2 * value);
    const rows = this.constant({ shape: [prototypes.length, prototypes[0]!.length], data: doubled });
    const products = this.#node('MatMul', [x, rows], { transpose_b: { bool: true } });
    const axes = this.graph.ints([1]);
    const own = this.#node('Sum', [this.#node('Square', [x]), axes], { keep_dims: { bool: true } });
    const norms = prototypes.map((row) => row.reduce((sum, value) => sum + value ** 2, 0));
    const theirs = this.constant({ shape: [norms.length], data: Float32Array.from(norms) });
    return this.#node('Sub', [this.#node('Sub', [products, own]), theirs]);
  }

  #pool(op: string, layer: PoolLayer, x: Output, padding: number): Output {
    const attributes = poolAttributes(layer);
    return this.#node(op, [this.pad(x, layer.padding, padding)], attributes, { name: layer.name });
  }

  /** In float32 whatever the graph's type: TensorFlow has no other for CPUs. */
  #localResponseNorm(
    { name, depthRadius, bias, alpha, beta }: LayerOf<'localResponseNorm'>,
    x: Output,
  ): Output {
    const attributes = {
      depth_radius: { int: depthRadius },
      bias: { float: bias },
      alpha: { float: alpha },
      beta: { float: beta },
    };
    const wide = castTo(this.graph, x, this.#type, 'float32');
    const y = this.graph.node('LRN', [wide], { T: { type: DataType.float32 }, ...attributes }, { name });
    return castTo(this.graph, y, 'float32', this.#type);
  }

  /** In float32 whatever the graph's type: pixels are exact in no half. */
  #resize(layer: LayerOf<'resize'>, x: Output): Output {
    const float32 = { T: { type: DataType.float32 } };
    const { graph } = this;
    const [height, width, channels] = layer.shape as [number, number, number];
    const [heightBefore, widthBefore] = layer.from;
    const reshaped = (from: Output, shape: readonly number[]) =>
      graph.node('Reshape', [from, graph.ints(shape)], { ...float32, Tshape: int32 });
    const matrix = (to: number, from: number) =>
      graph.constant(resizeMatrix(from, to), [to, from], DataType.float32);
    const rows = reshaped(castTo(graph, x, this.#type, 'float32'), [
      -1,
      heightBefore,
      widthBefore * channels,
    ]);
    const lower = graph.node('BatchMatMulV2', [matrix(height, heightBefore), rows], float32);
    const columns = reshaped(lower, [-1, widthBefore, channels]);
    const resized = graph.node('BatchMatMulV2', [matrix(width, widthBefore), columns], float32);
    const map = reshaped(resized, [-1, height, width, channels]);
    return castTo(graph, map, 'float32', this.#type);
  }

  /** In float32 whatever the graph's type: a half's powers overflow. */
  #generalisedMean({ name, power }: LayerOf<'generalisedMean'>, x: Output): Output {
    const float32 = { T: { type: DataType.float32 } };
    const { graph } = this;
    const wide = castTo(graph, x, this.#type, 'float32');
    const values = graph.node('Maximum', [wide, graph.scalar(generalisedMeanFloor)], float32);
    let raised = values;
    for (let i = 1; i < power; i++) raised = graph.node('Mul', [raised, values], float32);
    const mean = graph.node('Mean', [raised, graph.ints([1, 2])], { ...float32, Tidx: int32 });
    const root = graph.node('Pow', [mean, graph.scalar(1 / power)], float32, { name });
    return castTo(graph, root, 'float32', this.#type);
  }

  #rootMeanSquareNorm({ name, shape }: LayerOf<'rootMeanSquareNorm'>, x: Output): Output {
    const axes = this.graph.ints(shape.map((_, i) => i + 1));
    const squares = this.#node('Mean', [this.#node('Square', [x]), axes], { keep_dims: { bool: true } });
    const root = this.#node('Sqrt', [this.#node('AddV2', [squares, this.#scalar(rootMeanSquareEpsilon)])]);
    return this.#node('RealDiv', [x, root], {}, { name });
  }

  #batchNorm(layer: BatchNormLayer, x: Output): Output {
    const [gamma, beta, mean, variance] = ['gamma', 'beta', 'mean', 'variance'].map(
      (part) => this.#tensor(layer, part).data,
    );
    const scale = gamma!.map((value, i) => value / Math.sqrt(variance![i]! + layer.epsilon));
    const shift = beta!.map((value, i) => value - mean![i]! * scale[i]!);
    const width = this.#sizes === 'fixed' ? rowsWorthwhile(layer.shape) : undefined;
    const row = (part: string, data: Float32Array) =>
      this.constant(width ? repeated(data, width) : { shape: [data.length], data }, `${layer.name}/${part}`);
    const rows = width ? this.#reshape(x, [-1, width * scale.length]) : x;
    const scaled = this.#node('AddV2', [this.#node('Mul', [rows, row('scale', scale)]), row('shift', shift)]);
    const y = width ? this.#reshape(scaled, [-1, ...layer.shape]) : scaled;
    return this.#activate(y, layer.activation);
  }

  #reshape(x: Output, shape: readonly number[]): Output {
    return this.#node('Reshape', [x, this.graph.ints(shape)], { Tshape: int32 });
  }

  /** The bias and the activation of a layer. */
  #finish(
    x: Output,
    layer: { readonly name: string; readonly bias: boolean; readonly activation?: Activation },
  ): Output {
    const y = layer.bias ? this.#node('BiasAdd', [x, this.#weight(layer, 'bias')]) : x;
    return this.#activate(y, layer.activation);
  }

  #activate(x: Output, activation: Activation | undefined): Output {
    if (!activation) return x;
    if (activation !== 'scaledTanh') return this.#node(activationOps[activation], [x]);
    const squashed = this.#node('Tanh', [this.#node('Mul', [x, this.#scalar(2 / 3)])]);
    return this.#node('Mul', [squashed, this.#scalar(1.7159)]);
  }

  /** A constant in the type that the graph computes in. */
  constant({ shape, data }: NamedTensor, name?: string): Output {
    const values = { float32: (d: Float32Array) => d, float16: toFloat16, bfloat16: toBfloat16 }[this.#type](
      data,
    );
    return this.graph.constant(values, shape, DataType[this.#type], name);
  }

  #scalar(value: number): Output {
    return this.constant({ shape: [], data: Float32Array.of(value) });
  }

  #weight(layer: { readonly name: string }, part: string): Output {
    return this.constant(this.#tensor(layer, part), `${layer.name}/${part}`);
  }

  #tensor(layer: { readonly name: string }, part: string): NamedTensor {
    const tensor = this.#weights.get(`${layer.name}/${part}`);
    if (!tensor) throw new Error(`no weights named '${layer.name}/${part}'`);
    return tensor;
  }

  #node(
    op: string,
    inputs: readonly Output[],
    attributes: Attributes = {},
    options: { name?: string } = {},
  ): Output {
    return this.graph.node(op, inputs, { T: { type: DataType[this.#type] }, ...attributes }, options);
  }
}

/** The same values in another type. */
export function castTo(graph: GraphBuilder, x: Output, from: FloatType | 'uint8', to: FloatType): Output {
  if (from === to) return x;
  return graph.node('Cast', [x], { SrcT: { type: DataType[from] }, DstT: { type: DataType[to] } });
}

/**
 * How many places of a map's row are scaled as one where channels are too few for the processor's vectors, as pixels' are:
 * TensorFlow then goes over them one by one. In float32 0.38 and 0.09 ms a picture of 224 × 224 with three channels and with
 * rows, in bfloat16 0.68 and 0.10 (16 at once, two cores); the values are the same to the bit.
 */
function rowsWorthwhile(shape: Shape): number | undefined {
  return shape.length === 3 && shape[2]! < 16 ? shape[1] : undefined;
}

function repeated(data: Float32Array, times: number): NamedTensor {
  const length = data.length * times;
  return { shape: [length], data: Float32Array.from({ length }, (_, i) => data[i % data.length]!) };
}

const int32 = { type: DataType.int32 };
const noPadding: Sides = { top: 0, bottom: 0, left: 0, right: 0 };

const activationOps = {
  relu: 'Relu',
  relu6: 'Relu6',
  sigmoid: 'Sigmoid',
  tanh: 'Tanh',
  softmax: 'Softmax',
} as const;

interface Window {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: Sides;
}

/** Strides and padding of a convolution. */
function windowAttributes({ stride, padding }: Window): Attributes {
  const { top, bottom, left, right } = padding;
  const strides = { ints: [1, ...stride, 1] };
  if (top + bottom + left + right === 0) return { strides, padding: { text: 'VALID' } };
  const sides = [0, 0, top, bottom, left, right, 0, 0];
  return { strides, padding: { text: 'EXPLICIT' }, explicit_paddings: { ints: sides } };
}

/** Window and strides of a pooling whose map has been padded. */
export function poolAttributes({ kernel, stride }: Window): Attributes {
  return {
    ksize: { ints: [1, ...kernel, 1] },
    strides: { ints: [1, ...stride, 1] },
    padding: { text: 'VALID' },
  };
}
