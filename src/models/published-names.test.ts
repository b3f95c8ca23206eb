import { describe, expect, test } from 'vitest';
import { type Network, networkWeights } from './network.js';
import { publishedNames } from './published-names.js';
import { modelNames, modelSpec } from './registry.js';

const layersOf = (network: Network) =>
  [...new Set(networkWeights(network).map(({ name }) => name.slice(0, name.lastIndexOf('/'))))].sort();

const named = modelNames().flatMap((name) =>
  publishedNames(modelSpec(name).build()).map(({ family, layers }) => ({ name, family, layers })),
);

test.each(named)('$family names every layer of $name once', ({ name, layers }) => {
  expect([...layers.values()].sort()).toEqual(layersOf(modelSpec(name).build()));
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
    ['alexnet-torchvision', 'torchvision', 'features.10', 'conv5'],
    ['squeezenet', 'torchvision', 'features.12.expand3x3', 'fire9/expand3x3'],
    ['squeezenet', 'torchvision', 'features.3.squeeze', 'fire2/squeeze1x1'],
    ['resnet50-keras', 'keras', 'conv2_block1_0_conv', 'layer1.0.downsample.0'],
    ['resnet50-keras', 'keras', 'conv5_block3_3_bn', 'layer4.2.bn3'],
  ])('%s of %s: %s is %s', (model, family, theirs, ours) => {
    const names = publishedNames(modelSpec(model).build()).find((candidate) => candidate.family === family);
    expect(names?.layers.get(theirs)).toBe(ours);
  });
});
