import { expect, test } from 'vitest';
import { pixelsFor, weightsFor } from '../../test/helpers/networks.js';
import { NetworkBuilder } from '../models/network-builder.js';
import { calibrate } from './calibrate.js';
import { partOf } from './pixel-batches.js';

test('fewer than eight pictures leave more room above what they show', () => {
  const net = new NetworkBuilder('small', [16, 16, 3]);
  const x = net.convolution('input', 'one', { filters: 8, kernel: 3, activation: 'relu' });
  net.convolution(x, 'two', { filters: 8, kernel: 3, activation: 'relu' });
  const network = net.build();
  const weighted = { network, weights: weightsFor(network) };
  const seven = pixelsFor(network, 7);
  const again = partOf(seven, 0, 1);
  const few = calibrate(weighted, [seven]).ranges;
  const enough = calibrate(weighted, [seven, again]).ranges;
  expect(Object.keys(few).length).toBeGreaterThan(0);
  for (const [name, range] of Object.entries(few)) {
    expect(range / enough[name]!, name).toBeCloseTo(1.38 / 1.2, 12);
  }
  expect(calibrate(weighted, [seven, again, again]).ranges).toEqual(enough);
});
