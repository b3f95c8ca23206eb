import { type NamedTensor, sizeOf, type Weights } from '../../src/formats/tensors.js';
import { pooledAt, type WeightedNetwork, withPreprocessing } from '../../src/models/compose.js';
import { type Layer, type Network, networkUpTo, outputOf } from '../../src/models/network.js';
import { networkWeights, parameterCount } from '../../src/models/network-weights.js';
import { NetworkBuilder } from '../../src/models/network-builder.js';
import { modelNames, type ModelSpec, modelSpec } from '../../src/models/registry.js';
import { Random } from '../../src/runtime/random.js';

const normals = new Random(5);
const table = Float32Array.from({ length: 65_521 }, () => normals.normal());

/** As `weightsFor`, but quick: drawn from a table, so that a network of 60 million weights takes no seconds. */
export function madeUp(network: Network): Weights {
  let at = 0;
  return new Map(
    networkWeights(network).map(({ name, shape }): [string, NamedTensor] => {
      const data = new Float32Array(sizeOf(shape));
      for (let from = 0; from < data.length; from += table.length) {
        const offset = at++ % 1000;
        data.set(table.subarray(offset, offset + Math.min(table.length - offset, data.length - from)), from);
      }
      const scale = name.endsWith('/kernel') ? Math.sqrt((2 * shape.at(-1)!) / data.length) : 0.1;
      const shift = /\/(variance|gamma|coefficient)$/.test(name) ? 1 : 0;
      for (let i = 0; i < data.length; i++) data[i] = shift + scale * data[i]!;
      return [name, { shape, data }];
    }),
  );
}

/** As a run exports it, a head on the base's last map, on smaller pictures where it takes them. Logits: they tell more. */
export function published(name: string): WeightedNetwork {
  const spec = modelSpec(name);
  const base = small(spec);
  const { shape } = outputOf(base);
  const pooled = pooledAt(base, spec.transferCut, shape.length === 3);
  const joint = outputOf(pooled);
  const head: Layer = { type: 'dense', name: 'head', inputs: [joint.name], shape: [5], units: 5, bias: true };
  const network = { name, layers: [...pooled.layers, head] };
  return withPreprocessing({ network, weights: madeUp(network) }, spec.preprocessing);
}

function small(spec: ModelSpec): Network {
  const channels = spec.inputShape[2];
  const whole = (inputShape: ModelSpec['inputShape']) => spec.build({ classes: 5, inputShape });
  try {
    return networkUpTo(whole([75, 75, channels]), spec.transferCut);
  } catch {
    return networkUpTo(whole(spec.inputShape), spec.transferCut);
  }
}

/** What of a layer decides how it is written: all but its names and how many channels it has. */
const kindOf = ({ name: _, inputs, shape, ...settings }: Layer) =>
  JSON.stringify({ ...settings, filters: 0, units: 0, inputs: inputs.length, axes: shape.length });

/** From the smallest network on, each with a kind of layer that none before it has: every kind of the registry is met. */
export function leastThatMeetEveryKind(): string[] {
  const size = (name: string) => parameterCount(modelSpec(name).buildBase());
  const met = new Set<string>();
  return modelNames()
    .sort((a, b) => size(a) - size(b))
    .filter((name) => {
      const before = met.size;
      for (const layer of small(modelSpec(name)).layers) met.add(kindOf(layer));
      return met.size > before;
    });
}

/** How networks of many kinds of layers begin: a convolution with an activation. */
export function stem(net: NetworkBuilder): string {
  return net.convolution('input', 'conv1', {
    filters: 8,
    kernel: 3,
    stride: 2,
    padding: 'same',
    activation: 'relu',
  });
}

/** Two ways from a map, and what joins them: groups, a filter a channel, normalisation, a sum, channels side by side, means. */
export function branches(net: NetworkBuilder, x: string): string {
  const grouped = net.convolution(x, 'grouped', {
    filters: 8,
    kernel: 3,
    padding: 1,
    groups: 2,
    activation: 'tanh',
  });
  const depthwise = net.depthwise(x, 'depthwise', { kernel: [3, 2], padding: 'same', bias: false });
  const added = net.add(
    [grouped, net.batchNorm(depthwise, 'bn', { epsilon: 1e-3, activation: 'relu6' }), x],
    'add',
  );
  const joined = net.concatenate([added, grouped], 'concat');
  return net.averagePool(joined, 'average', { kernel: 3, padding: 1 });
}

/** One of everything that a layer can be. */
export function everything(): WeightedNetwork {
  const net = new NetworkBuilder('everything', [27, 22, 3]);
  let x = stem(net);
  x = net.localResponseNorm(x, 'norm', { depthRadius: 2, bias: 2, alpha: 0.1, beta: 0.75 });
  x = net.maxPool(x, 'pool', { kernel: 3, stride: 2, padding: 'same' });
  x = branches(net, x);
  const connections = [...'abc'].map((_, i) => Array.from({ length: 16 }, (_, j) => (j % 3 === i ? 1 : 0)));
  x = net.convolution(x, 'partial', { filters: 3, kernel: 2, connections, activation: 'sigmoid' });
  x = net.subsample(x, 'subsample', { kernel: 2, stride: 2, activation: 'scaledTanh' });
  x = net.rootMeanSquareNorm(x, 'contrast');
  const pooled = [net.globalMaximum(x, 'largest'), net.generalisedMean(x, 'root mean', 3)];
  x = net.concatenate([net.flatten(x, 'flatten'), ...pooled], 'joined');
  x = net.dropout(x, 'dropout', 0.5);
  x = net.dense(x, 'code', { units: 5, bias: false, activation: 'softmax' });
  // Named as the graph's own output, which must not be taken for it.
  x = net.radialBasis(x, 'probabilities', [
    [1, -1, 1, 1, -1],
    [-1, 1, 1, -1, 1],
  ]);
  net.activation(x, 'last', 'scaledTanh');
  const network = net.build();
  return { network, weights: madeUp(network) };
}
