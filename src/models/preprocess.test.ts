import { expect, test } from 'vitest';
import { tf } from '../runtime/tensorflow.js';
import { preprocess } from './preprocess.js';
import { modelSpec } from './registry.js';

test("Keras' VGG: blue first, minus the means of ImageNet", () => {
  const before = tf.memory().numTensors;
  const batch = tf.tensor4d([10, 20, 30, 255, 0, 128], [1, 1, 2, 3], 'int32');
  const x = preprocess(batch, modelSpec('vgg16').preprocessing);
  expect(x.dtype).toBe('float32');
  expect(x.shape).toEqual([1, 1, 2, 3]);
  const expected = [30 - 103.939, 20 - 116.779, 10 - 123.68, 128 - 103.939, 0 - 116.779, 255 - 123.68];
  for (const [i, value] of x.dataSync().entries()) expect(value).toBeCloseTo(expected[i]!, 4);
  tf.dispose([batch, x]);
  expect(tf.memory().numTensors).toBe(before);
});

test('mean and scale are taken channel by channel in the order of the weights', () => {
  tf.tidy(() => {
    const batch = tf.tensor4d([255, 127.5, 0], [1, 1, 1, 3]);
    const torchvision = { mean: [123.675, 116.28, 103.53], scale: [58.395, 57.12, 57.375] };
    const rgb = preprocess(batch, { channelOrder: 'RGB', ...torchvision }).dataSync();
    expect(rgb[0]).toBeCloseTo((255 - 123.675) / 58.395, 5);
    expect(rgb[2]).toBeCloseTo((0 - 103.53) / 57.375, 5);
    const bgr = preprocess(batch, { channelOrder: 'BGR', ...torchvision }).dataSync();
    expect(bgr[0]).toBeCloseTo((0 - 123.675) / 58.395, 5);
  });
});
