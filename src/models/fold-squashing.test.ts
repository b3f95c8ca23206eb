import type { Tensor } from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { weightsFor } from '../../test/helpers/networks.js';
import { expectClose, normal } from '../../test/helpers/tensors.js';
import { tf } from '../runtime/tensorflow.js';
import { foldSquashing, multiplied } from './fold-squashing.js';
import { forward } from './forward.js';
import { lenet5 } from './lenet5.js';
import type { Network } from './network.js';
import { NetworkBuilder } from './network-builder.js';

function parametersOf(network: Network): Map<string, Tensor> {
  return new Map(
    [...weightsFor(network)].map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape])]),
  );
}

/** One squashed layer that is read by a convolution and by something that cannot take a factor. */
function branched(): Network {
  const net = new NetworkBuilder('branched', [8, 8, 2]);
  const squashed = net.convolution('input', 'a', {
    filters: 3,
    kernel: 3,
    padding: 1,
    activation: 'scaledTanh',
  });
  const again = net.convolution(squashed, 'b', {
    filters: 3,
    kernel: 3,
    padding: 1,
    activation: 'scaledTanh',
  });
  const sum = net.add([squashed, again], 'sum');
  net.dense(net.globalAverage(sum, 'mean'), 'logits', { units: 4 });
  return net.build();
}

it.each([lenet5(), branched()])('$name computes the same, gradients too', (network) => {
  tf.tidy(() => {
    const parameters = parametersOf(network);
    const x = normal([3, ...network.layers[0]!.shape], 4);
    const folded = foldSquashing(network);
    const plain = (values: Tensor[]) => forward(network, named(values), x);
    const fast = (values: Tensor[]) => forward(folded.network, multiplied(named(values), folded.factors), x);
    const named = (values: Tensor[]) => new Map([...parameters.keys()].map((name, i) => [name, values[i]!]));
    const values = [...parameters.values()];
    expectClose([fast(values)], [plain(values)]);
    const gradients = (run: (values: Tensor[]) => Tensor) =>
      tf.grads((...given: Tensor[]) => tf.sum(tf.square(run(given))))(values);
    expectClose(gradients(fast), gradients(plain), 1e-4);
  });
});

it('LeNet-5 has no factor left in a map; a layer that something else reads keeps its own', () => {
  const activations = (network: Network) =>
    network.layers.flatMap((layer) => ('activation' in layer ? [layer.activation] : []));
  expect(activations(foldSquashing(lenet5()).network)).toEqual(['tanh', 'tanh', 'tanh', 'tanh']);
  expect(activations(foldSquashing(branched()).network)).toEqual(['scaledTanh', 'scaledTanh']);
});

it('keeps no tensors but the products', () => {
  const network = lenet5();
  const parameters = parametersOf(network);
  const before = tf.memory().numTensors;
  const { factors } = foldSquashing(network);
  const products = multiplied(parameters, factors);
  expect(tf.memory().numTensors - before).toBe(factors.size);
  for (const name of factors.keys()) products.get(name)!.dispose();
  expect(tf.memory().numTensors).toBe(before);
  tf.dispose([...parameters.values()]);
});
