/** What tracing and sessions need of TF.js' TensorFlow backend: native ids of tensors, and ops by name. */
import type { Tensor, TensorInfo, Variable } from '@tensorflow/tfjs';
import { type NativeBinding, type NativeTensor, tf } from '../runtime/tensorflow.js';
import type { Attribute, Attributes } from './graph-def.js';

/** The parts of tfjs-node's NodeJSKernelBackend that are used here. */
export interface TensorFlowBackend {
  binding: NativeBinding;
  /** Takes up values that are to become a native tensor when an op first needs them. */
  move(dataId: object, values: ArrayBufferView, shape: number[], dtype: string, references: number): void;
  /** The native ids of tensors; values that wait in JavaScript are handed to TensorFlow first. */
  getInputTensorIds(tensors: readonly TensorInfo[]): number[];
  createOutputTensor(native: NativeTensor): Tensor;
}

export function tensorFlowBackend(): TensorFlowBackend {
  return tf.backend() as unknown as TensorFlowBackend;
}

/** Whether the active TF.js backend can load graphs. */
export function hasSessions(): boolean {
  return typeof tensorFlowBackend().binding?.loadSavedModel === 'function';
}

export function nativeId(tensor: TensorInfo): number {
  return tensorFlowBackend().getInputTensorIds([tensor])[0]!;
}

/** Every tf.Variable that has not been disposed of. */
export function allVariables(): Variable[] {
  return Object.values(tf.engine().state.registeredVariables);
}

/** Another tensor of the same values, with a native id of its own. */
export function copyOf<T extends Tensor>(tensor: T): T {
  const type = { type: dataTypeOf(tensor) };
  return executeOp('Identity', [tensor], { T: type })[0] as T;
}

/** TensorFlow's number for a tensor's type. */
export function dataTypeOf(tensor: { readonly dtype: string }): number {
  const { binding } = tensorFlowBackend();
  const constants: Record<string, string> = {
    float32: 'TF_FLOAT',
    int32: 'TF_INT32',
    bool: 'TF_BOOL',
    complex64: 'TF_COMPLEX64',
    string: 'TF_STRING',
  };
  return binding[constants[tensor.dtype] ?? ''] as number;
}

/** Executes any TensorFlow op that TF.js may have no function for; returns its first `outputs` outputs. */
export function executeOp(
  op: string,
  inputs: readonly Tensor[],
  attributes: Attributes,
  outputs = 1,
): Tensor[] {
  const backend = tensorFlowBackend();
  const { binding } = backend;
  const native = Object.entries(attributes).map(([name, value]) => toNative(binding, name, value));
  const results = binding.executeOp(op, native, backend.getInputTensorIds(inputs), outputs);
  return results.map((result) => backend.createOutputTensor(result));
}

/** An attribute as the addon's executeOp takes it. */
interface NativeAttribute {
  readonly name: string;
  readonly type: unknown;
  readonly value: unknown;
}

const kinds = [
  ['text', 'TF_ATTR_STRING'],
  ['int', 'TF_ATTR_INT'],
  ['float', 'TF_ATTR_FLOAT'],
  ['bool', 'TF_ATTR_BOOL'],
  ['type', 'TF_ATTR_TYPE'],
  ['shape', 'TF_ATTR_SHAPE'],
] as const;

function toNative(binding: NativeBinding, name: string, attribute: Attribute): NativeAttribute {
  for (const [kind, constant] of kinds) {
    if (kind in attribute) {
      return { name, type: binding[constant], value: attribute[kind as keyof Attribute] };
    }
  }
  throw new Error(`the addon takes no attribute such as '${name}'`);
}

/** The attributes of an executed op, as a graph holds them. */
export function fromNative(binding: NativeBinding, attributes: readonly unknown[]): Attributes {
  const entries = (attributes as readonly NativeAttribute[]).map(({ name, type, value }) => {
    const kind = kinds.find(([, constant]) => binding[constant] === type)?.[0];
    if (!kind) throw new Error(`unknown kind ${String(type)} of attribute '${name}'`);
    const isList = Array.isArray(value) && kind !== 'shape';
    const held = kind !== 'int' ? value : isList ? value.map(wholeNumber) : wholeNumber(value);
    return [name, { [isList ? `${kind}s` : kind]: held } as unknown as Attribute];
  });
  return Object.fromEntries(entries);
}

/** A number as the addon takes it for a whole one: cut off, and 0 when it is not finite (tf.multinomial's seeds). */
function wholeNumber(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? Math.trunc(value) : 0;
}

/** Sets properties for the length of one call, and puts back what was there. */
export function withReplaced<T>(
  replacements: readonly (readonly [target: object, key: string, value: unknown])[],
  body: () => T,
): T {
  const before = replacements.map(([target, key]) => Object.getOwnPropertyDescriptor(target, key));
  try {
    for (const [target, key, value] of replacements) {
      Object.defineProperty(target, key, { value, configurable: true, writable: true });
    }
    return body();
  } finally {
    replacements.forEach(([target, key], i) => {
      if (before[i]) Object.defineProperty(target, key, before[i]);
      else Reflect.deleteProperty(target, key);
    });
  }
}
