import type { Tensor, Variable } from '@tensorflow/tfjs';
import { UserError } from '../runtime/errors.js';
import { tf } from '../runtime/tensorflow.js';
import { allVariables, copyOf, nativeId } from './backend.js';
import type { Attributes } from './graph-def.js';
import {
  type CreatedVariable,
  currentRecorder,
  Recorder,
  type RecorderOptions,
  type Recording,
} from './recorder.js';
import { type Flat, flatten, type Tensors } from './structure.js';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- functions of tensors of any rank, and any number of them
export type TensorFunction = (...inputs: any[]) => Tensors;

/** One function, written down for one set of input shapes. */
export interface Trace extends Recording {
  /** How many of the fetches are results. */
  readonly results: number;
  /** Gives the fetched results the form in which the function returned them. */
  readonly form: Flat['form'];
}

/**
 * Calls `fn` once, op by op, and writes down every op that it executes. Variables keep their values.
 *
 * A function may create variables the first time it is called (TF.js' optimisers do); they start from the values
 * they were created with, and the function is called once more.
 */
export function traceFunction(fn: TensorFunction, inputs: Flat, options: RecorderOptions): Trace {
  const first = record(fn, inputs, options);
  if (first.created.length === 0) return first.trace;
  const second = record(fn, inputs, options);
  if (second.created.length === 0) return second.trace;
  const [{ name }] = second.created as [Variable];
  // As many again: the function has kept none of the first.
  const unused = second.created.length < first.created.length ? [] : first.created;
  tf.dispose([...second.created, ...unused]);
  throw new UserError(
    `Expected ${options.name} to create variables at its first call at most, but it creates ` +
      `'${name}' at every call: create it outside.`,
  );
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
  inputs: Flat,
  options: RecorderOptions,
): { trace: Trace; created: readonly Variable[] } {
  const variables = allVariables();
  separate(variables);
  const values = variables.map((variable) => variable.clone());
  const copies: Tensor[] = [];
  let recorder: Recorder | undefined;
  try {
    for (const tensor of inputs.tensors) copies.push(copyOf(tensor));
    recorder = new Recorder(options, copies, variables);
    let flat: Flat | undefined;
    const recording = recorder.run((...given) => {
      const result = fn(...(inputs.form(given) as Tensors[]));
      flat = flatten(result, `Expected ${options.name} to return`, 'result');
      return flat.tensors;
    });
    const trace = { ...recording, results: flat!.tensors.length, form: flat!.form };
    return { trace, created: recorder.created.map(({ variable }) => variable) };
  } finally {
    const old = variables.map((variable, i): CreatedVariable => ({ variable, value: values[i]! }));
    const before = [...old, ...(recorder?.created ?? [])];
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
