import path from 'node:path';
import { readOnnx } from '../formats/onnx.js';
import type { WeightedNetwork } from '../models/compose.js';
import { networkAfter } from '../models/network.js';
import { layerWeights } from '../models/network-weights.js';
import { tf } from '../runtime/tensorflow.js';
import { messageOf } from '../runtime/errors.js';
import { onnxFile } from './network-onnx.js';
import { signatureNames } from './network-saved-model.js';
import { onnxLayout } from './onnx-layers.js';
import { difference, type OpenModel } from './open-again.js';

/**
 * Reads an ONNX model that was written, and looks for every weight of the network in it; where the package
 * onnxruntime-node is installed, it is asked about made-up pictures as well.
 *
 * @param cut of a model with eight-bit integers: only the layers behind this one, which are float32, are looked for.
 * @returns the largest difference as a share of the largest value; infinite where something is no number.
 * @throws Error when it cannot be read, or lacks a weight.
 */
export async function differenceOfOnnx(
  directory: string,
  weighted: WeightedNetwork,
  cut?: string,
): Promise<number> {
  await expectWeights(directory, weighted, cut);
  const runtime = await onnxRuntime();
  return runtime ? difference(directory, weighted, () => open(runtime, path.join(directory, onnxFile))) : 0;
}

async function expectWeights(
  directory: string,
  { network, weights }: WeightedNetwork,
  cut?: string,
): Promise<void> {
  const { tensors } = await readOnnx(path.join(directory, onnxFile)).catch((error: unknown) => {
    throw new Error(`the model written to '${directory}' does not open again: ${messageOf(error)}`, {
      cause: error,
    });
  });
  for (const layer of (cut === undefined ? network : networkAfter(network, cut)).layers) {
    for (const { name } of layerWeights(network, layer)) {
      const written = onnxLayout(layer, name.slice(layer.name.length + 1), weights.get(name)!);
      const read = tensors.get(name);
      const same =
        String(read?.shape) === String(written.shape) &&
        read!.data.every((value, i) => Object.is(value, written.data[i]));
      if (!same)
        throw new Error(`the model written to '${directory}' has other weights '${name}' than its network`);
    }
  }
}

/** The part of onnxruntime-node that is used here. */
interface OnnxRuntime {
  readonly InferenceSession: {
    create(file: string): Promise<{
      run(inputs: Record<string, unknown>): Promise<Record<string, { dims: number[]; data: Float32Array }>>;
      release(): Promise<void>;
    }>;
  };
  readonly Tensor: new (type: string, data: Uint8Array, dims: readonly number[]) => unknown;
}

/** The runtime where its package is installed; it is no dependency, as it weighs more than all others together. */
async function onnxRuntime(): Promise<OnnxRuntime | undefined> {
  const name = 'onnxruntime-node';
  try {
    const module = (await import(name)) as OnnxRuntime & { readonly default?: OnnxRuntime };
    return module.default ?? module;
  } catch {
    return undefined;
  }
}

async function open({ InferenceSession, Tensor }: OnnxRuntime, file: string): Promise<OpenModel> {
  const session = await InferenceSession.create(file);
  return {
    predict: async (pictures) => {
      const pixels = new Tensor('uint8', Uint8Array.from(pictures.dataSync()), pictures.shape);
      const { [signatureNames.output]: answer } = await session.run({ [signatureNames.input]: pixels });
      return tf.tensor(answer!.data, answer!.dims);
    },
    dispose: () => void session.release(),
  };
}
