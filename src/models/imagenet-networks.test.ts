import { describe, expect, test } from 'vitest';
import { layerNamed, outputOf } from './network.js';
import { networkWeights } from './network-weights.js';
import { modelSpec } from './registry.js';

/** Learned numbers; the running statistics of batch norms apart, as PyTorch counts them. */
function counts(name: string): { learned: number; statistics: number } {
  let learned = 0;
  let statistics = 0;
  for (const weight of networkWeights(modelSpec(name).build())) {
    const size = weight.shape.reduce((a, b) => a * b, 1);
    if (/\/(mean|variance)$/.test(weight.name)) statistics += size;
    else learned += size;
  }
  return { learned, statistics };
}

describe('parameter counts agree with the published networks', () => {
  // googlenet, squeezenet: the blobs of bvlc_googlenet.caffemodel and squeezenet_v1.1.caffemodel add up to these.
  test.each([
    ['googlenet', 6_998_552, 0],
    ['squeezenet', 1_235_496, 0],
    // Keras' summary() of keras.applications.MobileNet and MobileNetV2: total 475,544, 4,253,864 and 3,538,984.
    ['mobilenet-v1-0.25', 470_072, 5_472],
    ['mobilenet-v1-1', 4_231_976, 21_888],
    ['mobilenet-v2-1', 3_504_872, 34_112],
    // torchvision's num_params of mobilenet_v2; timm's of tf_efficientnet_lite0.
    ['mobilenet-v2-torchvision', 3_504_872, 34_112],
    ['efficientnet-lite0', 4_652_008, 42_016],
    // pytorch.org/vision/stable/models.html, "num_params" of the weights of each network.
    ['resnet18', 11_689_512, 9_600],
    ['resnet34', 21_797_672, 17_024],
    ['resnet50', 25_557_032, 53_120],
    ['resnet101', 44_549_160, 105_344],
    ['resnet152', 60_192_808, 151_424],
    // ResNet-18 and -34 less the projections of their shortcuts: 1×1 kernels and batch norms of stages 2 to 4.
    ['plain18', 11_689_512 - (64 * 128 + 128 * 256 + 256 * 512) - 2 * (128 + 256 + 512), 7_808],
    ['plain34', 21_797_672 - (64 * 128 + 128 * 256 + 256 * 512) - 2 * (128 + 256 + 512), 15_232],
  ])('%s learns %i and keeps %i statistics', (name, learned, statistics) => {
    expect(counts(name)).toEqual({ learned, statistics });
  });
});

describe('shapes', () => {
  test.each([
    ['googlenet', { 'pool1/norm1': [56, 56, 64], 'inception_3a/output': [28, 28, 256] }],
    [
      'googlenet',
      { 'inception_4e/output': [14, 14, 832], 'inception_5b/output': [7, 7, 1024], prob: [1000] },
    ],
    ['squeezenet', { conv1: [111, 111, 64], 'fire2/concat': [55, 55, 128], 'fire9/concat': [13, 13, 512] }],
    ['mobilenet-v1-1', { conv1: [112, 112, 32], conv_dw_6: [14, 14, 256], conv_pw_13_bn: [7, 7, 1024] }],
    ['mobilenet-v2-1', { block_2_add: [56, 56, 24], block_12_add: [14, 14, 96], Conv_1_bn: [7, 7, 1280] }],
    [
      'mobilenet-v2-torchvision',
      { block_2_add: [56, 56, 24], block_12_add: [14, 14, 96], Conv_1_bn: [7, 7, 1280] },
    ],
    [
      'efficientnet-lite0',
      {
        bn1: [112, 112, 32],
        'blocks.1.1': [56, 56, 24],
        'blocks.2.1': [28, 28, 40],
        'blocks.4.2': [14, 14, 112],
        'blocks.5.3': [7, 7, 192],
        bn2: [7, 7, 1280],
      },
    ],
    ['resnet18', { maxpool: [56, 56, 64], 'layer1.1': [56, 56, 64], 'layer4.1': [7, 7, 512] }],
    ['resnet50', { 'layer1.2': [56, 56, 256], 'layer3.5': [14, 14, 1024], 'layer4.2': [7, 7, 2048] }],
  ])('%s: %o', (name, shapes) => {
    const network = modelSpec(name).build();
    for (const [layer, shape] of Object.entries(shapes)) {
      expect(layerNamed(network, layer).shape, layer).toEqual(shape);
    }
  });

  test.each([
    'googlenet',
    'squeezenet',
    'mobilenet-v1-0.5',
    'mobilenet-v2-1.4',
    'mobilenet-v2-torchvision',
    'efficientnet-lite0',
    'resnet50',
    'plain34',
  ])('%s: the base is the network up to the cut', (name) => {
    const { buildBase, build, transferCut, taps } = modelSpec(name);
    const base = buildBase();
    expect(outputOf(base).name).toBe(transferCut);
    expect(build().layers.slice(0, base.layers.length)).toEqual(base.layers);
    for (const tap of taps) expect(layerNamed(base, tap).shape).toHaveLength(3);
    expect(outputOf(build({ classes: 7 })).shape).toEqual([7]);
  });
});
