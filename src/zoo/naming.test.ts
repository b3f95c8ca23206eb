import { expect, test } from 'vitest';
import { NetworkBuilder } from '../models/network-builder.js';
import { fromKerasNames, fromTorchNames } from './naming.js';

const net = new NetworkBuilder('tiny', [4, 4, 2]);
let x = net.convolution('input', 'stem.conv', { filters: 3, kernel: 1 });
x = net.batchNorm(x, 'stem.norm', { epsilon: 1e-3 });
x = net.depthwise(x, 'deep', { kernel: 1, bias: false });
x = net.globalAverage(x, 'pool');
net.dense(x, 'top', { units: 2 });
const network = net.build();

const tensor = (...shape: number[]) => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i),
});

test("Keras' names become ours; a 1×1 convolution becomes a dense kernel; unknown names stay", () => {
  const renamed = fromKerasNames(
    network,
    new Map([
      ['stem.norm/moving_mean:0', tensor(3)],
      ['stem.norm/moving_variance:0', tensor(3)],
      ['stem.norm/gamma', tensor(3)],
      ['deep/depthwise_kernel', tensor(1, 1, 3, 1)],
      ['top/kernel', tensor(1, 1, 3, 2)],
      ['other/kernel:0', tensor(1)],
      ['odd', tensor(1)],
    ]),
  );
  expect([...renamed.keys()]).toEqual([
    'stem.norm/mean',
    'stem.norm/variance',
    'stem.norm/gamma',
    'deep/kernel',
    'top/kernel',
    'other/kernel:0',
    'odd',
  ]);
  expect(renamed.get('top/kernel')?.shape).toEqual([3, 2]);
});

test("PyTorch's names and layouts become ours; unknown names stay", () => {
  const renamed = fromTorchNames(
    network,
    new Map([
      ['stem.conv.weight', tensor(3, 2, 1, 1)],
      ['stem.conv.bias', tensor(3)],
      ['stem.norm.weight', tensor(3)],
      ['stem.norm.bias', tensor(3)],
      ['stem.norm.running_mean', tensor(3)],
      ['stem.norm.running_var', tensor(3)],
      ['deep.weight', tensor(3, 1, 1, 1)],
      ['top.weight', tensor(2, 3)],
      ['top.constructor', tensor(1)],
      ['aux.fc.weight', tensor(1)],
    ]),
  );
  expect([...renamed].map(([name, { shape }]) => [name, shape])).toEqual([
    ['stem.conv/kernel', [1, 1, 2, 3]],
    ['stem.conv/bias', [3]],
    ['stem.norm/gamma', [3]],
    ['stem.norm/beta', [3]],
    ['stem.norm/mean', [3]],
    ['stem.norm/variance', [3]],
    ['deep/kernel', [1, 1, 3, 1]],
    ['top/kernel', [3, 2]],
    ['top.constructor', [1]],
    ['aux.fc.weight', [1]],
  ]);
  expect([...renamed.get('stem.conv/kernel')!.data]).toEqual([0, 2, 4, 1, 3, 5]);
  expect([...renamed.get('top/kernel')!.data]).toEqual([0, 3, 1, 4, 2, 5]);
});

test("slim's names become ours; a convolution over the whole map keeps its values in their order", () => {
  const classes = (count: number) =>
    fromKerasNames(
      network,
      new Map([
        ['stem.conv/weights', tensor(1, 1, 2, 3)],
        ['stem.conv/biases', tensor(3)],
        ['deep/depthwise_weights', tensor(1, 1, 3, 1)],
        ['top/weights', tensor(2, 2, 3, count)],
        ['top/biases', tensor(count)],
      ]),
    );
  const names = ['stem.conv/kernel', 'stem.conv/bias', 'deep/kernel', 'top/kernel', 'top/bias'];
  expect([...classes(2).keys()]).toEqual(names);
  expect(classes(2).get('top/kernel')).toEqual({ shape: [12, 2], data: tensor(24).data });
  // Of three classes for two units the first is slim's class of everything else.
  expect(classes(3).get('top/bias')).toEqual({ shape: [2], data: Float32Array.of(1, 2) });
  expect(classes(3).get('top/kernel')?.shape).toEqual([12, 2]);
  expect([...classes(3).get('top/kernel')!.data.subarray(0, 4)]).toEqual([1, 2, 4, 5]);
  expect(classes(3).get('stem.conv/kernel')).toEqual(tensor(1, 1, 2, 3));
  expect(classes(4).get('top/kernel')?.shape).toEqual([12, 4]);
});
