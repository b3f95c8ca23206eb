import { expect, test } from 'vitest';
import { NetworkBuilder } from '../models/network-builder.js';
import { matchOrder } from './match-order.js';
import type { NamedTensor } from '../formats/tensors.js';

const net = new NetworkBuilder('small', [4, 4, 3]);
let x = net.convolution('input', 'one', { filters: 4, kernel: 3, padding: 1, bias: false });
x = net.batchNorm(x, 'norm', { epsilon: 1e-5 });
x = net.convolution(x, 'two', { filters: 4, kernel: 3, padding: 1 });
net.dense(net.flatten(x, 'flatten'), 'top', { units: 2 });
const network = net.build();

const of = (...shape: number[]): NamedTensor => ({
  shape,
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)),
});
const norm = ['gamma', 'beta', 'running_mean', 'running_var'];
const tensors = () =>
  new Map<string, NamedTensor>([
    ['net0_conv0_weight', of(4, 3, 3, 3)],
    ...norm.map((part) => [`net0_batchnorm0_${part}`, of(4)] as const),
    ['net0_conv1_weight', of(4, 4, 3, 3)],
    ['net0_conv1_bias', of(4)],
    ['net0_dense0_weight', of(2, 64)],
    ['net0_dense0_bias', of(2)],
  ]);

test("MXNet's numbered layers are ours in the order of computation", () => {
  const found = matchOrder(network, tensors())!;
  expect([...found.keys()].sort()).toEqual(
    ['norm.bias', 'norm.running_mean', 'norm.running_var', 'norm.weight', 'one.weight']
      .concat(['top.bias', 'top.weight', 'two.bias', 'two.weight'])
      .sort(),
  );
  expect(found.get('two.weight')).toEqual(of(4, 4, 3, 3));
});

test('another shape, or a layer that is not there, fits nothing', () => {
  const other = tensors().set('net0_conv1_weight', of(4, 4, 1, 1));
  expect(matchOrder(network, other)).toBeUndefined();
  const fewer = tensors();
  fewer.delete('net0_dense0_weight');
  expect(matchOrder(network, fewer)).toBeUndefined();
  expect(matchOrder(network, new Map())).toBeUndefined();
});

test('an order that numbers contradict is not guessed at', () => {
  const twice = new NetworkBuilder('twice', [4, 4, 4]);
  const y = twice.convolution('input', 'one', { filters: 4, kernel: 1, bias: false });
  twice.convolution(y, 'two', { filters: 4, kernel: 1, bias: false });
  const stored = (...names: string[]) => new Map(names.map((name) => [name, of(4, 4, 1, 1)]));
  expect(matchOrder(twice.build(), stored('conv2_weight', 'conv10_weight'))?.size).toBe(2);
  expect(matchOrder(twice.build(), stored('conv10_weight', 'conv2_weight'))).toBeUndefined();
});
