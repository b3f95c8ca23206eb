import type { Layer, Network } from '../models/network.js';
import { type NamedTensor, sizeOf } from '../formats/tensors.js';
import { oihwToHwio, transpose, unitsLast } from '../formats/kernel-layout.js';

/** Keras' names of a layer's tensors, and TF-slim's. */
const kerasParts: ReadonlyMap<string, string> = new Map([
  ['depthwise_kernel', 'kernel'],
  ['weights', 'kernel'],
  ['depthwise_weights', 'kernel'],
  ['biases', 'bias'],
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
 * Weights under Keras' or TF-slim's names (`conv1_bn/moving_mean:0`) under ours (`conv1_bn/mean`). A convolution over
 * the whole map that the network writes as a dense layer becomes one, its rows in the order of the map's values. Names
 * that the network does not have stay as they are.
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
    const isOverMap = layer.type === 'dense' && tensor.shape.length === 4;
    const whole = isOverMap ? asRows(tensor) : tensor;
    const isSlim = part === 'weights' || part === 'biases';
    const ours = isSlim && layer.type === 'dense' ? withoutBackground(layer.units, whole) : whole;
    renamed.set(`${layer.name}/${kerasParts.get(part) ?? part}`, ours);
  }
  return renamed;
}

/** A kernel [height, width, channels, units] as [height · width · channels, units]. */
function asRows({ shape, data }: NamedTensor): NamedTensor {
  const units = shape.at(-1)!;
  return { shape: [sizeOf(shape.slice(0, -1)), units], data };
}

/** TF-slim's classifiers have a class of everything else before ImageNet's 1000, which is left out. */
function withoutBackground(units: number, tensor: NamedTensor): NamedTensor {
  const { shape, data } = tensor;
  if (shape.at(-1) !== units + 1) return tensor;
  return { shape: [...shape.slice(0, -1), units], data: data.filter((_, i) => i % (units + 1) > 0) };
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
