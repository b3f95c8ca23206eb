import { describe, expect, test } from 'vitest';
import { modelSpec } from '../models/registry.js';
import { type FeaturePlan, inputSide, planFeatures, type PlanOptions } from './feature-plan.js';

const vgg16 = modelSpec('vgg16');
const auto = { effort: 'default', input: 'auto', features: 'auto', pool: 'auto', solver: 'exact' } as const;
const planned = (more: Partial<PlanOptions> = {}, pictures = 500) =>
  planFeatures(vgg16, { ...auto, ...more }, pictures);
const partsOf = ({ parts }: FeaturePlan) =>
  parts.map(({ layer, pool, weight, optional }) => [layer, pool, weight, optional]);

describe('the input', () => {
  test('is larger where few enough pictures pay for it; nothing but their number decides', () => {
    const sides = [2, 1915, 1916, 50_000].map((pictures) => inputSide(planned({}, pictures)));
    expect(sides).toEqual([320, 320, 224, 224]);
    expect(planned({}, 1916).why).toBe('Input 224 × 224 pixels, for there are more than 1915 pictures');
  });

  test('is larger with a small network for more pictures, but not for any number', () => {
    const sides = [7500, 7501].map((n) => inputSide(planFeatures(modelSpec('mobilenet-v1-0.25'), auto, n)));
    expect(sides).toEqual([320, 224]);
  });

  test('is what was asked for, however many pictures there are', () => {
    expect(inputSide(planned({ input: 448 }, 50_000))).toBe(448);
  });

  test("is the network's own where the head is trained in steps, or the base with it", () => {
    expect(inputSide(planned({ solver: 'steps' }))).toBe(224);
    expect(inputSide(planned({ unfreeze: 'block5' }))).toBe(224);
  });

  test('cannot be another one where layers read whole maps, or too small for the strides', () => {
    const lenet = (input: number) => planFeatures(modelSpec('lenet5'), { ...auto, input }, 10);
    expect(inputSide(lenet(32))).toBe(32);
    expect(() => lenet(64)).toThrow('Expected no --input with lenet5');
    expect(() => planFeatures(modelSpec('alexnet'), { ...auto, input: 32 }, 10)).toThrow(
      /--input to be large enough for alexnet but received 32: .* does not fit/,
    );
  });
});

test('quick is the own size and the average of the last map', () => {
  const plan = planned({ effort: 'quick' }, 20);
  expect(inputSide(plan)).toBe(224);
  expect(partsOf(plan)).toEqual([['block5_pool', 'average', 1, false]]);
});

describe('the parts', () => {
  test('are averages and maxima of the last stage, and if they help of the one before it, quieter', () => {
    expect(partsOf(planned())).toEqual([
      ['block4_pool', 'average', 0.5, true],
      ['block4_pool', 'max', 0.5, true],
      ['block5_pool', 'average', 1, false],
      ['block5_pool', 'max', 1, false],
    ]);
  });

  test('are the average of the last map alone for a head that is trained in steps', () => {
    expect(partsOf(planned({ solver: 'steps' }))).toEqual([['block5_pool', 'average', 1, false]]);
  });

  test('that were asked for are all used, in the order of the network', () => {
    const plan = planned({ solver: 'steps', features: 'block5,block3', pool: 'gem, average' });
    expect(partsOf(plan)).toEqual([
      ['block3_pool', 'gem', 0.5, false],
      ['block3_pool', 'average', 0.5, false],
      ['block5_pool', 'gem', 1, false],
      ['block5_pool', 'average', 1, false],
    ]);
  });

  test('of a base that ends in a vector are that vector', () => {
    const lenet = modelSpec('lenet5');
    expect(planFeatures(lenet, auto, 10).parts).toMatchObject([{ layer: 'F6', pool: 'none', size: 84 }]);
    expect(() => planFeatures(lenet, { ...auto, pool: 'max' }, 10)).toThrow('no places to pool over');
  });

  test('cannot be pooled in ways that there are not', () => {
    expect(() => planned({ pool: 'average,mx' })).toThrow(
      "one or more of average, max, gem but received 'mx'. Did you mean 'max'?",
    );
  });
});
