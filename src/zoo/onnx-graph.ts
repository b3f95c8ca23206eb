import type { OnnxModel } from '../formats/onnx.js';
import type { OnnxNode } from '../formats/onnx-node.js';
import { transpose } from '../formats/kernel-layout.js';
import type { NamedTensor } from '../formats/tensors.js';

/** A place in an ONNX graph that counts when its structure is held against a network's. */
export type Unit =
  | { readonly kind: 'input' }
  /** An operation with weights; `bias` may come from an addition after it. */
  | { readonly kind: 'weighted'; readonly node: OnnxNode; readonly bias?: NamedTensor }
  | { readonly kind: 'add' | 'concatenate'; readonly inputs: readonly string[] }
  /** An operation that no network here has. */
  | { readonly kind: 'other'; readonly inputs: readonly string[] };

/** Operations without weights, of one input, that move no channel past another. */
const passing = new Set(
  [
    'Relu',
    'Clip',
    'Sigmoid',
    'Tanh',
    'Softmax',
    'LogSoftmax',
    'MaxPool',
    'AveragePool',
    'GlobalAveragePool',
  ].concat(
    [
      'Dropout',
      'Identity',
      'Flatten',
      'Reshape',
      'Squeeze',
      'Unsqueeze',
      'Transpose',
      'Pad',
      'Cast',
      'ReduceMean',
    ],
    ['LRN', 'Min', 'Max'],
  ),
);

const weighted = new Set(['Conv', 'Gemm', 'MatMul', 'BatchNormalization']);

/** An ONNX model's graph, walked from values back to what they are made of. */
export class OnnxGraph {
  readonly #tensors: ReadonlyMap<string, NamedTensor>;
  readonly #nodes: readonly OnnxNode[];
  readonly #makers: ReadonlyMap<string, OnnxNode>;

  constructor({ tensors, nodes }: OnnxModel) {
    this.#tensors = tensors;
    this.#nodes = nodes;
    this.#makers = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  }

  /** What the operations that count put out, the last one first. */
  get ends(): string[] {
    const counting = this.#nodes.filter(({ operation }) => {
      return weighted.has(operation) || operation === 'Add' || operation === 'Sum' || operation === 'Concat';
    });
    return counting.flatMap(({ outputs }) => outputs.slice(0, 1)).reverse();
  }

  /** The unit that a value comes from, past everything that does not count. */
  unitOf(value: string): Unit {
    let at = value;
    let bias: NamedTensor | undefined;
    for (let steps = 0; steps < this.#nodes.length + 1; steps++) {
      const node = this.#makers.get(at);
      if (!node) return { kind: 'input' };
      const { operation, inputs } = node;
      const moving = inputs.filter((input) => input !== '' && !this.#isConstant(input));
      if (weighted.has(operation)) return { kind: 'weighted', node, ...(bias && { bias }) };
      if (operation === 'Concat' && moving.length > 1) return { kind: 'concatenate', inputs: moving };
      if (operation === 'Add' || operation === 'Sum') {
        if (moving.length > 1) return { kind: 'add', inputs: moving };
        const constant = inputs.find((input) => input !== moving[0]);
        if (bias || moving.length === 0) return { kind: 'other', inputs: moving };
        bias = flat(this.weight(constant ?? ''));
      } else if (!passing.has(operation)) {
        return { kind: 'other', inputs: moving };
      }
      const [first = ''] = inputs;
      at = this.#isConstant(first) ? (moving[0] ?? '') : first;
    }
    return { kind: 'other', inputs: [] };
  }

  #isConstant(name: string): boolean {
    return this.#tensors.has(name) || this.#tensors.has(this.#handedOn(name)?.inputs[0] ?? '');
  }

  /** The operation that gives a value its name without computing anything. */
  #handedOn(name: string): OnnxNode | undefined {
    const node = this.#makers.get(name);
    return node && ['Identity', 'Cast', 'Transpose'].includes(node.operation) ? node : undefined;
  }

  /** A tensor of the file by name, also through operations that only hand it on or turn it. */
  weight(name: string): NamedTensor | undefined {
    const tensor = this.#tensors.get(name);
    if (tensor) return tensor;
    const { operation, inputs = [] } = this.#handedOn(name) ?? {};
    const source = this.#tensors.get(inputs[0] ?? '');
    return source && operation === 'Transpose' && source.shape.length === 2
      ? transpose(source, [1, 0])
      : source;
  }

  /** Whether a value depends on no operation with weights, as what feeds a network does. */
  isInput(value: string): boolean {
    const seen = new Set<string>();
    const rest = [value];
    for (let at = rest.pop(); at !== undefined; at = rest.pop()) {
      if (seen.has(at)) continue;
      seen.add(at);
      const node = this.#makers.get(at);
      if (node && weighted.has(node.operation)) return false;
      rest.push(...(node?.inputs ?? []));
    }
    return true;
  }
}

/** [1, channels, 1, 1] and the like as [channels]. */
function flat(tensor: NamedTensor | undefined): NamedTensor | undefined {
  return tensor && { shape: [tensor.data.length], data: tensor.data };
}
