/** The checks of a map, held to maps of which it is known what they are worth. */
import { describe, expect, test } from 'vitest';
import { pixelsFor } from '../../test/helpers/networks.js';
import { redOrBlue, smallClassifier, withSquares } from '../../test/helpers/small-classifier.js';
import { Random } from '../runtime/random.js';
import { tf } from '../runtime/tensorflow.js';
import { checkSummary } from './check-summary.js';
import { curvesOf } from './curves.js';
import { Explainer } from './explainer.js';
import { centreGrid, orderOf, stepsBetween } from './perturb.js';
import { learnedLayers, randomisedStages, untrainedWeights, withUntrained } from './randomise.js';
import { verdictOn } from './verdict.js';
import { type Mapped, weightCheck } from './weight-check.js';

describe('random weights', () => {
  test('go from the top to all that is learned, and leave what is measured', () => {
    const { network, weights } = smallClassifier();
    expect(learnedLayers(network)).toEqual(['logits', 'conv3', 'conv2', 'conv1']);
    expect(randomisedStages(4)).toEqual([1, 2, 3, 4]);
    expect(randomisedStages(16)).toEqual([1, 4, 7, 10, 13, 16]);
    expect(randomisedStages(1)).toEqual([1]);
    const changed = withUntrained(network, weights, untrainedWeights(network, new Random(0)), 4);
    const kept = [...weights.keys()].filter((name) => changed.get(name) === weights.get(name));
    expect(new Set(kept.map((name) => name.split('/')[0]))).toEqual(new Set(['preprocess', 'standardise']));
    expect(changed.size).toBe(weights.size);
  });

  test('change the maps of a network, and the same seed changes them the same', async () => {
    const explainer = new Explainer(smallClassifier());
    const mapped = mappedOf(explainer, 6);
    const options = { repeats: 2, seed: 3 };
    const stages = await weightCheck(explainer, mapped, options);
    expect(stages.map(({ layers, downTo }) => [layers, downTo])).toEqual([
      [1, 'logits'],
      [2, 'conv3'],
      [3, 'conv2'],
      [4, 'conv1'],
    ]);
    const last = stages.at(-1)!.correlations;
    expect(Math.abs(last.reduce((a, b) => a + b) / last.length)).toBeLessThan(0.5);
    expect(await weightCheck(explainer, mapped, options)).toEqual(stages);
    explainer.dispose();
  });

  test('of the last layer alone leave what it reads: the maps are of the same activations', () => {
    const explainer = new Explainer(smallClassifier());
    const { network, weights } = explainer;
    const { pixels } = pixelsFor(network, 2);
    const questions = [{ of: 0 }, { of: 3 }];
    expect(explainer.mapsWith(new Map(weights), pixels, questions)).toEqual(
      explainer.maps(explainer.answers(pixels, 2), questions),
    );
    const changed = withUntrained(network, weights, untrainedWeights(network, new Random(0)), 1);
    expect(changed.get('conv3/kernel')).toBe(weights.get('conv3/kernel'));
    explainer.dispose();
  });

  test('find out a map that does not depend on the network', async () => {
    const explainer = new Explainer(smallClassifier());
    const blob = centreGrid({ height: 8, width: 8, values: [] });
    const map = { height: 8, width: 8, values: Array.from(blob.values) };
    explainer.mapsWith = (_, __, questions) => questions.map(() => map);
    const mapped = mappedOf(explainer, 2).map((one) => ({ ...one, map }));
    const stages = await weightCheck(explainer, mapped, { repeats: 1, seed: 0 });
    for (const { correlations } of stages) for (const one of correlations) expect(one).toBeCloseTo(1, 9);
    const verdict = verdictOn(
      stages.map((stage) => ({ ...stage, correlation: stage.correlations[0]! })),
      { deletion: areas(0.1, 0.5, 0.5), insertion: areas(0.9, 0.5, 0.5) },
    );
    expect(verdict.faults).toEqual(['alike without any learned weights', 'alike for whatever class']);
    explainer.dispose();
  });

  test('stop when told', async () => {
    const explainer = new Explainer(smallClassifier());
    const stopped = weightCheck(explainer, mappedOf(explainer, 1), {
      repeats: 1,
      seed: 0,
      signal: AbortSignal.abort(new Error('enough')),
    });
    await expect(stopped).rejects.toThrow('enough');
    explainer.dispose();
  });
});

describe('deletion and insertion', () => {
  const order = { random: new Random(1), repeats: 3 };
  const pixels = withSquares([
    { y: 0, x: 24, colour: [200, 128, 128] },
    { y: 16, x: 8, colour: [128, 128, 190] },
  ]);

  test('prefer the places that make the answer to random ones and to the middle', async () => {
    const explainer = new Explainer(redOrBlue());
    const question = { of: 0, ratherThan: 1 };
    const [map] = explainer.maps(explainer.answers(pixels, 1), [question]);
    const { deletion, insertion } = await curvesOf(explainer, pixels, question, map!, order);
    expect(deletion.map).toBeLessThan(Math.min(deletion.random, deletion.centre));
    expect(insertion.map).toBeGreaterThan(Math.max(insertion.random, insertion.centre));
    explainer.dispose();
  });

  test('tell a map that names the wrong places', async () => {
    const explainer = new Explainer(redOrBlue());
    const question = { of: 0, ratherThan: 1 };
    const [map] = explainer.maps(explainer.answers(pixels, 1), [question]);
    const wrong = { ...map!, values: map!.values.map((value) => -value) };
    const verdict = verdictOn(
      [{ layers: 1, downTo: 'logits', correlation: 0 }],
      await curvesOf(explainer, pixels, question, wrong, order),
    );
    expect(verdict.faults).toEqual(['no better than random places', 'no better than a centre blob']);
    explainer.dispose();
  });

  test('take the places in their order, the same number at each step', () => {
    const size = { height: 4, width: 5, channels: 1 } as const;
    const grid = { height: 4, width: 5, values: Array.from({ length: 20 }, (_, i) => i) };
    const places = orderOf(grid, size);
    expect([...places]).toEqual(Array.from({ length: 20 }, (_, i) => 19 - i));
    const steps = stepsBetween(new Uint8Array(20).fill(1), new Uint8Array(20), places, 10, size);
    expect(steps.length).toBe(20 * (10 - 1));
    for (let step = 1; step < 10; step++) {
      const one = steps.subarray(20 * (step - 1), 20 * step);
      expect([...one]).toEqual(Array.from({ length: 20 }, (_, i) => (i < 20 - 2 * step ? 1 : 0)));
    }
  });
});

test('over many pictures: means with intervals, and too few are called so', () => {
  const checked = Array.from({ length: 12 }, (_, i) => {
    const stages = [{ layers: 1, downTo: 'logits', correlation: i % 2 ? 0.1 : -0.1 }];
    const curves = { deletion: areas(0.2, 0.5, 0.2 + (i % 2 ? 0.2 : -0.2)), insertion: areas(0.8, 0.5, 0.9) };
    return { stages, curves, verdict: verdictOn(stages, curves) };
  });
  const { deletion, insertion, ...rest } = checkSummary(checked);
  expect(rest).toMatchObject({ pictures: 12, passing: 6, dependsOnWeights: true });
  expect(deletion.random.mean).toBeCloseTo(0.3, 9);
  expect(deletion.random.ci95![0]).toBeGreaterThan(0);
  expect(deletion.centre.ci95![0]).toBeLessThan(0);
  expect(deletion.centre.ci95![1]).toBeGreaterThan(0);
  expect(insertion.centre.ci95![1]).toBeLessThan(0);
  const few = checkSummary(checked.slice(0, 9));
  expect(few.dependsOnWeights).toBe('too few pictures');
  expect(few.deletion.random.ci95).toBeUndefined();
});

test('the checks leave no tensors behind', async () => {
  const before = tf.memory().numTensors;
  const explainer = new Explainer(smallClassifier());
  const [mapped] = mappedOf(explainer, 1);
  await weightCheck(explainer, [mapped!], { repeats: 1, seed: 0 });
  const { pixels, question } = mapped!;
  const grid = { height: 8, width: 8, values: mapped!.map.values };
  await curvesOf(explainer, pixels, question, grid, { random: new Random(0), repeats: 1 });
  explainer.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

function mappedOf(explainer: Explainer, count: number): Mapped[] {
  const { pixels } = pixelsFor(explainer.network, count);
  const questions = Array.from({ length: count }, (_, i) => ({ of: i % 4 }));
  const maps = explainer.maps(explainer.answers(pixels, count), questions);
  const size = pixels.length / count;
  return questions.map((question, i) => ({
    pixels: pixels.slice(i * size, (i + 1) * size),
    question,
    map: maps[i]!,
  }));
}

function areas(map: number, random: number, centre: number) {
  return { map, random, centre };
}
