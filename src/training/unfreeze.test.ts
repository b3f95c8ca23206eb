import { describe, expect, it } from 'vitest';
import { modelSpec } from '../models/registry.js';
import { outputOf } from '../models/network.js';
import { UserError } from '../runtime/errors.js';
import { layerRates } from './layer-rates.js';
import { cutBefore } from './unfreeze.js';

function cut(model: string, from: string) {
  const network = modelSpec(model).buildBase();
  const { frozen, suffix } = cutBefore({ network, weights: new Map() }, from);
  return { boundary: outputOf(frozen.network).name, first: suffix.network.layers[1]!.name, suffix };
}

describe('a base is cut', () => {
  it.each([
    ['vgg16', 'block5', 'block4_pool', 'block5_conv1'],
    ['vgg16', 'block5_conv2', 'block5_conv1', 'block5_conv2'],
    ['vgg16', 'block1', 'input', 'block1_conv1'],
    ['googlenet', 'inception_5b', 'inception_5a/output', 'inception_5b/1x1'],
    ['resnet18', 'layer4', 'layer3.1', 'layer4.0.conv1'],
    ['efficientnet-lite0', 'blocks.6', 'blocks.5.3', 'blocks.6.0.conv_pw'],
    ['mobilenet-v1-0.25', 'conv_dw_13', 'conv_pw_12_bn', 'conv_dw_13'],
  ])('%s before %s, after %s', (model, from, boundary, first) => {
    expect(cut(model, from)).toMatchObject({ boundary, first });
  });

  it('so that the part above begins with what the part below puts out', () => {
    const { suffix, boundary } = cut('vgg16', 'block5');
    expect(suffix.network.layers[0]).toMatchObject({ type: 'input', name: boundary, shape: [14, 14, 512] });
  });
});

describe('refused, with what there is', () => {
  it.each([
    ['vgg16', 'blok5', /Did you mean 'block5'\?.*Blocks: block1, block2/],
    ['vgg16', 'block', /Blocks: block1/],
    ['vgg16', 'block5_pool', /nothing follows 'block5_pool' that could be trained/],
    [
      'efficientnet-lite0',
      'blocks.7',
      /Did you mean 'blocks\.\d'\?.*Blocks: conv_stem, blocks\.0, blocks\.1/,
    ],
  ])('%s: %s', (model, from, message) => {
    expect(() => cut(model, from)).toThrow(UserError);
    expect(() => cut(model, from)).toThrow(message);
  });
});

it('rates fall from block to block downwards, the head having all of it', () => {
  const { suffix } = cut('vgg16', 'block4');
  const rateOf = layerRates(suffix.network, 0.5);
  const names = ['logits/kernel', 'block5_conv3/kernel', 'block5_conv1/bias', 'block4_conv3/kernel'];
  expect(names.map(rateOf)).toEqual([1, 0.5, 0.5, 0.25]);
});
