import { expect, test } from 'vitest';
import { NetworkBuilder } from '../models/network-builder.js';
import { Random } from '../runtime/random.js';
import { drawnWhenRead, initialWeights } from './initialise.js';

const net = new NetworkBuilder('small', [8, 8, 3]);
const map = net.convolution('input', 'conv', { filters: 5, kernel: 3, padding: 1, activation: 'relu' });
net.dense(net.globalAverage(map, 'pool'), 'logits', { units: 4 });
const network = net.build();
const seed = new Random(9);
const draws = (name: string, count: number, draw: (random: Random) => number) => {
  const random = seed.fork(name);
  return Float32Array.from({ length: count }, () => draw(random));
};

test('weights are the numbers of a stream of their own, one after the other', () => {
  const weights = initialWeights(network, seed);
  const deviation = Math.sqrt(2 / 27);
  const limit = Math.sqrt(6 / 9);
  const expected = {
    'conv/kernel': draws('conv/kernel', 135, (random) => deviation * random.normal()),
    'conv/bias': new Float32Array(5),
    'logits/kernel': draws('logits/kernel', 20, (random) => random.between(-limit, limit)),
    'logits/bias': new Float32Array(4),
  };
  expect(Object.fromEntries([...weights].map(([name, { data }]) => [name, data]))).toEqual(expected);
});

test('those that are drawn when they are read are the same, and are drawn once', () => {
  const [weights, lazy] = [initialWeights(network, seed), drawnWhenRead(network, seed)];
  for (const name of ['logits/kernel', 'conv/kernel']) {
    const { data } = lazy.get(name)!;
    expect(data).toEqual(weights.get(name)!.data);
    expect(lazy.get(name)!.data).toBe(data);
  }
});
