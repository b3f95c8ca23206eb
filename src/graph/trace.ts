import type { Tensor, Variable } from '@tensorflow/tfjs';
import { UserError } from '../runtime/errors.js';
import { type NativeBinding, tf } from '../runtime/tensorflow.js';
import {
  allVariables,
  copyOf,
  dataTypeOf,
  fromNative,
  nativeId,
  type TensorFlowBackend,
  tensorFlowBackend,
  withReplaced,
} from './backend.js';
import {
  type Attributes,
  type ConstantValues,
  DataType,
  GraphBuilder,
  type Output,
  output,
} from './graph-def.js';
import { withNativeGradients } from './native-gradients.js';
import type { Message } from './protobuf-writer.js';
import type { SessionState } from './session-state.js';

/** What a compiled function returns: a tensor, or several. */
export type Tensors = Tensor | Tensor[] | Record<string, Tensor>;

// biome-ignore lint/suspicious/noExplicitAny: functions of tensors of any rank, and any number of them
export type TensorFunction = (...inputs: any[]) => Tensors;

/** One function, written down for one set of input shapes. */
export interface Trace {
  /** Its nodes. */
  readonly fragment: Message;
  /** The placeholders to feed. */
  readonly inputs: readonly Output[];
  /** What to fetch: the results, then a node that runs the updates of variables when there are any. */
  readonly fetches: readonly Output[];
  /** How many of the fetches are results. */
  readonly results: number;
  /** Gives the fetched results the form in which the function returned them. */
  readonly form: (results: Tensor[]) => Tensors;
}

interface TraceOptions {
  /** For messages. */
  readonly name: string;
  /** Begins the names of the nodes. */
  readonly prefix: string;
  readonly constants: readonly Tensor[] | 'all';
  readonly state: SessionState;
}

/** Constants of at most this many values are written into the graph, where they can be folded. */
const smallConstant = 1024;

/**
 * Calls `fn` once, op by op, and writes down every op that it executes. Variables keep their values.
 *
 * A function may create variables the first time it is called (TF.js' optimisers do); they start from the values
 * they were created with.
 */
export function traceFunction(fn: TensorFunction, inputs: readonly Tensor[], options: TraceOptions): Trace {
  const first = record(fn, inputs, options);
  if (first.created.length === 0) return first.trace;
  const second = record(fn, inputs, options);
  if (second.created.length > 0) {
    throw new UserError(
      `Expected ${options.name} to create variables at its first call at most, but it creates ` +
        `'${second.created[0]!.name}' at every call: create it outside.`,
    );
  }
  return second.trace;
}

/** Whether a function is being traced just now. */
export function isTracing(): boolean {
  return recorders.has(tensorFlowBackend().binding);
}

/**
 * Changes variables by `values`, which computes with ordinary ops what they become. While tracing, the graph gets
 * the one TensorFlow op instead that does the same where the variables are, such as ResourceApplyAdam: it takes the
 * handles of `variables`, then `inputs`.
 */
export function updateInPlace(
  op: string,
  variables: readonly Variable[],
  inputs: readonly Tensor[],
  attributes: Attributes,
  values: () => Tensor[],
): void {
  const recorder = recorders.get(tensorFlowBackend().binding);
  if (recorder) {
    recorder.update(op, variables, inputs, attributes, values);
    return;
  }
  tf.tidy(() => {
    const next = values();
    variables.forEach((variable, i) => {
      variable.assign(next[i]!);
    });
  });
}

const recorders = new WeakMap<NativeBinding, Recorder>();

function record(
  fn: TensorFunction,
  inputs: readonly Tensor[],
  options: TraceOptions,
): { trace: Trace; created: Variable[] } {
  const before = allVariables();
  separate(before);
  const values = before.map((variable) => variable.clone());
  const created: { variable: Variable; value: Tensor }[] = [];
  const arguments_ = inputs.map(copyOf);
  const recorder = new Recorder(options, arguments_, before);
  try {
    const trace = recorder.run(fn, created);
    return { trace, created: created.map(({ variable }) => variable) };
  } finally {
    before.forEach((variable, i) => {
      if (!variable.isDisposed) variable.assign(values[i]!);
    });
    for (const { variable, value } of created) if (!variable.isDisposed) variable.assign(value);
    tf.dispose([...values, ...arguments_, ...created.map(({ value }) => value)]);
  }
}

/** Gives every variable a native tensor of its own, so that an id tells which variable is read. */
function separate(variables: readonly Variable[]): void {
  const seen = new Set<number>();
  for (const variable of variables) {
    if (seen.has(nativeId(variable))) {
      const copy = copyOf(variable as Tensor);
      variable.assign(copy);
      copy.dispose();
    }
    seen.add(nativeId(variable));
  }
}

/** Stands in for the native addon while a function runs, and notes what it does. */
class Recorder {
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

  constructor(
    { name, prefix, constants, state }: TraceOptions,
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

  /** Calls the function. Variables that it creates are added to `created`, with their first values. */
  run(fn: TensorFunction, created: { variable: Variable; value: Tensor }[]): Trace {
    const engine = tf.engine();
    const makeVariable: typeof engine.makeVariable = (initial, ...rest) => {
      const value = tf.keep(initial.clone());
      const variable = engine.constructor.prototype.makeVariable.call(engine, initial, ...rest) as Variable;
      created.push({ variable, value });
      return variable;
    };
    const move: TensorFlowBackend['move'] = (dataId, values, ...rest) => {
      this.#made.add(values);
      Object.getPrototypeOf(this.#backend).move.call(this.#backend, dataId, values, ...rest);
    };
    const random = () => {
      throw this.#refusal(
        'draws random numbers in JavaScript, which would be the same at every call',
        'use statelessUniform or dropout with a seed that is an input',
      );
    };
    let outputs: Output[] = [];
    let form: Trace['form'] | undefined;
    withReplaced(
      [
        [this.#backend, 'binding', this.#recording],
        [this.#backend, 'move', move],
        [engine, 'makeVariable', makeVariable],
        [Math, 'random', random],
      ],
      () =>
        tf.tidy(() => {
          const flat = flatten(
            this.#name,
            withNativeGradients(() => fn(...this.#inputs)),
          );
          form = flat.form;
          outputs = flat.tensors.map((tensor, i) => this.#result(tensor, i));
          for (const variable of this.#lastId.keys()) this.#store(variable);
        }),
    );
    const done = this.#updates.length > 0 ? [this.#graph.after(this.#updates, 'updates')] : [];
    return {
      fragment: this.#graph.fragment(),
      inputs: this.#placeholders,
      fetches: [...outputs, ...done],
      results: outputs.length,
      form: form!,
    };
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
    const recorded = amended(op, fromNative(this.#real, attributes), results[0]?.dtype);
    const node = this.#graph.node(recorded.op, inputNodes, recorded.attributes);
    results.forEach(({ id }, i) => {
      this.#nodes.set(id, output(node, i));
    });
    return results;
  };

  readonly #createTensor: NativeBinding['createTensor'] = (shape, type, values) => {
    if (!this.#made.has(values as object) && !this.#captureAll) throw this.#outsider(shape);
    const id = this.#real.createTensor(shape, type, values);
    if (type === this.#real['TF_STRING']) throw this.#refusal('handles strings', 'keep them outside');
    this.#nodes.set(id, this.#graph.constant((values as ConstantValues).slice(), shape, type));
    return id;
  };

  readonly #tensorDataSync: NativeBinding['tensorDataSync'] = () => {
    throw this.#refusal(
      "reads a tensor's values (dataSync, arraySync, print or tf.gather), which do not exist while it is traced",
      'return the tensor, or compute with it',
    );
  };

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
    const uses = this.#uses.get(variable) ?? [];
    const node = this.#graph.node('ReadVariableOp', [handle], { dtype }, { after: uses });
    this.#uses.set(variable, [...uses, node]);
    return node;
  }

  /** A node for a tensor from outside that does not change. */
  #captured(id: number, tensor: Tensor | undefined): Output {
    if (tensor && tensor.size > smallConstant) {
      const handle = this.#state.handle(tensor, false);
      return this.#graph.node('ReadVariableOp', [handle], { dtype: { type: dataTypeOf(tensor) } });
    }
    const [copy] = this.#real.executeOp('Identity', [], [id], 1);
    const values = this.#real.tensorDataSync(id);
    this.#real.deleteTensor(copy!.id);
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
    return this.#graph.node(
      'Identity',
      [node],
      { T: { type: dataTypeOf(tensor) } },
      { name: `output${index}` },
    );
  }

  #refusal(what: string, instead: string): UserError {
    return new UserError(`Cannot compile ${this.#name}: it ${what}. Instead, ${instead}.`);
  }

  #outsider(shape?: readonly number[]): UserError {
    return this.#refusal(
      `reads a tensor${shape ? ` of shape [${shape}]` : ''} from outside`,
      'pass it as an input, list it in `constants`, or make it a tf.variable',
    );
  }
}

/** What must be written down other than it was executed. */
function amended(op: string, attributes: Attributes, type: number | undefined) {
  // TF.js leaves this type to be inferred, which a graph does not do.
  if (op === 'ExpandDims') return { op, attributes: { T: { type: type! } } };
  // TensorFlow 2.17 and later round int32 to zeros; rounding whole numbers changes nothing.
  if (op === 'Round' && type === DataType.int32) return { op: 'Identity', attributes };
  return { op, attributes };
}

/** The tensors of a function's result, and the way to put others in their places. */
function flatten(name: string, result: Tensors): { tensors: Tensor[]; form: Trace['form'] } {
  if (result instanceof tf.Tensor) return { tensors: [result], form: ([tensor]) => tensor! };
  const isRecord = result !== null && Object.getPrototypeOf(result) === Object.prototype;
  const tensors = isRecord ? Object.values(result) : result;
  if (!Array.isArray(tensors) || !tensors.every((tensor) => tensor instanceof tf.Tensor)) {
    throw new UserError(
      `Expected ${name} to return a tensor, an array of tensors or an object of tensors but received ` +
        `${describe(result)}.`,
    );
  }
  if (!isRecord) return { tensors, form: (others) => others };
  const keys = Object.keys(result);
  return { tensors, form: (others) => Object.fromEntries(keys.map((key, i) => [key, others[i]!])) };
}

function describe(value: unknown): string {
  if (value instanceof Promise) return 'a promise: a compiled function cannot wait';
  if (Array.isArray(value)) return 'an array of other things';
  return value !== null && typeof value === 'object' ? 'an object of other things' : String(value);
}
