import type { Tensor, Variable } from '@tensorflow/tfjs';
import { UserError } from '../runtime/errors.js';
import { type NativeBinding, tf } from '../runtime/tensorflow.js';
import {
  dataTypeOf,
  fromNative,
  nativeId,
  type TensorFlowBackend,
  tensorFlowBackend,
  withReplaced,
} from './backend.js';
import { type Attributes, type ConstantValues, GraphBuilder, type Output, output } from './graph-def.js';
import { addExecuted } from './amended-ops.js';
import { withNativeGradients } from './native-gradients.js';
import { type OptimiserStep, uncountedSteps } from './optimiser-steps.js';
import type { Message } from '../formats/protobuf-writer.js';
import type { SessionState } from './session-state.js';
import { withTracedKernels } from './traced-kernels.js';

export interface RecorderOptions {
  /** For messages. */
  readonly name: string;
  /** Begins the names of the nodes. */
  readonly prefix: string;
  /** Tensors from outside that may be read and never change. */
  readonly constants: readonly Tensor[] | 'all';
  /** Gives variables and large constants their places in the session. */
  readonly state: SessionState;
}

/** A call, written down. */
export interface Recording {
  /** Its nodes. */
  readonly fragment: Message;
  /** The placeholders to feed. */
  readonly inputs: readonly Output[];
  /** What to fetch: the results, then a node that runs the updates of variables when there are any. */
  readonly fetches: readonly Output[];
  /** Steps of TF.js' optimisers in it, which are yet to be counted. */
  readonly steps: readonly OptimiserStep[];
}

export interface CreatedVariable {
  readonly variable: Variable;
  /** What it was made with; the receiver disposes of it. */
  readonly value: Tensor;
}

/** Constants of at most this many values are written into the graph, where they can be folded. */
const smallConstant = 1024;

const recorders = new WeakMap<NativeBinding, Recorder>();

/** The recorder whose stand-in for the addon is in place, while a function is being traced. */
export function currentRecorder(): Recorder | undefined {
  return recorders.get(tensorFlowBackend().binding);
}

/** Stands in for the native addon while a function runs, and notes what it does. */
export class Recorder {
  readonly #name: string;
  readonly #graph: GraphBuilder;
  readonly #state: SessionState;
  readonly #backend: TensorFlowBackend;
  readonly #real: NativeBinding;
  readonly #recording: NativeBinding;
  readonly #inputs: readonly Tensor[];
  readonly #placeholders: readonly Output[];
  readonly #captureAll: boolean;
  /** Which node's output a native tensor is. */
  readonly #nodes = new Map<number, Output>();
  /** Native tensors from before the call that the function may read. */
  readonly #outside = new Map<number, { tensor: Tensor; variable: boolean }>();
  /** The native id that each variable had last, as far as the graph knows. */
  readonly #lastId = new Map<Variable, number>();
  /** Nodes that read or update a variable, which a later update must wait for. */
  readonly #uses = new Map<Variable, Output[]>();
  readonly #updates: Output[] = [];
  /** Values that the function itself made in JavaScript. */
  readonly #made = new WeakSet<object>();
  /** Variables that the call made. */
  readonly created: CreatedVariable[] = [];
  /** What the function was refused first; it may have caught the error, or be waiting for a promise. */
  #refused: UserError | undefined;

  constructor(
    { name, prefix, constants, state }: RecorderOptions,
    inputs: readonly Tensor[],
    variables: readonly Variable[],
  ) {
    this.#name = name;
    this.#graph = new GraphBuilder(`${prefix}/`);
    this.#state = state;
    this.#backend = tensorFlowBackend();
    this.#real = this.#backend.binding;
    this.#inputs = inputs;
    this.#captureAll = constants === 'all';
    for (const tensor of constants === 'all' ? [] : constants) {
      if (tensor.isDisposed) throw this.#refusal('has a constant that has been disposed of', 'keep it');
      this.#outside.set(nativeId(tensor), { tensor, variable: false });
    }
    for (const variable of variables) {
      this.#outside.set(nativeId(variable), { tensor: variable, variable: true });
      this.#lastId.set(variable, nativeId(variable));
    }
    this.#placeholders = inputs.map((input, i) => {
      const placeholder = this.#graph.placeholder(dataTypeOf(input), input.shape, `input${i}`);
      this.#nodes.set(nativeId(input), placeholder);
      return placeholder;
    });
    this.#recording = Object.create(this.#real, {
      executeOp: { value: this.#executeOp },
      createTensor: { value: this.#createTensor },
      tensorDataSync: { value: this.#tensorDataSync },
    }) as NativeBinding;
    recorders.set(this.#recording, this);
  }

  /** Calls the function with its inputs and writes it down. */
  run(fn: (...inputs: Tensor[]) => Tensor[]): Recording {
    const engine = tf.engine();
    const { created } = this;
    const { makeVariable } = engine;
    const { move } = this.#backend;
    const outputs: Output[] = [];
    let steps: OptimiserStep[] = [];
    let results: Tensor[] = [];
    withReplaced(
      [
        [this.#backend, 'binding', this.#recording],
        [
          this.#backend,
          'move',
          (...call: Parameters<typeof move>) => {
            this.#made.add(call[1]);
            move.apply(this.#backend, call);
          },
        ],
        [
          engine,
          'makeVariable',
          (...call: Parameters<typeof makeVariable>) => {
            const value = tf.keep(call[0].clone());
            const variable = makeVariable.apply(engine, call);
            created.push({ variable, value });
            return variable;
          },
        ],
        [this.#backend, 'read', () => this.#refuseToWait()],
        [Math, 'random', () => this.#refuseRandom()],
      ],
      () =>
        tf.tidy(() => {
          for (const input of this.#inputs) this.#refuseStrings(dataTypeOf(input));
          steps = uncountedSteps(() => {
            results = withTracedKernels(() => withNativeGradients(() => fn(...this.#inputs)));
          });
          if (this.#refused) throw this.#refused;
          for (const tensor of results) outputs.push(this.#result(tensor, outputs.length));
          for (const variable of this.#lastId.keys()) this.#store(variable);
        }),
    );
    const done = this.#updates.length > 0 ? [this.#graph.after(this.#updates, 'updates')] : [];
    const fragment = this.#graph.fragment();
    return { fragment, inputs: this.#placeholders, fetches: [...outputs, ...done], steps };
  }

  /** See `updateInPlace`. */
  update(
    op: string,
    variables: readonly Variable[],
    inputs: readonly Tensor[],
    attributes: Attributes,
    values: () => Tensor[],
  ): void {
    const inputNodes = this.#backend.getInputTensorIds(inputs).map((id) => this.#nodeOf(id));
    for (const variable of variables) {
      // Whoever still holds the old value must not read the new one.
      this.#nodeOf(this.#lastId.get(variable) ?? nativeId(variable));
      this.#store(variable);
    }
    const handles = variables.map((variable) => this.#state.handle(variable, true));
    const after = variables.flatMap((variable) => this.#uses.get(variable) ?? []);
    const node = this.#graph.node(op, [...handles, ...inputNodes], attributes, { after });
    this.#updates.push(node);
    const next = withReplaced([[this.#backend, 'binding', this.#real]], values);
    variables.forEach((variable, i) => {
      variable.assign(next[i]!);
      this.#uses.set(variable, [node]);
      const id = nativeId(variable);
      this.#outside.set(id, { tensor: variable, variable: true });
      this.#lastId.set(variable, id);
    });
  }

  readonly #executeOp: NativeBinding['executeOp'] = (op, attributes, inputs, outputs) => {
    const inputNodes = inputs.map((id) => this.#nodeOf(id));
    const results = this.#real.executeOp(op, attributes, inputs, outputs);
    const given = fromNative(this.#real, attributes);
    const node = addExecuted(this.#graph, op, inputNodes, given, results[0]?.dtype);
    results.forEach(({ id }, i) => {
      this.#nodes.set(id, output(node, i));
    });
    return results;
  };

  readonly #createTensor: NativeBinding['createTensor'] = (shape, type, values) => {
    if (!this.#made.has(values as object) && !this.#captureAll) throw this.#outsider(shape);
    this.#refuseStrings(type);
    const id = this.#real.createTensor(shape, type, values);
    this.#nodes.set(id, this.#graph.constant((values as ConstantValues).slice(), shape, type));
    return id;
  };

  readonly #tensorDataSync: NativeBinding['tensorDataSync'] = () => {
    throw this.#refusal(
      "reads a tensor's values (data, dataSync, array, arraySync or print), which do not exist while it is traced",
      'return the tensor, or compute with it',
    );
  };

  /** A promise that never settles: an error in it would end a program that does not wait for it. */
  #refuseToWait(): Promise<never> {
    try {
      this.#tensorDataSync(-1);
    } catch {
      // Noted, and thrown when the function returns.
    }
    return new Promise(() => {});
  }

  /** The node that a native tensor comes from; tensors from outside become nodes when they are first read. */
  #nodeOf(id: number): Output {
    const known = this.#nodes.get(id);
    if (known) return known;
    const outside = this.#outside.get(id);
    if (!outside && !this.#captureAll) throw this.#outsider();
    const node = outside?.variable
      ? this.#readVariable(outside.tensor as Variable)
      : this.#captured(id, outside?.tensor);
    this.#nodes.set(id, node);
    return node;
  }

  #readVariable(variable: Variable): Output {
    const handle = this.#state.handle(variable, true);
    const dtype = { type: dataTypeOf(variable) };
    this.#refuseStrings(dtype.type);
    const uses = this.#uses.get(variable) ?? [];
    const node = this.#graph.node('ReadVariableOp', [handle], { dtype }, { after: uses });
    this.#uses.set(variable, [...uses, node]);
    return node;
  }

  /** A node for a tensor from outside that does not change. */
  #captured(id: number, tensor: Tensor | undefined): Output {
    if (tensor) this.#refuseStrings(dataTypeOf(tensor));
    if (tensor && tensor.size > smallConstant) {
      const handle = this.#state.handle(tensor, false);
      return this.#graph.node('ReadVariableOp', [handle], { dtype: { type: dataTypeOf(tensor) } });
    }
    const [copy] = this.#real.executeOp('Identity', [], [id], 1);
    const values = this.#real.tensorDataSync(id);
    this.#real.deleteTensor(copy!.id);
    this.#refuseStrings(copy!.dtype);
    return this.#graph.constant(values, copy!.shape, copy!.dtype);
  }

  /** Writes a variable's new value into the session, if the function has assigned one. */
  #store(variable: Variable): void {
    if (variable.isDisposed) return;
    const id = nativeId(variable);
    const last = this.#lastId.get(variable);
    if (id === last) return;
    const inputs = [this.#state.handle(variable, true), this.#nodeOf(id)];
    const dtype = { type: dataTypeOf(variable) };
    const after = this.#uses.get(variable) ?? [];
    const node = this.#graph.node('AssignVariableOp', inputs, { dtype }, { after });
    this.#updates.push(node);
    this.#uses.set(variable, [node]);
    this.#lastId.set(variable, id);
  }

  /** A node of its own for each result: a session fetches no name twice, and nothing that is fed. */
  #result(tensor: Tensor, index: number): Output {
    const node = this.#nodeOf(nativeId(tensor));
    const type = dataTypeOf(tensor);
    this.#refuseStrings(type);
    return this.#graph.node('Identity', [node], { T: { type } }, { name: `output${index}` });
  }

  /** A session loses strings of more than 22 bytes, whether they go in or come out. */
  #refuseStrings(type: number): void {
    if (type === this.#real['TF_STRING']) throw this.#refusal('handles strings', 'keep them outside');
  }

  #refuseRandom(): never {
    throw this.#refusal(
      'draws random numbers in JavaScript, which would be the same at every call',
      'use statelessUniform or dropout with a seed that is an input',
    );
  }

  #refusal(what: string, instead: string): UserError {
    const refusal = new UserError(`Cannot compile ${this.#name}: it ${what}. Instead, ${instead}.`);
    this.#refused ??= refusal;
    return refusal;
  }

  #outsider(shape?: readonly number[]): UserError {
    return this.#refusal(
      `reads a tensor${shape ? ` of shape [${shape}]` : ''} from outside`,
      'pass it as an input, list it in `constants`, or make it a tf.variable',
    );
  }
}
