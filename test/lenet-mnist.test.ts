import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { onCanvas } from '../src/data/centre.js';
import { idxFolder } from '../src/data/idx.js';
import { lenet5 } from '../src/models/lenet5.js';
import { networkWeights } from '../src/models/network-weights.js';
import { loadRun, readClassifier } from '../src/runs/classifier.js';
import { readSafetensors } from '../src/formats/safetensors.js';
import { canonicalDigest, sizeOf } from '../src/formats/tensors.js';

const checkpoint = fileURLToPath(new URL('../checkpoints/lenet5-mnist', import.meta.url));
const record = JSON.parse(readFileSync(path.join(checkpoint, 'record.json'), 'utf8'));
const shared = process.env['FINETUNE_SHARED'];

describe('the shipped LeNet-5', async () => {
  const tensors = await readSafetensors(path.join(checkpoint, 'lenet5.safetensors'));

  test('has the layers of the paper: 61,706 weights, the ones recorded', () => {
    const expected = networkWeights(lenet5());
    expect([...tensors].map(([name, { shape }]) => [name, [...shape]])).toEqual(
      expected.map(({ name, shape }) => [name, [...shape]]),
    );
    expect(expected.reduce((sum, { shape }) => sum + sizeOf(shape), 0)).toBe(61_706);
    expect(canonicalDigest(tensors)).toBe(record.weightsSha256);
  });

  test('is the same in its safetensors file and as a classifier', async () => {
    const { weights } = await readClassifier(path.join(checkpoint, 'model'));
    expect(canonicalDigest(weights, [...tensors.keys()])).toBe(record.weightsSha256);
  });
});

describe.skipIf(!shared)('the shipped LeNet-5 on MNIST (needs FINETUNE_SHARED)', () => {
  test('reaches its recorded accuracy on the 10,000 test digits', { timeout: 120_000 }, async () => {
    const folder = path.join(shared!, 'datasets/mnist');
    expect(existsSync(folder), `${folder} is missing`).toBe(true);
    const { images, labels } = (await idxFolder(folder))!.test;
    const classifier = await loadRun(checkpoint);
    const probabilities = classifier.probabilities(onCanvas(images, 32), labels.data.length);
    classifier.dispose();
    const right = probabilities.filter((row, i) => row.indexOf(Math.max(...row)) === labels.data[i]).length;
    expect(right).toBeGreaterThanOrEqual(9_890);
    // Another processor sums in another order, which may tip a digit on the edge.
    expect(Math.abs(right - record.test.accuracy * record.test.n)).toBeLessThanOrEqual(2);
  });
});
