import type { Layer, Network } from '../models/network.js';
import type { NamedTensor } from '../formats/tensors.js';
import { oihwToHwio, transpose, unitsLast } from '../formats/kernel-layout.js';

const kerasParts: ReadonlyMap<string, string> = new Map([
  ['depthwise_kernel', 'kernel'],
  ['moving_mean', 'mean'],
  ['moving_variance', 'variance'],
]);

const torchParts: ReadonlyMap<string, string> = new Map([
  ['weight', 'kernel'],
  ['bias', 'bias'],
]);

const torchNormParts: ReadonlyMap<string, string> = new Map([
  ['weight', 'gamma'],
  ['bias', 'beta'],
  ['running_mean', 'mean'],
  ['running_var', 'variance'],
]);

/**
 * Weights under Keras' names (`conv1_bn/moving_mean:0`) under ours (`conv1_bn/mean`). A 1×1 convolution that the
 * network writes as a dense layer loses its two sides of 1. Names that the network does not have stay as they are.
 */
export function fromKerasNames(
  network: Network,
  tensors: ReadonlyMap<string, NamedTensor>,
): Map<string, NamedTensor> {
  const layers = new Map(network.layers.map((layer) => [layer.name, layer]));
  const renamed = new Map<string, NamedTensor>();
  for (const [name, tensor] of tensors) {
    const [, layerName, part] = /^(.*)\/([^/]*?)(?::0)?$/.exec(name) ?? [];
    const layer = layers.get(layerName ?? '');
    if (!layer || part === undefined) {
      renamed.set(name, tensor);
      continue;
    }
    const { shape, data } = tensor;
    const isPointwise = layer.type === 'dense' && shape.length === 4 && shape[0] === 1 && shape[1] === 1;
    renamed.set(
      `${layer.name}/${kerasParts.get(part) ?? part}`,
      isPointwise ? { shape: shape.slice(2), data } : tensor,
    );
  }
  return renamed;
}

/**
 * A PyTorch state_dict (`layer1.0.conv1.weight`, kernels OIHW) under our names and in our layouts
 * (`layer1.0.conv1/kernel`, HWIO), for a network whose layers have PyTorch's module names. Names that the network
 * does not have stay as they are.
 */
export function fromTorchNames(
  network: Network,
  tensors: ReadonlyMap<string, NamedTensor>,
): Map<string, NamedTensor> {
  const layers = new Map(network.layers.map((layer) => [layer.name, layer]));
  const renamed = new Map<string, NamedTensor>();
  for (const [name, tensor] of tensors) {
    const dot = name.lastIndexOf('.');
    const layer = layers.get(name.slice(0, dot));
    const parts = layer?.type === 'batchNorm' ? torchNormParts : torchParts;
    const part = layer && parts.get(name.slice(dot + 1));
    if (part) renamed.set(`${layer.name}/${part}`, part === 'kernel' ? ourLayout(layer, tensor) : tensor);
    else renamed.set(name, tensor);
  }
  return renamed;
}

function ourLayout(layer: Layer, kernel: NamedTensor): NamedTensor {
  const rank = kernel.shape.length;
  if (layer.type === 'convolution' && rank === 4) return oihwToHwio(kernel);
  if (layer.type === 'depthwise' && rank === 4) return transpose(kernel, [2, 3, 0, 1]);
  if (layer.type !== 'dense' || (rank !== 2 && rank !== 4)) return kernel;
  // A convolution over the whole map, as timm writes VGG's first dense layer, is a dense layer of its values.
  const units = kernel.shape[0]!;
  return unitsLast({ shape: [units, kernel.data.length / Math.max(1, units)], data: kernel.data });
}
