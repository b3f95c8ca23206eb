import { oihwToHwio, transpose } from '../formats/kernel-layout.js';
import type { NamedTensor } from '../formats/tensors.js';
import { layerNamed, type Network } from '../models/network.js';

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
