import { type Network, networkWeights } from '../models/network.js';
import type { Random } from '../runtime/random.js';
import { type NamedTensor, sizeOf, type Weights } from '../weights/tensors.js';

/**
 * Initial weights for layers that are trained from scratch, drawn from `random`.
 *
 * Kernels before a ReLU: normal with variance 2 / inputs (He et al. 2015). Other kernels: uniform within
 * ±√(6 / (inputs + outputs)) (Glorot & Bengio 2010). Biases 0; batch normalisation starts as the identity.
 */
export function initialWeights(network: Network, random: Random): Weights {
  const activations = new Map(
    network.layers.map((layer) => [layer.name, 'activation' in layer ? layer.activation : undefined]),
  );
  return new Map(
    networkWeights(network).map(({ name, shape }) => {
      const [layer, part] = splitName(name);
      const before = activations.get(layer);
      const relu = before === 'relu' || before === 'relu6';
      return [name, { shape, data: draw(part, shape, relu, random.fork(name)) }] satisfies [
        string,
        NamedTensor,
      ];
    }),
  );
}

function splitName(name: string): [layer: string, part: string] {
  const slash = name.lastIndexOf('/');
  return [name.slice(0, slash), name.slice(slash + 1)];
}

function draw(part: string, shape: readonly number[], relu: boolean, random: Random): Float32Array {
  const data = new Float32Array(sizeOf(shape));
  if (part === 'gamma' || part === 'variance') return data.fill(1);
  if (part !== 'kernel') return data;
  const window = sizeOf(shape.slice(0, -2));
  const inputs = window * shape.at(-2)!;
  const outputs = window * shape.at(-1)!;
  if (relu) {
    const deviation = Math.sqrt(2 / inputs);
    return data.map(() => deviation * random.normal());
  }
  const limit = Math.sqrt(6 / (inputs + outputs));
  return data.map(() => random.between(-limit, limit));
}
