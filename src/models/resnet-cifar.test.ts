/** Counts of He et al. 2015, table 6 (CIFAR-10): 0.27, 0.46, 0.66, 0.85 and 1.7 M parameters. */
import { expect, test } from 'vitest';
import { networkCosts } from '../summary/network-costs.js';
import { layerNamed, outputOf } from './network.js';
import { smallResNet } from './resnet-cifar.js';

test.each([
  [20, '0.27', 269_722],
  [32, '0.46', 464_154],
  [44, '0.66', 658_586],
  [56, '0.85', 853_018],
  [110, '1.73', 1_727_962],
])('%i layers: %s M parameters, plain and without the projections', (depth, millions, parameters) => {
  const plain = smallResNet({ depth, shortcuts: false });
  expect(networkCosts(plain).totals.parameters).toBe(parameters);
  expect((parameters / 1e6).toFixed(2)).toBe(millions);

  const residual = networkCosts(smallResNet({ depth, shortcuts: true }));
  const projections = residual.layers.filter(({ name }) => name.includes('.downsample.'));
  const inProjections = projections.reduce((sum, layer) => sum + layer.parameters, 0);
  expect(inProjections).toBe(16 * 32 + 2 * 32 + 32 * 64 + 2 * 64);
  expect(residual.totals.parameters - inProjections).toBe(parameters);
});

test.each([20, 56])('%i weighted layers, not counting projections', (depth) => {
  const { layers } = smallResNet({ depth, shortcuts: true });
  const weighted = layers.filter(
    ({ type, name }) => /convolution|dense/.test(type) && !name.includes('downsample'),
  );
  expect(weighted).toHaveLength(depth);
});

test('maps of 32, 16 and 8 pixels with 16, 32 and 64 channels; 41 M multiply-adds for 20 layers', () => {
  const network = smallResNet({ depth: 20, shortcuts: true });
  expect([1, 2, 3].map((stage) => layerNamed(network, `layer${stage}.2`).shape)).toEqual([
    [32, 32, 16],
    [16, 16, 32],
    [8, 8, 64],
  ]);
  expect(outputOf(network).shape).toEqual([10]);
  expect(networkCosts(smallResNet({ depth: 20, shortcuts: false })).totals.multiplyAdds / 1e6).toBeCloseTo(
    40.55,
    2,
  );
});

test('other depths are refused', () => {
  for (const depth of [2, 18, 21]) expect(() => smallResNet({ depth, shortcuts: true })).toThrow('6n + 2');
});
