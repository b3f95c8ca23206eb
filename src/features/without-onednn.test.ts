/** A TensorFlow that does without oneDNN, as on most ARM processors: it has no kernels for integers there. */
import { describe, expect, test, vi } from 'vitest';
import { pixelsFor, weightsFor } from '../../test/helpers/networks.js';
import { caffeMean } from '../models/preprocessing.js';
import { NetworkBuilder } from '../models/network-builder.js';
import { UserError } from '../runtime/errors.js';
import { nativeBinding } from '../runtime/tensorflow.js';
import { calibrate } from './calibrate.js';
import { openPrefix } from './frozen-extractor.js';
import { choosePrecision } from './precision.js';

// before TensorFlow is opened, which reads it once
vi.hoisted(() => vi.stubEnv('TF_ENABLE_ONEDNN_OPTS', '0'));

const net = new NetworkBuilder('small', [16, 16, 3]);
const one = net.convolution('input', 'one', {
  filters: 8,
  kernel: 3,
  padding: 'same',
  activation: 'relu',
});
net.convolution(one, 'two', { filters: 16, kernel: 3, padding: 'same', activation: 'relu' });
const network = net.build();
const weighted = { network, weights: weightsFor(network), digest: 'made up', preprocessing: caffeMean };
const [calibration, heldOut] = [pixelsFor(network, 16, 3), pixelsFor(network, 4)];
const openSessions = () => nativeBinding().getNumOfSavedModels();

describe.each(['auto', 'int8'] as const)('asked for %s', (asked) => {
  test('float32 is chosen, with the reason, and nothing else is left open', () => {
    const before = openSessions();
    const chosen = choosePrecision(weighted, asked, { calibration: [calibration], heldOut });
    expect(chosen).toMatchObject({
      precision: 'float32',
      reason: 'float32: TensorFlow has no kernels for int8 on this processor.',
    });
    expect(chosen.prefix.run(heldOut.pixels, heldOut.count)).toHaveLength(4 * 16 * 16 * 16);
    expect(openSessions()).toBe(before + 1);
    chosen.prefix.dispose();
    expect(openSessions()).toBe(before);
  });
});

test('a run that was trained in int8 elsewhere is refused in words', () => {
  const settings = { precision: 'int8', calibration: calibrate(weighted, [calibration]) } as const;
  const prefix = openPrefix(weighted, settings);
  const run = () => prefix.run(heldOut.pixels, heldOut.count);
  expect(run).toThrow(UserError);
  expect(run).toThrow(
    'Expected TensorFlow to compute in int8 but it has no kernels for that on this processor.',
  );
  prefix.dispose();
});

test('another mistake stays the mistake it is', () => {
  const settings = { precision: 'int8', calibration: calibrate(weighted, [calibration]) } as const;
  const prefix = openPrefix(weighted, settings);
  expect(() => prefix.run(new Uint8Array(5), 1)).toThrow('expected 768 values');
  prefix.dispose();
});
