import { describe, expect, test } from 'vitest';
import type { Network } from './network.js';
import { networkWeights } from './network-weights.js';
import { preprocessingOf, publishedNames } from './published-names.js';
import { modelNames, modelSpec } from './registry.js';

const layersOf = (network: Network) =>
  [...new Set(networkWeights(network).map(({ name }) => name.slice(0, name.lastIndexOf('/'))))].sort();

const named = modelNames().flatMap((name) =>
  publishedNames(modelSpec(name).build()).map(({ family, layers }) => ({ name, family, layers })),
);

test.each(named)('$family names every layer of $name once', ({ name, layers }) => {
  expect([...layers.values()].sort()).toEqual(layersOf(modelSpec(name).build()));
});

test('what has no published names of its own is published under ours', () => {
  // timm's state_dict of tf_efficientnet_lite0: its first and last names, and those of a block with and without expansion.
  const ours = layersOf(modelSpec('efficientnet-lite0').build());
  expect(ours).toHaveLength(99);
  for (const name of ['conv_stem', 'bn1', 'conv_head', 'bn2', 'classifier']) expect(ours).toContain(name);
  for (const part of ['conv_dw', 'bn1', 'conv_pw', 'bn2']) expect(ours).toContain(`blocks.0.0.${part}`);
  for (const part of ['conv_pw', 'bn1', 'conv_dw', 'bn2', 'conv_pwl', 'bn3'])
    expect(ours).toContain(`blocks.6.0.${part}`);
});

// From torchvision's, timm's and Keras' own model files and Oxford's prototxt.
describe('published names', () => {
  test.each([
    ['vgg16', 'torchvision', 'features.28', 'block5_conv3'],
    ['vgg19', 'torchvision', 'features.34', 'block5_conv4'],
    ['vgg11', 'torchvision', 'features.18', 'block5_conv2'],
    ['vgg16', 'torchvision', 'classifier.6', 'predictions'],
    ['vgg16', 'timm', 'pre_logits.fc1', 'fc1'],
    ['vgg16', 'caffe', 'conv4_2', 'block4_conv2'],
    ['vgg16', 'slim', 'vgg_16/conv5/conv5_3', 'block5_conv3'],
    ['vgg11', 'slim', 'vgg_a/fc8', 'predictions'],
    ['mobilenet-v1-0.5', 'slim', 'MobilenetV1/Conv2d_13_pointwise/BatchNorm', 'conv_pw_13_bn'],
    ['mobilenet-v1-1', 'slim', 'MobilenetV1/Conv2d_0', 'conv1'],
    ['mobilenet-v2-1.4', 'slim', 'MobilenetV2/expanded_conv/project/BatchNorm', 'expanded_conv_project_BN'],
    ['mobilenet-v2-1', 'slim', 'MobilenetV2/expanded_conv_16/expand', 'block_16_expand'],
    ['mobilenet-v2-1', 'slim', 'MobilenetV2/Conv/BatchNorm', 'bn_Conv1'],
    ['alexnet-torchvision', 'torchvision', 'features.10', 'conv5'],
    ['squeezenet', 'torchvision', 'features.12.expand3x3', 'fire9/expand3x3'],
    ['squeezenet', 'torchvision', 'features.3.squeeze', 'fire2/squeeze1x1'],
    ['mobilenet-v2-torchvision', 'torchvision', 'features.1.conv.1', 'expanded_conv_project'],
    ['mobilenet-v2-torchvision', 'torchvision', 'features.2.conv.1.0', 'block_1_depthwise'],
    ['mobilenet-v2-torchvision', 'torchvision', 'features.17.conv.3', 'block_16_project_BN'],
    ['mobilenet-v2-torchvision', 'timm', 'blocks.0.0.conv_pw', 'expanded_conv_project'],
    ['mobilenet-v2-torchvision', 'timm', 'blocks.1.0.conv_pwl', 'block_1_project'],
    ['mobilenet-v2-torchvision', 'timm', 'blocks.6.0.bn3', 'block_16_project_BN'],
    ['mobilenet-v2-1', 'keras', 'Logits', 'predictions'],
    ['efficientnet-lite0', 'timm', '_blocks.0._bn1', 'blocks.0.0.bn1'],
    ['efficientnet-lite0', 'timm', '_blocks.1._bn0', 'blocks.1.0.bn1'],
    ['efficientnet-lite0', 'timm', '_blocks.15._project_conv', 'blocks.6.0.conv_pwl'],
    ['resnet50-keras', 'keras', 'conv2_block1_0_conv', 'layer1.0.downsample.0'],
    ['resnet50-keras', 'keras', 'conv5_block3_3_bn', 'layer4.2.bn3'],
  ])('%s of %s: %s is %s', (model, family, theirs, ours) => {
    const names = publishedNames(modelSpec(model).build()).find((candidate) => candidate.family === family);
    expect(names?.layers.get(theirs)).toBe(ours);
  });
});

test('weights of another family want their pictures in another way, unless they were trained so', () => {
  const spec = modelSpec('googlenet-torchvision');
  expect(preprocessingOf(spec.build(), 'torchvision') ?? spec.preprocessing).toMatchObject({
    channelOrder: 'RGB',
    mean: [127.5, 127.5, 127.5],
  });
  expect(preprocessingOf(modelSpec('vgg16').build(), 'torchvision')?.mean[0]).toBeCloseTo(0.485 * 255);
  expect(preprocessingOf(modelSpec('squeezenet').build(), 'caffe')).toBeUndefined();
  // vgg_preprocessing.py of TF-slim takes the means away in the order red, green, blue.
  expect(preprocessingOf(modelSpec('vgg16').build(), 'slim')).toMatchObject({
    channelOrder: 'RGB',
    mean: [123.68, 116.779, 103.939],
  });
  expect(preprocessingOf(modelSpec('mobilenet-v1-1').build(), 'slim')).toBeUndefined();
  // timm's mean and standard deviation of tf_efficientnet_lite0 are 0.5.
  expect(preprocessingOf(modelSpec('efficientnet-lite0').build(), 'timm')).toBeUndefined();
});
