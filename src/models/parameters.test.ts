import { expect, test } from 'vitest';
import { tf } from '../runtime/tensorflow.js';
import { fromParameters, toParameters } from './parameters.js';

test('weights come back from TensorFlow bit for bit, and no tensor is left behind', async () => {
  const weights = new Map([
    ['conv/kernel', { shape: [1, 2, 1, 2], data: Float32Array.of(0.1, -0, 3e-40, 4) }],
    ['conv/bias', { shape: [2], data: Float32Array.of(5, Number.NaN) }],
  ]);
  const before = tf.memory().numTensors;
  const parameters = toParameters(weights);
  expect(parameters.get('conv/kernel')?.shape).toEqual([1, 2, 1, 2]);
  expect(await fromParameters(parameters)).toEqual(weights);
  expect(tf.memory().numTensors).toBe(before + 2);
  tf.dispose([...parameters.values()]);
  expect(tf.memory().numTensors).toBe(before);
});
