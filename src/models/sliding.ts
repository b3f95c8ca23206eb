import type { Weights } from '../formats/tensors.js';
import { type Layer, layerNamed, type Network, type Shape } from './network.js';

/**
 * A network whose dense layers are convolutions, so that it slides over pictures larger than it was made for and puts
 * out a map of answers, one for each place: [height, width, classes] instead of [classes]. The first dense layer
 * becomes a convolution without padding as large as the map it used to flatten, the others become 1×1, as TF-slim
 * writes AlexNet and VGG. Long, Shelhamer & Darrell, "Fully Convolutional Networks for Semantic Segmentation", 2015.
 *
 *     slidingNetwork(alexnet(), alexnet('alexnet', { inputShape: [355, 355, 3] }))   → 5×5×1000 answers
 *
 * @param original the network at the size it was made for.
 * @param larger the same network built for the larger picture.
 */
export function slidingNetwork(original: Network, larger: Network): Network {
  const shapes = new Map<string, Shape>();
  const flattened = new Map<string, string>();
  const layers: Layer[] = [];
  for (const layer of larger.layers) {
    const inputs = layer.inputs.map((name) => flattened.get(name) ?? name);
    if (layer.type === 'flatten') {
      flattened.set(layer.name, inputs[0]!);
      continue;
    }
    const slides = inputs[0] !== undefined && shapes.get(inputs[0])!.length === 3;
    const next =
      layer.type === 'dense' && slides
        ? asConvolution(layer, inputs[0]!, shapes.get(inputs[0]!)!, kernelOf(original, layer.name))
        : { ...layer, inputs, shape: keepsShape(layer) ? shapes.get(inputs[0]!)! : layer.shape };
    shapes.set(next.name, next.shape);
    layers.push(next);
  }
  return { name: larger.name, layers };
}

/**
 * A network's weights for its sliding form: the same values, dense kernels [inputs, units] read as
 * [height, width, channels, units]. That is no more than another shape because maps are flattened channels last.
 */
export function slidingWeights(original: Network, weights: Weights): Weights {
  const dense = original.layers.filter((layer) => layer.type === 'dense');
  const reshaped = dense.map((layer) => {
    const name = `${layer.name}/kernel`;
    const { shape, data } = weights.get(name)!;
    const [height, width] = kernelOf(original, layer.name);
    return [name, { shape: [height, width, shape[0]! / (height * width), shape[1]!], data }] as const;
  });
  return new Map([...weights, ...reshaped]);
}

/** Height and width of the map that a dense layer reads in the original network; 1×1 where it reads another one. */
function kernelOf(original: Network, name: string): readonly [number, number] {
  let before = layerNamed(original, layerNamed(original, name).inputs[0]!);
  while (before.type === 'dropout') before = layerNamed(original, before.inputs[0]!);
  if (before.type !== 'flatten') return [1, 1];
  const [height, width] = layerNamed(original, before.inputs[0]!).shape;
  return [height!, width!];
}

function asConvolution(
  layer: Extract<Layer, { type: 'dense' }>,
  input: string,
  [height, width]: Shape,
  kernel: readonly [number, number],
): Layer {
  const { name, units, bias, activation } = layer;
  return {
    type: 'convolution',
    name,
    inputs: [input],
    shape: [height! - kernel[0] + 1, width! - kernel[1] + 1, units],
    kernel,
    stride: [1, 1],
    padding: { top: 0, bottom: 0, left: 0, right: 0 },
    filters: units,
    groups: 1,
    bias,
    ...(activation && { activation }),
  };
}

function keepsShape({ type }: Layer): boolean {
  return type === 'dropout' || type === 'activation' || type === 'batchNorm';
}
