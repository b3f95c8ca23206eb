/**
 * TF.js functions as TensorFlow graphs: traced once, then run without JavaScript between the ops, with convolutions,
 * biases and activations fused and with the variables kept in the session.
 *
 *     const scale = tf.variable(tf.scalar(2));
 *     const scaled = compile((x: tf.Tensor2D) => tf.relu(tf.mul(x, scale)));
 *     scaled(tf.tensor2d([[1, -1]])).print();   // [[2, 0]]
 */
import type { Tensor, Variable } from '@tensorflow/tfjs';
import { UserError } from '../runtime/errors.js';
import { nativeBinding, tf } from '../runtime/tensorflow.js';
import { hasSessions, tensorFlowBackend } from './backend.js';
import { graphDef } from './graph-def.js';
import { Session } from './session.js';
import { SessionState } from './session-state.js';
import { isTracing, type TensorFunction, type Trace, traceFunction } from './trace.js';

export interface CompileOptions {
  /**
   * Tensors from outside that the functions may read and that never change; their values are kept when a function
   * is first called. `'all'` takes in whatever tensor is read, as needed for TF.js' own optimisers, which keep
   * their learning rate in one. tf.Variables need no mention.
   */
  readonly constants?: readonly Tensor[] | 'all';
  /** Traces kept at a time, one for each function and each set of input shapes and types; 16 unless told. */
  readonly maximumTraces?: number;
  /** Told once, with the reason, when the backend has no sessions and the functions run op by op. */
  readonly onEager?: (reason: string) => void;
}

/** Several functions over the same variables, in one session. */
export interface Program<F extends Record<string, TensorFunction>> {
  /** The compiled functions. They return new tensors, as the originals do. */
  readonly functions: F;
  /** The tf.Variables that live in the session: those that a traced function has read or assigned. */
  readonly variables: readonly Variable[];
  /** How many times a function has been traced. */
  readonly traces: number;
  /** Brings the variables' values from the session back into the tf.Variables. */
  pull(): void;
  /** Sets the session's variables to the values of the tf.Variables. */
  push(): void;
  /** Frees the session. The functions cannot be called any more. */
  dispose(): void;
}

/** A compiled function, with what its program offers. */
export type CompiledFunction<F extends TensorFunction> = F & Omit<Program<never>, 'functions'>;

/**
 * Compiles one function of tensors; see `compileTogether`.
 *
 * @throws UserError at the first call when the function cannot be traced.
 */
export function compile<F extends TensorFunction>(fn: F, options: CompileOptions = {}): CompiledFunction<F> {
  const name = /^\w+$/.test(fn.name) ? fn.name : 'function';
  const program = compileTogether({ [name]: fn }, options);
  const compiled = program.functions[name]!;
  const { pull, push, dispose } = program;
  Object.defineProperties(compiled, {
    variables: { get: () => program.variables },
    traces: { get: () => program.traces },
  });
  return Object.assign(compiled, { pull, push, dispose }) as unknown as CompiledFunction<F>;
}

/**
 * Compiles functions that share variables, such as a training step and an evaluation.
 *
 * Each function is traced at its first call and again for every new set of input shapes and types: it is called
 * once, op by op, and the ops are written down. From then on its variables live in the session, and the tf.Variables
 * keep the values they had; `pull` and `push` move values between the two. What is computed in JavaScript (numbers,
 * shapes, choices) is fixed when traced, so whatever changes from call to call must be an input.
 *
 * Refused with a UserError: reading a tensor's values, tensors from outside that are neither inputs, variables nor
 * constants, and random numbers drawn in JavaScript.
 */
export function compileTogether<F extends Record<string, TensorFunction>>(
  functions: F,
  options: CompileOptions = {},
): Program<F> {
  if (!hasSessions()) return eagerProgram(functions, options);
  const program = new GraphProgram(options);
  const compiled = Object.entries(functions).map(([name, fn]) => {
    const call = (...inputs: Tensor[]) => program.call(name, fn, inputs);
    return [name, call];
  });
  return {
    functions: Object.fromEntries(compiled) as F,
    get variables() {
      return program.state.variables;
    },
    get traces() {
      return program.traces;
    },
    pull: () => program.pull(),
    push: () => program.push(),
    dispose: () => program.dispose(),
  };
}

function eagerProgram<F extends Record<string, TensorFunction>>(
  functions: F,
  { onEager }: CompileOptions,
): Program<F> {
  onEager?.(`TF.js' backend '${tf.getBackend()}' has no graph sessions: compiled functions run op by op.`);
  const nothing = () => {};
  return { functions, variables: [], traces: 0, pull: nothing, push: nothing, dispose: nothing };
}

class GraphProgram {
  readonly state = new SessionState();
  traces = 0;
  readonly #options: CompileOptions;
  /** From least to most recently used. */
  readonly #live = new Map<string, Trace>();
  #loaded: { session: Session; held: ReadonlySet<Tensor> } | undefined;
  #disposed = false;

  constructor(options: CompileOptions) {
    this.#options = options;
  }

  call(name: string, fn: TensorFunction, inputs: Tensor[]) {
    if (isTracing()) return fn(...inputs);
    if (this.#disposed) throw new UserError(`Expected ${name} to be in use but it has been disposed of.`);
    const trace = this.#trace(name, fn, inputs);
    const backend = tensorFlowBackend();
    const ids = backend.getInputTensorIds(inputs);
    const results = this.#loaded!.session.run(
      trace.inputs.map((placeholder, i) => [placeholder, ids[i]!] as const),
      trace.fetches,
    );
    const count = trace.results;
    for (const { id } of results.slice(count)) nativeBinding().deleteTensor(id);
    return trace.form(results.slice(0, count).map((native) => backend.createOutputTensor(native)));
  }

  pull(): void {
    if (this.#loaded) this.state.pull(this.#loaded.session);
  }

  push(): void {
    if (this.#loaded) this.state.push(this.#loaded.session);
  }

  dispose(): void {
    this.#loaded?.session.close();
    this.#loaded = undefined;
    this.#disposed = true;
  }

  #trace(name: string, fn: TensorFunction, inputs: readonly Tensor[]): Trace {
    const key = [name, ...inputs.map(({ dtype, shape }) => `${dtype}[${shape}]`)].join(' ');
    let trace = this.#live.get(key);
    if (trace) {
      this.#live.delete(key);
      this.#live.set(key, trace);
      return trace;
    }
    const { constants = [], maximumTraces = 16 } = this.#options;
    trace = traceFunction(fn, inputs, {
      name,
      prefix: `${name}_${this.traces}`,
      constants,
      state: this.state,
    });
    this.traces++;
    this.#live.set(key, trace);
    if (this.#live.size > maximumTraces) this.#live.delete(this.#live.keys().next().value!);
    this.#load();
    return trace;
  }

  /** Loads the graph of all live traces into a new session, which takes over the variables of the one before. */
  #load(): void {
    const fragments = [this.state.fragment(), ...[...this.#live.values()].map(({ fragment }) => fragment)];
    const session = new Session(graphDef(fragments));
    this.state.fill(session, this.#loaded);
    this.#loaded?.session.close();
    this.#loaded = { session, held: this.state.held() };
  }
}
