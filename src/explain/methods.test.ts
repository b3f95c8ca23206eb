/** The methods that take any network, against what is known of them. */
import { describe, expect, test } from 'vitest';
import { pixelsFor, weightsFor } from '../../test/helpers/networks.js';
import { redOrBlue, smallClassifier, withSquares } from '../../test/helpers/small-classifier.js';
import { withSoftmax } from '../models/compose.js';
import { NetworkBuilder } from '../models/network-builder.js';
import type { SavedClassifier } from '../runs/classifier.js';
import { tf } from '../runtime/tensorflow.js';
import { Explainer } from './explainer.js';
import type { GeneralMethod } from './methods.js';
import { generalMethods } from './methods.js';
import type { MethodName } from './method-names.js';
import { type Question, scoreOf } from './question.js';

const all = Object.keys(generalMethods) as GeneralMethod[];
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const questions: Question[] = [{ of: 0 }, { of: 3, ratherThan: 1 }];

function explained(
  saved: SavedClassifier,
  asked: { method: MethodName; layer?: string },
  pixels?: Uint8Array,
) {
  const explainer = new Explainer(saved, asked);
  const count = pixels ? 1 : questions.length;
  const answers = explainer.answers(pixels ?? pixelsFor(saved.network, count).pixels, count);
  const asking = pixels ? [{ of: 0, ratherThan: 1 }] : questions;
  const maps = explainer.maps(answers, asking);
  explainer.dispose();
  return { maps, logits: answers.logits, layer: explainer.layer, method: explainer.method };
}

/** Maps of two depths side by side: one path runs past the deeper. */
function twoDepths(): SavedClassifier {
  const net = new NetworkBuilder('two depths', [32, 32, 3]);
  const shallow = net.maxPool(
    net.convolution('input', 'conv1', { filters: 6, kernel: 3, padding: 1, activation: 'relu' }),
    'pool1',
    { kernel: 2, stride: 2 },
  );
  const deep = net.convolution(shallow, 'conv2', { filters: 8, kernel: 3, padding: 1, activation: 'relu' });
  const both = net.concatenate([shallow, deep], 'both');
  net.dense(net.globalAverage(both, 'mean'), 'logits', { units: 4 });
  return {
    ...smallClassifier(),
    cut: 'mean',
    network: withSoftmax(net.build()),
    weights: weightsFor(net.build()),
  };
}

describe('integrated gradients', () => {
  test.each([
    ['of the pixels', smallClassifier(), undefined],
    ['of the pixels, with a hidden layer', smallClassifier({ head: 'mlp' }), undefined],
    ['of a layer', smallClassifier({ head: 'mlp' }), 'conv2'],
    ['of a layer that others run past', twoDepths(), 'conv2'],
  ])('add up to what the network says more than of nothing: %s', (_, saved, layer) => {
    const { maps, logits } = explained(saved, { method: 'integrated-gradients', ...(layer && { layer }) });
    for (const [i, { values, constant }] of maps.entries()) {
      const gained = scoreOf(logits[i]!, questions[i]!) - constant!;
      expect(Math.abs(sum(values) - gained)).toBeLessThan(0.05 * Math.max(1, Math.abs(gained)));
    }
  });

  test('are what each square of pixels brings', () => {
    const pixels = withSquares([{ y: 0, x: 24, colour: [255, 128, 128] }]);
    const { maps } = explained(redOrBlue(), { method: 'integrated-gradients' }, pixels);
    const { values, width, height } = maps[0]!;
    expect([height, width]).toEqual([16, 16]);
    const isRed = (i: number) => i < 4 * width && i % width >= 12;
    const smallest = Math.min(...values.filter((_, i) => isRed(i)));
    for (const [i, value] of values.entries()) if (!isRed(i)) expect(value).toBeLessThan(smallest / 10);
  });
});

describe('occlusion', () => {
  test('says by how much the score falls under a window, positive for and negative against', () => {
    const squares = [
      { y: 0, x: 24, colour: [255, 0, 0] as const },
      { y: 16, x: 8, colour: [0, 0, 255] as const },
    ];
    const { maps } = explained(redOrBlue(), { method: 'occlusion' }, withSquares(squares));
    const { values, height, width } = maps[0]!;
    expect([height, width]).toEqual([8, 8]);
    expect(values[7]).toBe(Math.max(...values));
    expect([4 * 8 + 2, 4 * 8 + 3, 5 * 8 + 2, 5 * 8 + 3]).toContain(values.indexOf(Math.min(...values)));
    expect(values[7 * 8 + 7]).toBeCloseTo(0, 4);
  });

  test('takes one place of a small map away at a time or a few', () => {
    const { maps, layer } = explained(smallClassifier({ head: 'mlp' }), {
      method: 'occlusion',
      layer: 'conv3',
    });
    expect(layer).toBe('conv3');
    expect(maps[0]).toMatchObject({ height: 8, width: 8 });
  });
});

describe('Grad-CAM++', () => {
  test('is by the formula, written out', () => {
    // One map of one channel; score = 2 a00 + 3 a01 − a10 + 0 a11.
    const values = [1, 2, 3, 4];
    const slope = [2, 3, -1, 0];
    const map = tf.tensor4d(values, [1, 2, 2, 1]);
    const slopes = tf.tensor4d(slope, [1, 2, 2, 1]);
    const score = (x: ReturnType<typeof tf.tensor>) => tf.sum(tf.mul(x, slopes), [1, 2, 3]);
    const target = { map, nothing: () => map, questions: [{ of: 0 }], score };
    const [found] = generalMethods['grad-cam-plus-plus'].explain(target, false);
    const total = sum(values);
    const weight = sum(slope.filter((g) => g > 0).map((g) => (g * g * g) / (2 * g * g + total * g ** 3)));
    for (const [i, value] of found!.values.entries()) expect(value).toBeCloseTo(weight * values[i]!, 5);
    tf.dispose([map, slopes]);
  });
});

describe('guided backpropagation', () => {
  test('goes through a rectifier only where gradient and input are positive', () => {
    const net = new NetworkBuilder('two', [1, 2, 2]);
    const x = net.convolution('input', 'only', { filters: 2, kernel: 1, bias: false, activation: 'relu' });
    net.dense(net.flatten(x, 'flat'), 'logits', { units: 1, bias: false });
    const saved: SavedClassifier = {
      ...smallClassifier(),
      labels: ['one'],
      cut: 'input',
      network: net.build(),
      weights: new Map([
        ['only/kernel', { shape: [1, 1, 2, 2], data: Float32Array.of(1, 0, 0, -1) }],
        ['logits/kernel', { shape: [4, 1], data: Float32Array.of(3, 5, -7, 11) }],
      ]),
    };
    // Unit 1 of each place is shut, unit 0 of the second has a negative gradient.
    const explainer = new Explainer(saved, { method: 'guided-backpropagation' });
    const answers = explainer.answers(Uint8Array.of(10, 20, 30, 40), 1);
    expect(explainer.maps(answers, [{ of: 0 }])[0]!.values).toEqual([3, 0]);
    explainer.dispose();
  });
});

test.each(all)('%s is drawn of a layer that other paths run past', (method) => {
  const { maps, layer } = explained(twoDepths(), { method, layer: 'conv2' });
  expect(layer).toBe('conv2');
  for (const { values } of maps) expect(values.some((value) => value !== 0)).toBe(true);
});

test('class activation maps are refused where the head is not their sum', () => {
  const mlp = smallClassifier({ head: 'mlp' });
  expect(() => new Explainer(mlp, { method: 'class-activation-map' })).toThrow(/Try --method grad-cam/);
  const elsewhere = { method: 'class-activation-map', layer: 'conv2' } as const;
  expect(() => new Explainer(smallClassifier(), elsewhere)).toThrow(/--layer 'conv3'.*received 'conv2'/);
});

test.each(all.flatMap((method) => [undefined, 'conv2'].map((layer) => ({ method, layer }))))(
  '%o leaves no tensors behind',
  (asked) => {
    for (const saved of [smallClassifier(), twoDepths()]) {
      const before = tf.memory().numTensors;
      const explainer = new Explainer(saved, asked);
      const held = tf.memory().numTensors;
      const { pixels } = pixelsFor(explainer.network, 2);
      explainer.maps(explainer.answers(pixels, 2), questions);
      explainer.mapsWith(explainer.weights, pixels, questions);
      expect(tf.memory().numTensors).toBe(held);
      explainer.dispose();
      expect(tf.memory().numTensors).toBe(before);
    }
  },
);
