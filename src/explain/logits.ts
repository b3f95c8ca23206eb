import { type Layer, layerNamed, type Network, networkUpTo, outputOf } from '../models/network.js';

/** A classifier's network without the softmax at its end: it puts out logits, which add up where probabilities don't. */
export function withoutSoftmax(network: Network): Network {
  const last = outputOf(network);
  if (!('activation' in last) || last.activation !== 'softmax') return network;
  if (last.type === 'activation') return networkUpTo(network, layerNamed(network, last.inputs[0]!).name);
  const { activation: _, ...linear } = last;
  return { name: network.name, layers: [...network.layers.slice(0, -1), linear as Layer] };
}
