import { expect, test } from 'vitest';
import { type Bases, type NamedBase, titleOf, usedBranches } from './bases.js';

const branch = (name: string, title: string) => ({ name, title }) as NamedBase;
const branches = [
  branch('vgg16', 'VGG-16'),
  branch('googlenet', 'GoogLeNet'),
  branch('efficientnet-lite0', 'EfficientNet-lite0'),
  branch('efficientnet-lite0-448', 'EfficientNet-lite0'),
];

test('a run is called after the bases that its head reads, each once', () => {
  const parts = ['vgg16/block5_pool', 'efficientnet-lite0-448/bn2'].map((layer) => ({
    layer,
    pool: 'average' as const,
  }));
  const used = usedBranches({ branches } as unknown as Bases, parts);
  expect(used.map(({ name }) => name)).toEqual(['vgg16', 'efficientnet-lite0-448']);
  expect(titleOf(used)).toBe('VGG-16 + EfficientNet-lite0');
  expect(titleOf(branches)).toBe('VGG-16 + GoogLeNet + EfficientNet-lite0');
});

test('of a single base the layers bear no name of it', () => {
  const one = { branches: branches.slice(0, 1) } as unknown as Bases;
  expect(usedBranches(one, [{ layer: 'block5_pool', pool: 'average' }])).toEqual(one.branches);
});
