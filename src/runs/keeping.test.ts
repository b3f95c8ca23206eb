import path from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { smallClassifier } from '../../test/helpers/small-classifier.js';
import { tf } from '../runtime/tensorflow.js';
import { saveClassifier } from './classifier.js';
import { keptAnswer } from './keeping.js';

const { scratch } = scratchFolders();
afterEach(() => vi.unstubAllEnvs());

test('a saved classifier is held to its own base and head, whether the base is known or not', async () => {
  vi.stubEnv('FINETUNE_CACHE', scratch());
  const saved = smallClassifier();
  const own = keptAnswer({ key: { of: 'small' }, cache: true }, saved.cut);
  const before = tf.memory().numTensors;
  const answer = own(saved);
  expect(own(saved)).toEqual(answer);
  await saveClassifier(path.join(scratch(), 'model'), saved, own);
  expect(tf.memory().numTensors).toBe(before);
});

test('an answer that was kept wrongly ends no run: the network is asked itself', async () => {
  vi.stubEnv('FINETUNE_CACHE', scratch());
  const saved = smallClassifier();
  const own = keptAnswer({ key: { of: 'small' }, cache: true }, saved.cut);
  const kernel = saved.weights.get('conv1/kernel')!;
  const other = { ...kernel, data: kernel.data.map((value) => -value) };
  own({ ...saved, weights: new Map([...saved.weights, ['conv1/kernel', other]]) });
  expect(own(saved)).not.toEqual(keptAnswer({ key: { of: 'small' }, cache: false }, saved.cut)(saved));
  await saveClassifier(path.join(scratch(), 'model'), saved, own);
});
