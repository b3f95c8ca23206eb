import type { Tensor4D } from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { tf } from '../runtime/tensorflow.js';
import { fromTorchNames } from '../zoo/naming.js';
import { readPyTorch } from '../formats/pytorch.js';
import type { NamedTensor } from '../formats/tensors.js';
import { forward } from './forward.js';
import { networkWeights } from './network-weights.js';
import { NetworkBuilder } from './network-builder.js';
import { basicBlock, bottleneckBlock } from './resnet.js';

/** Files that PyTorch wrote, with what its own block puts out: test/fixtures/make_pytorch_fixtures.py. */
const fixture = (name: string) =>
  new URL(`../../test/fixtures/pytorch/${name}.pth`, import.meta.url).pathname;

test.each([
  ['basic-block', basicBlock, 6],
  ['basic-block-legacy', basicBlock, 6],
  ['bottleneck-block', bottleneckBlock, 2],
  ['bottleneck-block-legacy', bottleneckBlock, 2],
] as const)('%s computes what PyTorch computes', async (file, block, filters) => {
  const net = new NetworkBuilder(file, [6, 6, 4]);
  block(net, 'input', 'layer1.0', 4, { filters, stride: 2, shortcuts: true });
  const network = net.build();
  const weights = fromTorchNames(network, await readPyTorch(fixture(file)));
  const shapes = new Map([...weights].map(([name, { shape }]) => [name, shape]));
  expect(shapes).toEqual(new Map(networkWeights(network).map(({ name, shape }) => [name, shape])));

  const example = await readPyTorch(fixture(`${file.replace('-legacy', '')}-example`));
  const tensors = tf.memory().numTensors;
  const error = tf.tidy(() => {
    const nhwc = ({ data, shape }: NamedTensor) =>
      tf.transpose(tf.tensor4d(data, shape as Tensor4D['shape']), [0, 2, 3, 1]);
    const parameters = new Map(
      [...weights].map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape])]),
    );
    const output = forward(network, parameters, nhwc(example.get('input')!));
    return tf.max(tf.abs(tf.sub(output, nhwc(example.get('output')!)))).dataSync()[0];
  });
  expect(error).toBeLessThan(1e-5);
  expect(tf.memory().numTensors).toBe(tensors);
});
