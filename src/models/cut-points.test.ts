/** Every layer of every base can be named as the one from which on training goes. */
import { describe, expect, it } from 'vitest';
import { blocksOf, cutAt, isTrainable } from './cut-points.js';
import { outputOf } from './network.js';
import { modelNames, modelSpec } from './registry.js';

/** ResNets of over a hundred layers are built as those of fifty are. */
const names = modelNames().filter((name) => !/101|152/.test(name));

describe.each(names)('%s', (name) => {
  const base = modelSpec(name).buildBase();
  const order = base.layers.map((layer) => layer.name);

  it('is cut before any of its layers, so that it and all after it lie above', () => {
    const last = base.layers.findLastIndex(isTrainable);
    for (const [place, layer] of base.layers.entries()) {
      if (place === 0 || place > last) continue;
      const { below, above, from, kept } = cutAt(base, layer.name);
      const start = order.indexOf(from);
      // a name may be a block's, too: then it begins earlier
      expect(start).toBeLessThanOrEqual(place);
      const upper = above.layers.slice(1).map((one) => one.name);
      expect(above.layers[0]).toMatchObject({ type: 'input', name: outputOf(below).name });
      expect(upper.filter((one) => !kept.has(one))).toEqual(order.slice(start));
      expect([...kept].every((one) => order.indexOf(one) < start)).toBe(true);
      expect(below.layers.length + upper.length).toBe(base.layers.length);
    }
  });

  it('has several blocks, which can be named by their names and by their numbers', () => {
    const blocks = blocksOf(base);
    expect(blocks.length).toBeGreaterThanOrEqual(4);
    for (const [i, { name: block, from }] of blocks.entries()) {
      expect(cutAt(base, block).from).toBe(from);
      if (!blocks.some((one) => /^block\d/.test(one.name))) {
        expect(cutAt(base, `block${i + 1}`).from).toBe(from);
      }
    }
    expect(cutAt(base, 'all').from).toBe(blocks[0]!.from);
  });
});

it('keeps what lies between the last place that one tensor crosses and the layer that is named', () => {
  const residual = cutAt(modelSpec('resnet18').buildBase(), 'layer4.0.conv2');
  expect(outputOf(residual.below).name).toBe('layer3.1');
  expect([...residual.kept]).toEqual(['layer4.0.conv1', 'layer4.0.bn1']);
  const branches = cutAt(modelSpec('googlenet').buildBase(), 'inception_5b/3x3');
  expect([...branches.kept]).toContain('inception_5b/1x1');
});
