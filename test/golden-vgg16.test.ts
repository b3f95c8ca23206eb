import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tensor } from '@tensorflow/tfjs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { forwardTaps, type Parameters } from '../src/models/forward.js';
import { preprocess } from '../src/models/preprocess.js';
import { modelSpec } from '../src/models/registry.js';
import { tf } from '../src/runtime/tensorflow.js';
import { transpose } from '../src/formats/kernel-layout.js';
import { type LoadedWeights, loadWeights } from '../src/zoo/load-weights.js';
import { toParameters } from '../src/models/parameters.js';

const shared = process.env['FINETUNE_SHARED'];

/** What Keras 3.15 computed with the same weights (goldens/make_goldens.py of the shared data). */
interface Probe {
  shape: number[];
  mean: number;
  std: number;
  max: number;
  index: number[];
  value: number[];
}
type Golden = Record<string, Probe> & { global_average: number[] };

/** The relative error allowed; for values near zero, relative to the map's standard deviation. */
const tolerance = 1e-4;

const pictures = ['input-0.png', 'input-1.png', 'input-2.png', 'input-3.png'];

describe.skipIf(!shared)('VGG-16 from the local mirror of the zoo (needs FINETUNE_SHARED)', () => {
  const spec = modelSpec('vgg16');
  const network = spec.buildBase();
  let loaded: LoadedWeights;
  let parameters: Parameters;
  let goldens: Record<string, Golden>;

  beforeAll(async () => {
    const environment = { FINETUNE_ZOO: join(shared!, 'weights') };
    loaded = await loadWeights('vgg16', network, { environment, offline: true });
    parameters = toParameters(loaded.weights);
    goldens = JSON.parse(readFileSync(join(shared!, 'goldens/vgg16.json'), 'utf8')) as Record<string, Golden>;
  });
  afterAll(() => tf.dispose([...parameters.values()]));

  test('has the digest of the published tensors', () => {
    // SHA-256 over the published tensors as float32, computed apart from this project's reader.
    expect(loaded.digest).toBe('d9a27cc1fc7f975ef8cff49180e794ccd7c4bc868ebb49740803b3bbaa8dbefd');
  });

  test.each(['block1_conv1', 'block1_conv2', 'block2_conv1', 'block2_conv2'])(
    'has the kernel of %s as the reference writes it out',
    (layer) => {
      const file = join(shared!, `weights/reference/vgg16-keras-blocks1-2/${layer}_kernel.txt`);
      const values = Float32Array.from(readFileSync(file, 'utf8').trim().split(/\s+/), Number);
      const { shape, data } = loaded.weights.get(`${layer}/kernel`)!;
      const [height, width, channels, filters] = shape as [number, number, number, number];
      // The reference holds the kernel in tiles of at most 64 filters by 64 channels, each tile as HWIO.
      const depth = Math.min(64, channels);
      const tiles = [filters / 64, channels / depth, height, width, depth, 64];
      const expected = transpose({ shape: tiles, data: values }, [2, 3, 1, 4, 0, 5]).data;
      expect(data.length).toBe(expected.length);
      expect(data.findIndex((value, i) => value !== expected[i])).toBe(-1);
    },
  );

  test('has a golden for every picture', () => {
    const found = readdirSync(join(shared!, 'goldens')).filter((name) => name.startsWith('input-'));
    expect(found).toEqual(pictures);
    expect(Object.keys(goldens)).toEqual(pictures);
  });

  test.each(pictures)('agrees with Keras on %s at every probe', async (picture) => {
    const { data, info } = await sharp(join(shared!, 'goldens', picture))
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.height, info.width, info.channels]).toEqual(spec.inputShape);
    const { global_average: average, ...probes } = goldens[picture]!;
    const before = tf.memory().numTensors;
    const batch = tf.tidy(() =>
      preprocess(tf.tensor(data, [1, ...spec.inputShape], 'int32'), spec.preprocessing),
    );
    const outputs = forwardTaps(network, parameters, batch, Object.keys(probes));
    for (const [tap, probe] of Object.entries(probes)) expectProbe(tap, outputs.get(tap)!, probe as Probe);
    const pooled = tf.tidy(() => tf.mean(outputs.get('block5_pool')!, [1, 2]).dataSync());
    expectClose('global average', [...pooled], average, deviation(Float64Array.from(average)));
    tf.dispose([batch, ...outputs.values()]);
    expect(tf.memory().numTensors).toBe(before);
  });
});

function expectProbe(tap: string, output: Tensor, { shape, mean, std, max, index, value }: Probe): void {
  expect(output.shape, tap).toEqual([1, ...shape]);
  const values = Float64Array.from(output.dataSync());
  const largest = values.reduce((a, b) => Math.max(a, b));
  expectClose(
    `${tap}: mean, deviation, maximum`,
    [meanOf(values), deviation(values), largest],
    [mean, std, max],
  );
  expectClose(
    tap,
    index.map((place) => values[place]!),
    value,
    std,
  );
}

/** @param spread what counts as a large value: errors are relative to the value, or to this where it is larger. */
function expectClose(what: string, found: readonly number[], expected: readonly number[], spread = 0): void {
  expect(found.length, what).toBe(expected.length);
  const errors = found.map((value, i) => {
    return Math.abs(value - expected[i]!) / Math.max(Math.abs(expected[i]!), spread);
  });
  expect(Math.max(...errors), what).toBeLessThan(tolerance);
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: Float64Array): number {
  const mean = meanOf(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
