import type { WeightedNetwork } from './compose.js';
import type { BatchNormLayer, ConvolutionLayer, DepthwiseLayer, Layer } from './network.js';
import type { NamedTensor, Weights } from '../formats/tensors.js';

/**
 * The same function with every batch normalisation that directly follows a convolution folded into its kernel and
 * bias: with s = γ / √(variance + ε), the kernel becomes kernel · s and the bias (bias − mean) · s + β
 * (Jacob et al. 2018, section 3.2). The joint layer takes the normalisation's name.
 */
export function foldBatchNorm({ network, weights }: WeightedNetwork): WeightedNetwork {
  const changed = new Map<string, NamedTensor>(weights);
  const folded = new Map<string, Layer>();
  for (const layer of network.layers) {
    if (layer.type !== 'batchNorm') continue;
    const before = network.layers.find(({ name }) => name === layer.inputs[0])!;
    const readers = network.layers.filter(({ inputs }) => inputs.includes(before.name));
    if (readers.length > 1 || (before.type !== 'convolution' && before.type !== 'depthwise')) continue;
    if (before.activation || ('connections' in before && before.connections)) continue;
    for (const [part, tensor] of foldedWeights(before, layer, weights)) {
      changed.delete(`${before.name}/${part}`);
      changed.set(`${layer.name}/${part}`, tensor);
    }
    const { activation } = layer;
    folded.set(layer.name, { ...before, name: layer.name, bias: true, ...(activation && { activation }) });
    folded.set(before.name, folded.get(layer.name)!);
  }
  const layers = new Set(network.layers.map((layer) => folded.get(layer.name) ?? layer));
  return { network: { name: network.name, layers: [...layers] }, weights: changed };
}

function foldedWeights(
  convolution: ConvolutionLayer | DepthwiseLayer,
  { name, epsilon }: BatchNormLayer,
  weights: Weights,
): [part: string, NamedTensor][] {
  const [gamma, beta, mean, variance] = ['gamma', 'beta', 'mean', 'variance'].map(
    (part) => weights.get(`${name}/${part}`)!.data,
  );
  const kernel = weights.get(`${convolution.name}/kernel`)!;
  const bias = weights.get(`${convolution.name}/bias`)?.data;
  const scale = gamma!.map((value, i) => value / Math.sqrt(variance![i]! + epsilon));
  // The last dimension of a convolution's kernel counts its filters; a depthwise kernel ends in [channels, 1].
  const channels = scale.length;
  return [
    ['kernel', { shape: kernel.shape, data: kernel.data.map((value, i) => value * scale[i % channels]!) }],
    [
      'bias',
      {
        shape: [channels],
        data: scale.map((s, i) => ((bias?.[i] ?? 0) - mean![i]!) * s + beta![i]!),
      },
    ],
  ];
}
