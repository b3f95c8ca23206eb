import { describe, expect, test } from 'vitest';
import { modelSpec } from '../models/registry.js';
import { planBases } from './branch-plan.js';
import type { PlanOptions } from './feature-plan.js';

const auto: PlanOptions = {
  effort: 'default',
  input: 'auto',
  features: 'auto',
  pool: 'auto',
  solver: 'exact',
};
const specs = ['vgg16', 'googlenet'].map((name) => modelSpec(name));
const planned = (more: Partial<PlanOptions>, pictures: number) =>
  planBases(specs, { ...auto, ...more }, pictures);
const sizesOf = ({ branches }: ReturnType<typeof planBases>) =>
  branches.map(({ name, network }) => [name, network.layers[0]!.shape[0]]);

describe('several bases', () => {
  test('share the time that larger inputs may cost, and read one picture', () => {
    expect(sizesOf(planned({}, 100))).toEqual([
      ['vgg16', 320],
      ['googlenet', 320],
    ]);
    // half of the 1915 pictures that VGG-16 alone may read at 320
    const plan = planned({}, 1000);
    expect(sizesOf(plan)).toEqual([
      ['vgg16', 224],
      ['googlenet', 320],
    ]);
    expect(plan.side).toBe(320);
    expect(plan.mirrored).toBe(false);
    expect(plan.parts.map(({ layer }) => layer)).toContain('googlenet/inception_5b/output');
  });

  test('one base is planned as before', () => {
    const plan = planBases([modelSpec('vgg16')], auto, 100);
    expect(plan.parts).toEqual(plan.branches[0]!.parts);
  });

  test('what cannot be read side by side is refused', () => {
    const grey = ['vgg16', 'lenet5'].map((name) => modelSpec(name));
    expect(() => planBases(grey, auto, 10)).toThrow('lenet5 reads grey pictures');
    expect(() => planned({ unfreeze: 'block5' }, 10)).toThrow('one --base with --unfreeze');
  });
});

describe('--effort best', () => {
  const best = (pictures: number, more: Partial<PlanOptions> = {}) =>
    planned({ effort: 'best', ...more }, pictures);

  test('takes two sizes and mirror images as far as ten minutes allow, by counts', () => {
    const few = best(500);
    expect(sizesOf(few).map(([name]) => name)).toEqual(['vgg16', 'vgg16-448', 'googlenet', 'googlenet-448']);
    expect(few).toMatchObject({ mirrored: true, side: 448 });
    expect(sizesOf(best(5000))).toEqual([
      ['vgg16', 320],
      ['googlenet', 320],
    ]);
    expect(sizesOf(best(50_000))).toEqual([
      ['vgg16', 224],
      ['googlenet', 224],
    ]);
  });

  test('a second size must show that it is worth its time', () => {
    const second = best(500).branches.find(({ name }) => name === 'vgg16-448')!;
    expect(second.parts.every(({ optional }) => optional)).toBe(true);
  });

  test('heeds --input', () => {
    expect(sizesOf(best(500, { input: 256 }))).toEqual([
      ['vgg16', 256],
      ['googlenet', 256],
    ]);
  });
});
