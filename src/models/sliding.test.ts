import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { networkCosts } from '../summary/network-costs.js';
import { Random } from '../runtime/random.js';
import { tf } from '../runtime/tensorflow.js';
import type { Weights } from '../formats/tensors.js';
import { alexnet } from './alexnet.js';
import { forward } from './forward.js';
import { lenet5 } from './lenet5.js';
import { layerNamed, outputOf } from './network.js';
import { layerWeights, networkWeights, parameterCount } from './network-weights.js';
import { slidingNetwork, slidingWeights } from './sliding.js';
import { vgg } from './vgg.js';

test('LeNet-5 slid over a larger picture answers at every place as on the picture cut out there', () => {
  const original = lenet5();
  const random = new Random(1);
  const weights: Weights = new Map(
    networkWeights(original).map(({ name, shape }) => {
      const size = shape.reduce((a, b) => a * b, 1);
      return [name, { shape, data: Float32Array.from({ length: size }, () => 0.1 * random.normal()) }];
    }),
  );
  const tensors = (from: Weights) =>
    new Map<string, Tensor>([...from].map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]));

  const sliding = slidingNetwork(original, lenet5({ inputShape: [40, 44, 1] }));
  expect(outputOf(sliding).shape).toEqual([3, 4, 10]);

  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const picture = tf.randomUniform([1, 40, 44, 1], 0, 1, 'float32', 2) as Tensor4D;
    const answers = forward(
      sliding,
      tensors(slidingWeights(original, weights)),
      picture,
    ).arraySync() as number[][][][];
    const own = tensors(weights);
    for (let row = 0; row < 3; row++) {
      for (let column = 0; column < 4; column++) {
        // Two pools of stride 2: neighbouring answers are four pixels apart.
        const cut = tf.slice(picture, [0, 4 * row, 4 * column, 0], [1, 32, 32, 1]);
        const expected = forward(original, own, cut).arraySync() as number[][];
        for (const [unit, value] of expected[0]!.entries()) {
          expect(answers[0]![row]![column]![unit]).toBeCloseTo(value, 4);
        }
      }
    }
  });
  expect(tf.memory().numTensors).toBe(before);
});

test('AlexNet in TF-slim’s form: fc6 is 6×6 without padding, fc7 and fc8 are 1×1, the parameters are the same', () => {
  const sliding = slidingNetwork(alexnet(), alexnet());
  const kernels = ['fc6', 'fc7', 'fc8'].map(
    (name) => layerWeights(sliding, layerNamed(sliding, name))[0]!.shape,
  );
  expect(kernels).toEqual([
    [6, 6, 256, 4096],
    [1, 1, 4096, 4096],
    [1, 1, 4096, 1000],
  ]);
  expect(outputOf(sliding).shape).toEqual([1, 1, 1000]);
  expect(parameterCount(sliding)).toBe(62_378_344);
});

test('on larger pictures there is a map of answers, at the same number of parameters', () => {
  const wide = slidingNetwork(alexnet(), alexnet('alexnet', { inputShape: [355, 355, 3] }));
  expect(outputOf(wide).shape).toEqual([5, 5, 1000]);
  expect(parameterCount(wide)).toBe(62_378_344);
  const pieces = 25 * networkCosts(alexnet()).totals.multiplyAdds;
  expect(pieces / networkCosts(wide).totals.multiplyAdds).toBeCloseTo(6.7, 1);
  const tall = slidingNetwork(vgg('vgg16'), vgg('vgg16', { inputShape: [384, 256, 3] }));
  expect(outputOf(tall).shape).toEqual([6, 2, 1000]);
});
