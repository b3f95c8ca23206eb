import { type InputLayer, type Layer, layerNamed, type Network } from '../models/network.js';

/** A network from one of its layers on. */
export interface NetworkAbove {
  /** Its inputs are the layer and those of `beside`. */
  readonly network: Network;
  /** Layers that the layer has no part in but that are read further up: paths that run past it. */
  readonly beside: readonly string[];
}

/** All that depends on a layer, up to the output; where other paths run past the layer, they become inputs too. */
export function networkAbove(network: Network, name: string): NetworkAbove {
  const depend = new Set([name]);
  for (const layer of network.layers) {
    if (layer.inputs.some((input) => depend.has(input))) depend.add(layer.name);
  }
  const above = network.layers.filter((layer) => layer.name !== name && depend.has(layer.name));
  const beside = [...new Set(above.flatMap(({ inputs }) => inputs).filter((input) => !depend.has(input)))];
  const inputs = [name, ...beside].map((one) => asInput(layerNamed(network, one)));
  return { network: { name: network.name, layers: [...inputs, ...above] }, beside };
}

function asInput({ name, shape }: Layer): InputLayer {
  return { type: 'input', name, inputs: [], shape };
}
