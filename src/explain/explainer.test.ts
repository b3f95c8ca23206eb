/** Maps against what the network itself says. */
import { describe, expect, test } from 'vitest';
import { pixelsFor } from '../../test/helpers/networks.js';
import { redOrBlue, smallClassifier, withSquares } from '../../test/helpers/small-classifier.js';
import { modelSpec } from '../models/registry.js';
import { Classifier, type SavedClassifier } from '../runs/classifier.js';
import { UserError } from '../runtime/errors.js';
import { tf } from '../runtime/tensorflow.js';
import { Explainer } from './explainer.js';
import { withoutSoftmax } from './logits.js';
import { pooledHead } from './pooled-head.js';
import { probabilityOf, type Question, scoreOf } from './question.js';

const count = 3;
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

function explained(saved: SavedClassifier, questions: readonly Question[], layer?: string) {
  const explainer = new Explainer(saved, { layer });
  const { pixels } = pixelsFor(saved.network, questions.length);
  const answers = explainer.answers(pixels, questions.length);
  const maps = explainer.maps(answers, questions);
  explainer.dispose();
  return { method: explainer.method, layer: explainer.layer, logits: answers.logits, maps, pixels };
}

describe('the class activation map of a linear head', () => {
  test.each([
    ['frozen', smallClassifier()],
    ['frozen at the map', smallClassifier({ cut: 'conv3' })],
    ['with upper layers unfrozen', smallClassifier({ cut: 'pool1' })],
  ])('adds up to the logit: %s', (_, saved) => {
    const questions = [{ of: 0 }, { of: 3 }, { of: 1, ratherThan: 2 }];
    const { method, layer, logits, maps } = explained(saved, questions);
    expect([method, layer]).toEqual(['class activation map', 'conv3']);
    for (const [i, { values, constant, height, width }] of maps.entries()) {
      expect([height, width]).toEqual([8, 8]);
      expect(Math.abs(sum(values) + constant! - scoreOf(logits[i]!, questions[i]!))).toBeLessThan(1e-4);
    }
  });

  test.each(['average', 'max', 'gem'] as const)('adds up to the logit: %s over two maps', (pool) => {
    const parts = [
      { layer: 'pool1', pool },
      { layer: 'conv3', pool: 'average' },
      { layer: 'conv3', pool },
    ] as const;
    const distinct = pool === 'average' ? parts.slice(0, 2) : parts;
    for (const cut of [undefined, 'pool1']) {
      const saved = smallClassifier({ parts: distinct, ...(cut && { cut }) });
      const questions = [{ of: 0 }, { of: 3 }, { of: 1, ratherThan: 2 }];
      const { method, layer, logits, maps, pixels } = explained(saved, questions);
      expect([method, layer]).toEqual(['class activation map', 'pool1, conv3']);
      for (const [i, { values, constant, height, width }] of maps.entries()) {
        expect([height, width]).toEqual([16, 16]);
        expect(Math.abs(sum(values) + constant! - scoreOf(logits[i]!, questions[i]!))).toBeLessThan(1e-4);
      }
      const classifier = new Classifier(saved);
      for (const [i, row] of classifier.probabilities(pixels, count).entries()) {
        for (const [of, probability] of row.entries()) {
          expect(probabilityOf(logits[i]!, { of })).toBeCloseTo(probability, 4);
        }
      }
      classifier.dispose();
    }
  });

  test("two classes' maps differ by the map of the one rather than the other", () => {
    const saved = smallClassifier();
    const explainer = new Explainer(saved);
    const answers = explainer.answers(pixelsFor(saved.network, 1).pixels, 1);
    const map = (question: Question) => explainer.maps(answers, [question])[0]!;
    const [cat, dog, both] = [map({ of: 1 }), map({ of: 2 }), map({ of: 1, ratherThan: 2 })];
    for (const [i, value] of both.values.entries())
      expect(value).toBeCloseTo(cat.values[i]! - dog.values[i]!, 6);
    expect(both.constant).toBeCloseTo(cat.constant! - dog.constant!, 6);
    explainer.dispose();
  });

  test('explains what the classifier says', () => {
    const saved = smallClassifier();
    const { logits, pixels } = explained(saved, [{ of: 0 }, { of: 0 }, { of: 0 }]);
    const classifier = new Classifier(saved);
    for (const [i, row] of classifier.probabilities(pixels, count).entries()) {
      for (const [of, probability] of row.entries()) {
        expect(probabilityOf(logits[i]!, { of })).toBeCloseTo(probability, 5);
      }
    }
    classifier.dispose();
  });

  test('is strongest where the class is, and negative where the other is', () => {
    const explainer = new Explainer(redOrBlue());
    const pixels = withSquares([
      { y: 0, x: 24, colour: [255, 0, 0] },
      { y: 16, x: 8, colour: [0, 0, 200] },
    ]);
    const [map] = explainer.maps(explainer.answers(pixels, 1), [{ of: 0, ratherThan: 1 }]);
    const at = (y: number, x: number) => map!.values[(y / 4) * 8 + x / 4]!;
    expect(at(0, 24)).toBeCloseTo(255 / 64, 4);
    expect(at(16, 8)).toBeCloseTo(-200 / 64, 4);
    expect(at(24, 24)).toBe(0);
    explainer.dispose();
  });
});

describe('which networks have such a head', () => {
  test.each(['googlenet', 'resnet50', 'squeezenet', 'efficientnet-lite0', 'mobilenet'])('%s has', (name) => {
    expect(
      pooledHead(withoutSoftmax(modelSpec(name).build()))?.maps.map(({ shape }) => shape.length),
    ).toEqual([3]);
  });

  test.each(['vgg16', 'alexnet', 'lenet5'])('%s has not', (name) => {
    expect(pooledHead(withoutSoftmax(modelSpec(name).build()))).toBeUndefined();
  });

  test('a run with a hidden layer in its head has not', () => {
    expect(pooledHead(withoutSoftmax(smallClassifier({ head: 'mlp' }).network))).toBeUndefined();
  });
});

describe('Grad-CAM', () => {
  test('is what speaks for the class in the class activation map where the means go straight to a dense layer', () => {
    const saved = redOrBlue();
    const questions = [{ of: 0 }, { of: 0, ratherThan: 1 }];
    const plain = explained(saved, questions);
    // the map before the pooling is not the head's own, so that Grad-CAM has to do it
    const finer = explained(saved, questions, 'colours');
    expect([plain.method, finer.method]).toEqual(['class activation map', 'Grad-CAM']);
    for (const [i, { values, width }] of finer.maps.entries()) {
      const { values: coarse } = plain.maps[i]!;
      expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
      // of what is for the class alone, a place of the coarse map is the sum of its 4 × 4 finer ones
      if (questions[i]!.ratherThan !== undefined) continue;
      for (const [place, value] of coarse.entries()) {
        const [y, x] = [4 * Math.floor(place / 8), 4 * (place % 8)];
        const rows = [0, 1, 2, 3].flatMap((r) => [0, 1, 2, 3].map((c) => values[(y + r) * width + x + c]!));
        expect(sum(rows)).toBeCloseTo(value, 3);
      }
    }
  });

  test('is taken of the last map where the head has a hidden layer', () => {
    const { method, layer, maps } = explained(smallClassifier({ head: 'mlp' }), [{ of: 0 }, { of: 1 }]);
    expect([method, layer]).toEqual(['Grad-CAM', 'conv3']);
    for (const { values, constant } of maps) {
      expect(constant).toBeUndefined();
      expect(values.every((value) => value >= 0)).toBe(true);
    }
  });

  test.each([
    ['cnv3', /such as 'conv3', but there is no 'cnv3'\. Did you mean 'conv3'\?/],
    ['logits', /'logits' has no places/],
  ])('at %s is refused', (layer, message) => {
    const thrown = (() => {
      try {
        return new Explainer(smallClassifier(), { layer });
      } catch (error) {
        return error;
      }
    })();
    expect(thrown).toBeInstanceOf(UserError);
    expect((thrown as UserError).message).toMatch(message);
  });
});

test.each<[string, () => Explainer]>([
  ['a class activation map', () => new Explainer(smallClassifier())],
  ['unfrozen layers', () => new Explainer(smallClassifier({ cut: 'pool1' }))],
  ['Grad-CAM', () => new Explainer(smallClassifier({ head: 'mlp' }))],
  ['Grad-CAM at a lower layer', () => new Explainer(smallClassifier(), { layer: 'conv2' })],
])('%s leaves no tensors behind', (_, open) => {
  const before = tf.memory().numTensors;
  const explainer = open();
  const held = tf.memory().numTensors;
  const { pixels } = pixelsFor(explainer.network, count);
  const questions = Array.from({ length: count }, () => ({ of: 1 }));
  explainer.maps(explainer.answers(pixels, count), questions);
  explainer.mapsWith(explainer.weights, pixels, questions);
  expect(tf.memory().numTensors).toBe(held);
  explainer.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
