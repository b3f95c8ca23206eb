import { expect, test } from 'vitest';
import { NetworkBuilder } from '../models/network-builder.js';
import { caffeMean, minusOneToOne } from '../models/preprocessing.js';
import { digestOf, type FeatureKey, featureKeyDigest } from './feature-key.js';

const layersWith = (alpha: number) => {
  const net = new NetworkBuilder('small', [8, 8, 3]);
  net.localResponseNorm(net.convolution('input', 'conv', { filters: 2, kernel: 3 }), 'norm', {
    depthRadius: 2,
    bias: 1,
    alpha,
    beta: 0.75,
  });
  return net.build().layers;
};

const key: FeatureKey = {
  of: { layers: layersWith(1e-4), weights: 'abc', preprocessing: caffeMean },
  precision: 'int8',
  calibration: { ranges: { conv: 1, norm: 2 } },
  decode: { height: 8, width: 8, channels: 3, resize: 'squash' },
  decoder: { version: 1, libvips: '8' },
  compute: { version: 1, tensorflow: '2' },
};
const of = key.of as Exclude<FeatureKey['of'], 'pixels'>;

test.each<[string, Partial<FeatureKey>]>([
  ["a layer's constant", { of: { ...of, layers: layersWith(2e-4) } }],
  ['the cut', { of: { ...of, layers: of.layers.slice(0, -1) } }],
  ['the weights', { of: { ...of, weights: 'abd' } }],
  ['the preprocessing', { of: { ...of, preprocessing: minusOneToOne } }],
  ['pixels instead of a network', { of: 'pixels' }],
  ['the precision', { precision: 'float32' }],
  ['the calibration', { calibration: { ranges: { conv: 1, norm: 2.5 } } }],
  ['the size', { decode: { ...key.decode, height: 9 } }],
  ['the way of resizing', { decode: { ...key.decode, resize: 'crop' } }],
  ['the view', { decode: { ...key.decode, view: { name: 'mirrored', flip: true } } }],
  ['the decoder', { decoder: { version: 2, libvips: '8' } }],
  ['the library that decodes', { decoder: { version: 1, libvips: '9' } }],
  ['the code that computes', { compute: { version: 2, tensorflow: '2' } }],
  ['the library that computes', { compute: { version: 1, tensorflow: '3' } }],
])('another store for another value of %s', (_, change) => {
  expect(featureKeyDigest({ ...key, ...change })).not.toBe(featureKeyDigest(key));
});

test('the order in which properties were written down does not matter, that of lists does', () => {
  const turned = Object.fromEntries(Object.entries(key).reverse()) as unknown as FeatureKey;
  expect(featureKeyDigest({ ...turned, calibration: { ranges: { norm: 2, conv: 1 } } })).toBe(
    featureKeyDigest(key),
  );
  expect(digestOf([1, 2])).not.toBe(digestOf([2, 1]));
});
