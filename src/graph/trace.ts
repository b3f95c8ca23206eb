import type { Tensor, Variable } from '@tensorflow/tfjs';
import { UserError } from '../runtime/errors.js';
import { tf } from '../runtime/tensorflow.js';
import { allVariables, copyOf, nativeId } from './backend.js';
import type { Attributes } from './graph-def.js';
import { currentRecorder, Recorder, type RecorderOptions, type Recording } from './recorder.js';

/** What a compiled function returns: a tensor, or several. */
export type Tensors = Tensor | Tensor[] | Record<string, Tensor>;

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- functions of tensors of any rank, and any number of them
export type TensorFunction = (...inputs: any[]) => Tensors;

/** One function, written down for one set of input shapes. */
export interface Trace extends Omit<Recording, 'created'> {
  /** How many of the fetches are results. */
  readonly results: number;
  /** Gives the fetched results the form in which the function returned them. */
  readonly form: (results: Tensor[]) => Tensors;
}

/**
 * Calls `fn` once, op by op, and writes down every op that it executes. Variables keep their values.
 *
 * A function may create variables the first time it is called (TF.js' optimisers do); they start from the values
 * they were created with, and the function is called once more.
 */
export function traceFunction(
  fn: TensorFunction,
  inputs: readonly Tensor[],
  options: RecorderOptions,
): Trace {
  const first = record(fn, inputs, options);
  if (first.created.length === 0) return first;
  const second = record(fn, inputs, options);
  if (second.created.length > 0) {
    throw new UserError(
      `Expected ${options.name} to create variables at its first call at most, but it creates ` +
        `'${second.created[0]!.variable.name}' at every call: create it outside.`,
    );
  }
  return second;
}

/** Whether a function is being traced just now. */
export function isTracing(): boolean {
  return currentRecorder() !== undefined;
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
  const recorder = currentRecorder();
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

/** Records one call; afterwards every variable has the value it had, or was made with. */
function record(
  fn: TensorFunction,
  inputs: readonly Tensor[],
  options: RecorderOptions,
): Trace & Pick<Recording, 'created'> {
  const variables = allVariables();
  separate(variables);
  const values = variables.map((variable) => variable.clone());
  const copies = inputs.map(copyOf);
  const recorder = new Recorder(options, copies, variables);
  let created: Recording['created'] = [];
  try {
    let flat: Flat | undefined;
    const recording = recorder.run((...given) => {
      flat = flatten(options.name, fn(...given));
      return flat.tensors;
    });
    ({ created } = recording);
    return { ...recording, results: flat!.tensors.length, form: flat!.form };
  } finally {
    const before = [...variables.map((variable, i) => ({ variable, value: values[i]! })), ...created];
    for (const { variable, value } of before) {
      if (!variable.isDisposed) variable.assign(value);
      value.dispose();
    }
    tf.dispose(copies);
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

interface Flat {
  readonly tensors: Tensor[];
  readonly form: Trace['form'];
}

/** The tensors of a function's result, and the way to put others in their places. */
function flatten(name: string, result: Tensors): Flat {
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
