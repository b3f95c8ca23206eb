import { layerNamed, type Network } from '../models/network.js';
import type { NamedTensor } from './tensors.js';
import { FormatError, readAs, textOf } from './bytes.js';
import { oihwToHwio, transpose } from './kernel-layout.js';
import { type NumberType, tensorFrom } from './numbers.js';
import { bytesOfField, fieldsOf, integersOf } from './protobuf.js';

/** Field numbers of onnx.proto (github.com/onnx/onnx, onnx/onnx.proto). */
const modelFields = { graph: 7 } as const;
const graphFields = { initializer: 5 } as const;
const tensorFields = {
  dims: 1,
  dataType: 2,
  floatData: 4,
  name: 8,
  rawData: 9,
  doubleData: 10,
  dataLocation: 14,
} as const;

/** TensorProto.DataType, of the types that weights have. */
const numberTypes: ReadonlyMap<number, NumberType> = new Map([
  [1, 'float32'],
  [10, 'float16'],
  [11, 'float64'],
  [16, 'bfloat16'],
]);

/**
 * Reads the initialisers of an ONNX model: the tensors of floating-point numbers in its graph. The graph itself is
 * not looked at, nothing is run. Names and layouts are the file's own (convolution kernels OIHW); whole numbers,
 * which are shapes and the like, are left out.
 *
 * @throws UserError when the file is damaged, no ONNX model, or keeps its tensors in another file.
 */
export function readOnnx(file: string | Uint8Array): Promise<Map<string, NamedTensor>> {
  return readAs('an ONNX model', file, async (bytes) => {
    const model = await bytes.read(0, bytes.size);
    const tensors = new Map<string, NamedTensor>();
    for (const { number, bytes: graph } of fieldsOf(model)) {
      if (number !== modelFields.graph) continue;
      for (const field of fieldsOf(graph)) {
        if (field.number === graphFields.initializer) addTensor(field.bytes, tensors);
      }
    }
    if (tensors.size === 0) throw new FormatError('it holds no initialisers');
    return tensors;
  });
}

function addTensor(message: Uint8Array, tensors: Map<string, NamedTensor>): void {
  let name = '';
  let dataType = 0;
  let isElsewhere = false;
  const shape: number[] = [];
  for (const field of fieldsOf(message)) {
    if (field.number === tensorFields.name) name = textOf(field.bytes);
    if (field.number === tensorFields.dims) shape.push(...integersOf(field));
    if (field.number === tensorFields.dataType) dataType = field.value;
    if (field.number === tensorFields.dataLocation) isElsewhere = field.value === 1;
  }
  const type = numberTypes.get(dataType);
  if (!type) return;
  if (isElsewhere) throw new FormatError(`it keeps tensor '${name}' in another file`);
  const tensor = tensorFrom(name, shape, type, valuesOf(message, type));
  if (!tensor) return;
  if (tensors.has(name)) throw new FormatError(`it has two tensors '${name}'`);
  tensors.set(name, tensor);
}

/** Writers put values down raw, or in the field of their type. */
function valuesOf(message: Uint8Array, type: NumberType): Uint8Array {
  const raw = bytesOfField(message, tensorFields.rawData);
  if (raw.length > 0) return raw;
  return bytesOfField(message, type === 'float64' ? tensorFields.doubleData : tensorFields.floatData);
}

/**
 * Initialisers as TensorFlow's exporters name them, `model/<layer>_1/convolution/ReadVariableOp:0`, under our names
 * and in our layouts. The layer is the path's part that the network has, with or without a number at its end; the
 * rank tells kernel from bias. Names without such a part stay as they are.
 */
export function fromTensorFlowOnnxNames(
  network: Network,
  tensors: ReadonlyMap<string, NamedTensor>,
): Map<string, NamedTensor> {
  const layerNames = new Set(network.layers.map((layer) => layer.name));
  const renamed = new Map<string, NamedTensor>();
  for (const [name, tensor] of tensors) {
    const folders = name.split('/').slice(0, -1);
    const candidates = folders.flatMap((folder) => [folder, folder.replace(/_\d+$/, '')]);
    const layerName = candidates.find((candidate) => layerNames.has(candidate));
    const isBias = tensor.shape.length === 1;
    if (layerName === undefined || renamed.has(`${layerName}/${isBias ? 'bias' : 'kernel'}`)) {
      renamed.set(name, tensor);
    } else if (isBias) {
      renamed.set(`${layerName}/bias`, tensor);
    } else {
      const isDepthwise = layerNamed(network, layerName).type === 'depthwise';
      renamed.set(`${layerName}/kernel`, kernelInOurLayout(tensor, isDepthwise));
    }
  }
  return renamed;
}

function kernelInOurLayout(kernel: NamedTensor, isDepthwise: boolean): NamedTensor {
  if (kernel.shape.length !== 4) return kernel;
  return isDepthwise ? transpose(kernel, [2, 3, 0, 1]) : oihwToHwio(kernel);
}
