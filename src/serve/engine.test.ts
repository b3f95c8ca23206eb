import { describe, expect, test } from 'vitest';
import { pixelsFor } from '../../test/helpers/networks.js';
import { redOrBlue, smallClassifier } from '../../test/helpers/small-classifier.js';
import { Classifier } from '../runs/classifier.js';
import { tf } from '../runtime/tensorflow.js';
import { Engine } from './engine.js';
import { NearestPictures } from './nearest.js';

describe('the engine', () => {
  test.each([
    ['linear head', smallClassifier()],
    ['hidden layer', smallClassifier({ head: 'mlp' })],
    ['unfrozen layers', smallClassifier({ cut: 'pool1' })],
    ['no head of ours', redOrBlue()],
  ])('%s: says what the classifier says', (_, saved) => {
    const { pixels } = pixelsFor(saved.network, 5);
    const classifier = new Classifier(saved);
    const engine = new Engine(saved);
    const expected = classifier.probabilities(pixels, 5);
    const answers = engine.answer(
      pixels,
      Array.from({ length: 5 }, () => ({})),
    );
    for (const [i, { probabilities, map, nearest }] of answers.entries()) {
      for (const [k, probability] of probabilities.entries())
        expect(probability).toBeCloseTo(expected[i]![k]!, 5);
      expect([map, nearest]).toEqual([undefined, undefined]);
    }
    classifier.dispose();
    engine.dispose();
  });

  test('a map for those who ask, of the class that they ask about, which adds up', () => {
    const saved = smallClassifier();
    const engine = new Engine(saved);
    const { pixels } = pixelsFor(saved.network, 3);
    const [first, second, third] = engine.answer(pixels, [{ explain: 'answer' }, {}, { explain: 2 }]);
    expect(second!.map).toBeUndefined();
    expect(third!.map!.of).toBe(2);
    const { probabilities, map } = first!;
    expect(probabilities[map!.of]).toBe(Math.max(...probabilities));
    // softmax of logits: differences of logits are those of log probabilities
    const logit = (answer: typeof first) =>
      answer!.map!.values.reduce((sum, value) => sum + value, answer!.map!.constant!);
    const [other] = engine.answer(pixels.subarray(0, pixels.length / 3), [{ explain: (map!.of + 1) % 4 }]);
    const difference = Math.log(probabilities[map!.of]! / probabilities[other!.map!.of]!);
    expect(logit(first) - logit(other)).toBeCloseTo(difference, 4);
    engine.dispose();
  });

  test('a picture is nearest to itself, and nothing is left behind', async () => {
    const before = tf.memory().numTensors;
    const saved = smallClassifier();
    const engine = new Engine(saved);
    const { pixels } = pixelsFor(saved.network, 4);
    const classifier = engine.answer(pixels, [{ nearest: 2 }, {}, {}, {}]);
    expect(classifier[0]!.nearest).toBeUndefined(); // nothing to look among
    const features = Float32Array.from({ length: 4 * 12 }, (_, i) => Math.sin(i * i));
    engine.searchAmong(await NearestPictures.among(features, 4));
    engine.searchAmong(await NearestPictures.among(features, 4));
    const [found] = engine.answer(pixels, [{ nearest: 9 }, { nearest: 1 }, {}, {}]);
    expect(found!.nearest).toHaveLength(4);
    const rows = Array.from({ length: 4 }, (_, i) => [...features.subarray(12 * i, 12 * (i + 1))]);
    const near = await NearestPictures.among(features, 4);
    for (const [i, [first, second]] of near.of(rows, 2).entries()) {
      expect(first).toMatchObject({ place: i });
      expect(first!.similarity).toBeCloseTo(1, 5);
      expect(second!.similarity).toBeLessThan(first!.similarity);
    }
    near.dispose();
    engine.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
