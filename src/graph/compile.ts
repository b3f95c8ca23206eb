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
import { countStep, hasChanged } from './optimiser-steps.js';
import { Session } from './session.js';
import { SessionState } from './session-state.js';
import { type Flat, flatten, type Tensors } from './structure.js';
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

/** Compiles one function of tensors; see `compileTogether`. */
export function compile<F extends TensorFunction>(fn: F, options: CompileOptions = {}): CompiledFunction<F> {
  const name = (typeof fn === 'function' && fn.name) || 'function';
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
 * Inputs and results are tensors, alone or in arrays and plain objects. The optimisers of TF.js have their steps
 * counted, and a changed learning rate is traced anew.
 *
 * Refused with a UserError, at once or at the first call: what is no function, other inputs and results, promises,
 * reading a tensor's values, tensors from outside that are neither inputs, variables nor constants, and random numbers
 * drawn in JavaScript. A call that fails changes nothing: the other functions go on.
 */
export function compileTogether<F extends Record<string, TensorFunction>>(
  functions: F,
  options: CompileOptions = {},
): Program<F> {
  for (const [name, fn] of Object.entries(functions)) {
    if (typeof fn !== 'function') throw new UserError(noFunction(name, fn));
  }
  if (!hasSessions()) return eagerProgram(functions, options);
  const program = new GraphProgram(options);
  const compiled = Object.entries(functions).map(([name, fn]) => {
    const call = (...inputs: unknown[]) => program.call(name, fn, inputs);
    return [name, call];
  });
  return {
    functions: Object.fromEntries(compiled) as F,
    get variables() {
      return program.variables;
    },
    get traces() {
      return program.traces;
    },
    pull: () => program.pull(),
    push: () => program.push(),
    dispose: () => program.dispose(),
  };
}

function noFunction(name: string, given: unknown): string {
  const isModel = typeof (given as { apply?: unknown } | null)?.apply === 'function';
  const advice = isModel ? 'pass (x) => model.apply(x)' : 'pass a function of tensors';
  const what =
    given === null || typeof given !== 'object'
      ? String(given)
      : `an object of class ${given.constructor?.name}`;
  return `Expected ${name === 'function' ? '' : `${name} to be `}a function to compile but received ${what}: ${advice}.`;
}

function eagerProgram<F extends Record<string, TensorFunction>>(
  functions: F,
  { onEager }: CompileOptions,
): Program<F> {
  onEager?.(`TF.js' backend '${tf.getBackend()}' has no graph sessions: compiled functions run op by op.`);
  const nothing = () => {};
  // Functions of their own: `compile` gives them properties.
  const copies = Object.entries(functions).map(([name, fn]) => [
    name,
    (...inputs: unknown[]) => fn(...inputs),
  ]);
  return {
    functions: Object.fromEntries(copies) as F,
    variables: [],
    traces: 0,
    pull: nothing,
    push: nothing,
    dispose: nothing,
  };
}

class GraphProgram {
  traces = 0;
  readonly #options: CompileOptions;
  #state = new SessionState();
  /** From least to most recently used. */
  #live = new Map<string, Trace>();
  #loaded: { session: Session; held: ReadonlySet<Tensor> } | undefined;
  #disposed = false;

  constructor(options: CompileOptions) {
    this.#options = options;
  }

  get variables(): Variable[] {
    return this.#state.variables;
  }

  call(name: string, fn: TensorFunction, inputs: unknown[]): Tensors {
    const given = flatten(inputs, `Expected ${name} to be given`, 'input');
    if (isTracing()) return fn(...inputs);
    if (this.#disposed) throw new UserError(`Expected ${name} to be in use but it has been disposed of.`);
    if (given.tensors.some((tensor) => tensor.isDisposed)) {
      throw new UserError(`Expected ${name} to be given tensors in use but one has been disposed of.`);
    }
    const trace = this.#trace(name, fn, given);
    const backend = tensorFlowBackend();
    const ids = backend.getInputTensorIds(given.tensors);
    const fed = trace.inputs.map((placeholder, i) => [placeholder, ids[i]!] as const);
    const results = trace.fetches.length > 0 ? this.#loaded!.session.run(fed, trace.fetches) : [];
    trace.steps.forEach(countStep);
    const count = trace.results;
    for (const { id } of results.slice(count)) nativeBinding().deleteTensor(id);
    return trace.form(results.slice(0, count).map((native) => backend.createOutputTensor(native)));
  }

  pull(): void {
    if (this.#loaded) this.#state.pull(this.#loaded.session);
  }

  push(): void {
    if (this.#loaded) this.#state.push(this.#loaded.session);
  }

  dispose(): void {
    this.#loaded?.session.close();
    this.#loaded = undefined;
    this.#disposed = true;
  }

  #trace(name: string, fn: TensorFunction, inputs: Flat): Trace {
    const key = `${name} ${inputs.key}`;
    const known = this.#live.get(key);
    this.#live.delete(key);
    if (known && !known.steps.some(hasChanged)) {
      this.#live.set(key, known);
      return known;
    }
    const { constants = [], maximumTraces = 16 } = this.#options;
    // Nothing else of this program changes before the new trace has been loaded.
    const live = new Map(this.#live);
    const state = new SessionState(this.#state);
    const prefix = `${this.traces}_${name.replace(/\W/g, '_')}`;
    const trace = traceFunction(fn, inputs, { name, prefix, constants, state });
    live.set(key, trace);
    if (live.size > maximumTraces) live.delete(live.keys().next().value!);
    this.#load(state, [...live.values()]);
    this.#live = live;
    this.#state = state;
    this.traces++;
    return trace;
  }

  /** Loads the graph of all live traces into a new session, which takes over the variables of the one before. */
  #load(state: SessionState, live: readonly Trace[]): void {
    const session = new Session(graphDef([state.fragment(), ...live.map(({ fragment }) => fragment)]));
    try {
      state.fill(session, this.#loaded);
    } catch (error) {
      session.close();
      throw error;
    }
    this.#loaded?.session.close();
    this.#loaded = { session, held: state.held() };
  }
}
