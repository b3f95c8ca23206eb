import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tensor } from '@tensorflow/tfjs';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { forward, forwardTaps } from '../src/models/forward.js';
import { type ConvolutionLayer, type Network, networkUpTo } from '../src/models/network.js';
import { modelSpec } from '../src/models/registry.js';
import { tf } from '../src/runtime/tensorflow.js';
import { readCaffe } from '../src/formats/caffe.js';

const shared = process.env['FINETUNE_SHARED'];

/** What OpenCV's implementation of Caffe's layers computed (goldens/make_goldens.py of the shared data). */
interface Probe {
  shape: number[];
  mean: number;
  std: number;
  max: number;
  index: number[];
  value: number[];
}
type Golden = Record<string, Probe> & { prob: number[]; top5: string[] };

describe.skipIf(!shared)('Caffe networks agree with OpenCV (needs FINETUNE_SHARED)', () => {
  const words = () => readFileSync(join(shared!, 'weights/synset_words.txt'), 'utf8').trim().split('\n');

  test.each([
    ['googlenet', 'bvlc_googlenet'],
    ['squeezenet', 'squeezenet_v1.1'],
  ])('%s on every picture, at every probe to 1e-3, with the same top five', async (name, file) => {
    const goldens = JSON.parse(readFileSync(join(shared!, `goldens/${name}.json`), 'utf8'));
    const pictures = readdirSync(join(shared!, 'goldens')).filter((picture) => picture.startsWith('input-'));
    expect(pictures).toEqual(Object.keys(goldens));
    const weights = await readCaffe(join(shared!, `weights/caffe/${file}.caffemodel`));
    const parameters = new Map(
      [...weights].map(([key, { shape, data }]) => [key, tf.tensor(data, [...shape])] as const),
    );
    const network = modelSpec(name).build();
    for (const picture of pictures) {
      const golden: Golden = goldens[picture];
      const input = await pictureInput(join(shared!, 'goldens', picture), modelSpec(name).preprocessing.mean);
      compare(network, parameters, input, golden, words());
      input.dispose();
    }
    tf.dispose([...parameters.values()]);
  });
});

/** A 224×224 picture as these networks read it, [1, 224, 224, 3]: blue, green, red, minus the mean. */
async function pictureInput(path: string, mean: readonly number[]): Promise<Tensor> {
  const { data } = await sharp(path).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return tf.tidy(() => {
    const rgb = tf.tensor(Float32Array.from(data), [1, 224, 224, 3]);
    return tf.sub(tf.reverse(rgb, -1), tf.tensor1d([...mean]));
  });
}

function compare(
  network: Network,
  parameters: Map<string, Tensor>,
  input: Tensor,
  golden: Golden,
  words: readonly string[],
): void {
  const probes = Object.keys(golden).filter((key) => key !== 'prob' && key !== 'top5');
  const outputs = forwardTaps(network, parameters, input, [...probes, 'prob']);
  for (const tap of probes) {
    if (!tap.startsWith('conv')) expectProbe(tap, outputs.get(tap)!, golden[tap]!);
    else tf.tidy(() => expectProbe(tap, forward(linear(network, tap), parameters, input), golden[tap]!));
  }
  const probabilities = [...outputs.get('prob')!.dataSync()];
  for (const [i, p] of golden.prob.entries()) {
    expect(Math.abs(probabilities[i]! - p), `probability of class ${i}`).toBeLessThan(1e-3 * p + 1e-6);
  }
  const order = probabilities.map((_, i) => i).sort((a, b) => probabilities[b]! - probabilities[a]!);
  expect(order.slice(0, 5).map((i) => words[i])).toEqual(golden.top5);
  tf.dispose([...outputs.values()]);
}

/** The network up to a convolution, without its ReLU: OpenCV gives a convolution's output before Caffe's ReLU layer. */
function linear(network: Network, tap: string): Network {
  const { name, layers } = networkUpTo(network, tap);
  const { activation, ...convolution } = layers.at(-1) as ConvolutionLayer;
  expect(activation).toBe('relu');
  return { name, layers: [...layers.slice(0, -1), convolution] };
}

function expectProbe(tap: string, output: Tensor, { shape, mean, std, max, index, value }: Probe): void {
  expect(output.shape, tap).toEqual([1, ...shape]);
  const values = Float64Array.from(output.dataSync());
  const average = values.reduce((sum, x) => sum + x, 0) / values.length;
  const spread = Math.sqrt(values.reduce((sum, x) => sum + (x - average) ** 2, 0) / values.length);
  const largest = values.reduce((a, b) => Math.max(a, b));
  expect(Math.abs(average - mean) / std, `${tap}: mean`).toBeLessThan(1e-3);
  expect(Math.abs(spread / std - 1), `${tap}: standard deviation`).toBeLessThan(1e-3);
  expect(Math.abs(largest / max - 1), `${tap}: maximum`).toBeLessThan(1e-3);
  for (const [i, place] of index.entries()) {
    // Beside the relative error, float32's own error in sums of terms as big as the map's largest value.
    const tolerance = 1e-3 * Math.abs(value[i]!) + 1e-5 * max;
    expect(Math.abs(values[place]! - value[i]!), `${tap}[${place}]`).toBeLessThan(tolerance);
  }
}
