import { expect, it } from 'vitest';
import { forward } from '../models/forward.js';
import { NetworkBuilder } from '../models/network-builder.js';
import { Random } from '../runtime/random.js';
import { tf } from '../runtime/tensorflow.js';
import { examplesInMemory } from '../features/examples.js';
import { initialWeights } from './initialise.js';
import { throughNetwork } from './through-network.js';

it('gives every example as the network puts it out, and leaks no tensors', () => {
  const net = new NetworkBuilder('suffix', [4, 4, 2]);
  net.globalAverage(net.convolution('input', 'conv', { filters: 3, kernel: 3, activation: 'relu' }), 'pool');
  const network = net.build();
  const random = new Random(8);
  const weights = initialWeights(network, random);
  const values = Float32Array.from({ length: 7 * 32 }, () => random.normal());
  const before = tf.memory().numTensors;
  const result = throughNetwork(
    examplesInMemory(values, [4, 4, 2], [0, 1, 0, 1, 0, 1, 0]),
    { network, weights },
    4,
  );
  expect(tf.memory().numTensors).toBe(before);
  const expected = tf.tidy(() => {
    const parameters = new Map([...weights].map(([name, t]) => [name, tf.tensor(t.data, [...t.shape])]));
    return forward(network, parameters, tf.tensor(values, [7, 4, 4, 2])).dataSync();
  });
  expect(result).toMatchObject({ size: 7, shape: [3], labels: [0, 1, 0, 1, 0, 1, 0] });
  for (const [i, value] of result.read([0, 1, 2, 3, 4, 5, 6]).entries()) {
    expect(value).toBeCloseTo(expected[i]!, 5);
  }
});
