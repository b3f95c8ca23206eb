import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { networkCosts } from '../summary/network-costs.js';
import { choosePrecision } from '../features/precision.js';
import { readClassifier, saveClassifier } from '../runs/classifier.js';
import { Random } from '../runtime/random.js';
import { tf } from '../runtime/tensorflow.js';
import { fanInWeights } from '../training/initialise.js';
import { crossEntropy } from '../training/loss.js';
import { Trainer } from '../training/trainer.js';
import { toParameters } from './parameters.js';
import type { Weights } from '../formats/tensors.js';
import { withSoftmax } from './compose.js';
import { digitBitmaps } from './digit-bitmaps.js';
import { forward, forwardTaps } from './forward.js';
import { fitsLayersModel, toLayersModel } from '../export/layers-model.js';
import { lenet5Paper } from './lenet5-paper.js';
import { layerNamed, outputOf } from './network.js';
import { parameterCount } from './network-weights.js';

const network = lenet5Paper();
const weights = fanInWeights(network, new Random(1));

test('60,000 parameters, layer by layer as in the paper', () => {
  // LeCun et al. 1998, section II.B: trainable parameters of C1, S2, C3, S4, C5 and F6, and their sum.
  const { layers, totals } = networkCosts(network);
  const learned = layers.flatMap(({ name, parameters }) => (parameters ? [[name, parameters]] : []));
  expect(Object.fromEntries(learned)).toEqual({
    C1: 156,
    S2: 12,
    C3: 1_516,
    S4: 32,
    C5: 48_120,
    F6: 10_164,
  });
  expect(totals).toMatchObject({ parameters: 60_000, trainable: 60_000, statistics: 0 });
  expect(parameterCount(network)).toBe(60_000);
});

test('multiply-adds: 10·10 places of C3 with 60 windows of 25, one for every value of S2 and S4', () => {
  const counts = new Map(networkCosts(network).layers.map((layer) => [layer.name, layer.multiplyAdds]));
  expect(counts.get('C1')).toBe(28 * 28 * 25 * 6);
  expect(counts.get('S2')).toBe(14 * 14 * 6);
  expect(counts.get('C3')).toBe(150_000);
  expect(counts.get('S4')).toBe(5 * 5 * 16);
  expect(counts.get('output')).toBe(840);
});

test('C3 reads three maps of S2 six times, four nine times, all once; each map of S2 feeds ten', () => {
  const c3 = layerNamed(network, 'C3');
  const connections = c3.type === 'convolution' ? c3.connections! : [];
  const reads = connections.map((row) => row.filter(Boolean).length);
  expect(reads).toEqual([3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 6]);
  for (let map = 0; map < 6; map++)
    expect(connections.map((row) => row[map]).filter(Boolean)).toHaveLength(10);
});

test('shapes at every tap', () => {
  const before = tf.memory().numTensors;
  const parameters = toParameters(weights);
  const taps = forwardTaps(network, parameters, tf.zeros([2, 32, 32, 1]), [
    'C1',
    'S2',
    'C3',
    'S4',
    'C5',
    'F6',
    'output',
  ]);
  expect([...taps.values()].map(({ shape }) => shape)).toEqual([
    [2, 28, 28, 6],
    [2, 14, 14, 6],
    [2, 10, 10, 16],
    [2, 5, 5, 16],
    [2, 1, 1, 120],
    [2, 84],
    [2, 10],
  ]);
  tf.dispose([...taps.values(), ...parameters.values()]);
  expect(tf.memory().numTensors).toBe(before + 1);
});

test('a map of C3 does not see the maps of S2 that it is not connected to', () => {
  tf.tidy(() => {
    const parameters = toParameters(weights);
    const c3 = { name: 'part', layers: [{ ...layerNamed(network, 'S2'), type: 'input' as const }] };
    const part = { ...c3, layers: [...c3.layers, layerNamed(network, 'C3')] };
    const maps = tf.randomNormal([1, 14, 14, 6], 0, 1, 'float32', 3);
    const first = tf.tensor4d([1, 0, 0, 0, 0, 0], [1, 1, 1, 6]);
    const changed = tf.add(maps, first);
    const [a, b] = [forward(part, parameters, maps), forward(part, parameters, changed)];
    const moved = tf.max(tf.abs(tf.sub(a, b)), [0, 1, 2]).dataSync();
    const row = [1, 0, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 1, 1];
    expect([...moved].map((difference) => (difference > 1e-6 ? 1 : 0))).toEqual(row);
  });
});

test('the outputs are minus the squared distances to the drawn digits', () => {
  tf.tidy(() => {
    const output = { ...outputOf(network), inputs: ['F6'] };
    const rbf = { name: 'rbf', layers: [{ ...layerNamed(network, 'F6'), type: 'input' as const }, output] };
    const x = tf.tensor2d(digitBitmaps.map((row) => [...row]));
    const logits = forward(rbf, new Map(), x) as Tensor2D;
    const expected = digitBitmaps.map((a) =>
      digitBitmaps.map((b) => -a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0)),
    );
    for (const [i, row] of logits.arraySync().entries()) {
      for (const [j, value] of row.entries()) expect(value).toBeCloseTo(expected[i]![j]!, 3);
    }
  });
});

test('as many classes as asked for: other codes than the digits’ are drawn at random, and are the same each time', () => {
  const [a, b] = [outputOf(lenet5Paper({ classes: 7 })), outputOf(lenet5Paper({ classes: 7 }))];
  expect(a.shape).toEqual([7]);
  expect(a).toEqual(b);
  expect(outputOf(network).shape).toEqual([10]);
});

/** Cross-entropy of two pictures under these weights. */
function lossOf(current: Weights, pictures: Tensor): number {
  return tf.tidy(() => {
    const logits = forward(network, toParameters(current), pictures) as Tensor2D;
    return crossEntropy(logits, tf.tensor1d([3, 8], 'int32'), tf.tensor1d([0.5, 0.5])).dataSync()[0]!;
  });
}

test('gradients agree with differences', () => {
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const pictures = tf.randomUniform([2, 32, 32, 1], -0.1, 1.175, 'float32', 5);
    const variables = new Map([...toParameters(weights)].map(([name, t]) => [name, tf.variable(t)]));
    const { grads } = tf.variableGrads(() =>
      crossEntropy(
        forward(network, variables, pictures) as Tensor2D,
        tf.tensor1d([3, 8], 'int32'),
        tf.tensor1d([0.5, 0.5]),
      ),
    );
    for (const [name, variable] of variables) {
      const gradient = [...(grads[variable.name]!.dataSync() as Float32Array)];
      const place = gradient.reduce(
        (best, value, i) => (Math.abs(value) > Math.abs(gradient[best]!) ? i : best),
        0,
      );
      const step = 1e-2;
      const moved = (by: number) => {
        const { shape, data } = weights.get(name)!;
        const copy = data.slice();
        copy[place] = copy[place]! + by;
        return lossOf(new Map([...weights, [name, { shape, data: copy }]]), pictures);
      };
      const difference = (moved(step) - moved(-step)) / (2 * step);
      expect(Math.abs(difference - gradient[place]!) / Math.abs(difference), name).toBeLessThan(0.02);
      variable.dispose();
    }
  });
  expect(tf.memory().numTensors).toBe(before);
});

test('a step of training lowers the loss', () => {
  const random = new Random(2);
  const trainer = new Trainer(network, weights, {
    optimiser: 'adam',
    momentum: 0,
    labelSmoothing: 0,
    batchSize: 4,
  });
  expect(trainer.trainableParameters).toBe(60_000);
  const inputs = Float32Array.from({ length: 4 * 32 * 32 }, () => random.between(-0.1, 1.175));
  const batch = { inputs, labels: Int32Array.of(1, 2, 3, 4), weights: new Float32Array(4).fill(1), count: 4 };
  const settings = { learningRate: 1e-4, weightDecay: 0, seeds: [[1, 2]] as const };
  const losses = Array.from({ length: 3 }, () => trainer.steps([batch], settings)[0]!.loss);
  expect(losses[1]).toBeLessThan(losses[0]!);
  expect(losses[2]).toBeLessThan(losses[1]!);
  trainer.dispose();
});

test('saved as a graph model, since TF.js has no such layers, and read back bit for bit', async () => {
  expect(fitsLayersModel(network)).toBe(false);
  expect(() => toLayersModel(network, weights)).toThrow(
    "Layer 'S2' cannot be written as a TF.js layers model: TF.js' layers have no trainable subsampling.",
  );
  const folder = await mkdtemp(join(tmpdir(), 'lenet5-paper-'));
  try {
    const saved = { network: withSoftmax(network), weights, labels: [...'0123456789'] };
    const decode = { height: 32, width: 32, channels: 1, resize: 'letterbox' } as const;
    await saveClassifier(join(folder, 'model'), {
      ...saved,
      decode,
      cut: 'F6',
      prefix: { precision: 'float32' },
    });
    const read = await readClassifier(join(folder, 'model'));
    expect(read.network).toEqual(saved.network);
    expect([...read.weights]).toEqual([...weights]);

    const model = await tf.loadGraphModel(`file://${folder}/model/model.json`);
    tf.tidy(() => {
      const x = tf.randomUniform([3, 32, 32, 1], 0, 1, 'float32', 7);
      const ours = forward(read.network, toParameters(read.weights), x);
      const theirs = model.predict(x) as Tensor;
      expect(tf.max(tf.abs(tf.sub(ours, theirs))).dataSync()[0]).toBeLessThan(1e-5);
    });
    model.dispose();
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('runs in float32 where int8 is asked for: no layer has a ReLU', () => {
  const batch = { pixels: new Uint8Array(2 * 32 * 32).fill(99), count: 2 };
  const { precision, prefix, reason } = choosePrecision({ network, weights }, 'int8', {
    calibration: [batch],
    heldOut: batch,
  });
  expect(precision).toBe('float32');
  expect(reason).toBe('float32: no layer of this network can run in int8.');
  prefix.dispose();
});
