import { type Layer, type Network, networkUpTo, outputOf } from '../models/network.js';

/** A classifier's network without the softmax at its end: it puts out logits, which add up where probabilities don't. */
export function withoutSoftmax(network: Network): Network {
  const last = outputOf(network);
  if (!('activation' in last) || last.activation !== 'softmax') return network;
  return withoutActivation(network);
}

/** A network whose last layer is left as it is before its activation, where a unit that is shut still has a gradient. */
export function withoutActivation(network: Network): Network {
  const last = outputOf(network);
  if (!('activation' in last) || last.activation === undefined) return network;
  if (last.type === 'activation') return networkUpTo(network, last.inputs[0]!);
  const { activation: _, ...linear } = last;
  return { name: network.name, layers: [...network.layers.slice(0, -1), linear as Layer] };
}
