import { connectionCount, type Layer, layerNamed, type Network } from '../models/network.js';
import { layerWeights } from '../models/network-weights.js';
import type { Random } from '../runtime/random.js';
import { type NamedTensor, sizeOf, type Weights } from '../formats/tensors.js';

/** Rises when the same seed draws other weights than before, so that what was kept of them is not used again. */
export const initialVersion = 1;

/**
 * Initial weights for layers that are trained from scratch, drawn from `random`.
 *
 * Kernels before a ReLU: normal with variance 2 / inputs (He et al. 2015). Other kernels: uniform within
 * ±√(6 / (inputs + outputs)) (Glorot & Bengio 2010). Biases 0; batch normalisation starts as the identity, trainable
 * subsampling as a mean.
 */
export function initialWeights(network: Network, random: Random): Weights {
  return new Map(
    [...drawnWhenRead(network, random)].map(([name, { shape, data }]) => [name, { shape, data }]),
  );
}

/** The same, each tensor drawn when its values are first read: whoever needs a few layers of a large base waits for these. */
export function drawnWhenRead(network: Network, random: Random): Weights {
  return new Map(
    network.layers.flatMap((layer) =>
      layerWeights(network, layer).map(({ name, shape }): [string, NamedTensor] => {
        let data: Float32Array | undefined;
        return [
          name,
          {
            shape,
            get data() {
              return (data ??= draw(layer, partOf(name), shape, random.fork(name)));
            },
          },
        ];
      }),
    ),
  );
}

/**
 * Initial weights as LeCun et al. 1998 draw them (appendix A): every weight and bias uniform within ±2.4 / inputs, of
 * the unit that it belongs to. For networks of convolutions, trainable subsampling and dense layers.
 */
export function fanInWeights(network: Network, random: Random): Weights {
  return new Map(
    network.layers.flatMap((layer) =>
      layerWeights(network, layer).map(({ name, shape }): [string, NamedTensor] => {
        const unitInputs = inputsOfUnits(network, layer, partOf(name));
        const draws = random.fork(name);
        const data = new Float32Array(sizeOf(shape)).map((_, i) => {
          const limit = 2.4 / unitInputs[i % unitInputs.length]!;
          return draws.between(-limit, limit);
        });
        return [name, { shape, data }];
      }),
    ),
  );
}

/** How many inputs the unit has that a weight belongs to, along the last dimension of the weights. */
function inputsOfUnits(network: Network, layer: Layer, part: string): number[] {
  const channels = layerNamed(network, layer.inputs[0]!).shape.at(-1)!;
  switch (layer.type) {
    case 'convolution': {
      const area = layer.kernel[0] * layer.kernel[1];
      if (!layer.connections) return [(area * channels) / layer.groups];
      const reads = layer.connections.map((row) => row.filter(Boolean).length);
      const owners =
        part === 'kernel' ? reads.flatMap((count) => new Array<number>(count).fill(count)) : reads;
      return owners.map((count) => area * count);
    }
    case 'subsample':
      return [layer.kernel[0] * layer.kernel[1]];
    case 'dense':
      return [channels];
    default:
      throw new Error(`no rule of the paper for the weights of '${layer.name}'`);
  }
}

function partOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

function draw(layer: Layer, part: string, shape: readonly number[], random: Random): Float32Array {
  // filled in place: tens of millions of weights, for which `map` takes a second array and a call each
  const data = new Float32Array(sizeOf(shape));
  if (part === 'gamma' || part === 'variance') return data.fill(1);
  if (layer.type === 'subsample' && part === 'coefficient') return data.fill(1 / sizeOf(layer.kernel));
  if (part !== 'kernel') return data;
  const [inputs, outputs] = fans(layer, shape);
  const activation = 'activation' in layer ? layer.activation : undefined;
  if (activation === 'relu' || activation === 'relu6') {
    const deviation = Math.sqrt(2 / inputs);
    for (let i = 0; i < data.length; i++) data[i] = deviation * random.normal();
    return data;
  }
  const limit = Math.sqrt(6 / (inputs + outputs));
  for (let i = 0; i < data.length; i++) data[i] = random.between(-limit, limit);
  return data;
}

/** The inputs of a unit and the units that an input goes to; their means where not all are connected. */
function fans(layer: Layer, shape: readonly number[]): [inputs: number, outputs: number] {
  if (layer.type === 'convolution' && layer.connections) {
    const weights = sizeOf(layer.kernel) * connectionCount(layer.connections);
    return [weights / layer.filters, weights / layer.connections[0]!.length];
  }
  const window = sizeOf(shape.slice(0, -2));
  return [window * shape.at(-2)!, window * shape.at(-1)!];
}
