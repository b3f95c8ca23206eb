import { didYouMean, UserError } from '../runtime/errors.js';
import { type AlexNetName, alexnet, alexnetTorchvision } from './alexnet.js';
import { efficientnetLite0 } from './efficientnet.js';
import { googlenet } from './googlenet.js';
import { googlenetTorchvision } from './googlenet-torchvision.js';
import { lenet5 } from './lenet5.js';
import { lenet5Paper } from './lenet5-paper.js';
import { mobilenetV1, mobilenetV2, mobilenetV2Torchvision } from './mobilenet.js';
import type { InputShape, Network } from './network.js';
import {
  bvlcMean,
  caffeMean,
  meanColour,
  minusOneToOne,
  type Preprocessing,
  torchvisionNormalised,
} from './preprocessing.js';
import { type ResNetName, resnet, stageOutputs } from './resnet.js';
import { squeezenet } from './squeezenet.js';
import { type VggName, vgg } from './vgg.js';

export type { Preprocessing } from './preprocessing.js';

/** What must travel with a network: how to build it, how to feed it, where it is cut for transfer. */
export interface ModelSpec {
  readonly name: string;
  readonly title: string;
  readonly paper: string;
  readonly inputShape: InputShape;
  readonly preprocessing: Preprocessing;
  /** The convolutional base, without a classifier; for another input shape where nothing but convolutions reads it. */
  readonly buildBase: (inputShape?: InputShape) => Network;
  /** The whole network with its own classifier; another input shape where the family allows it. */
  readonly build: (options?: { classes?: number; inputShape?: InputShape }) => Network;
  /** The last layer of the base that a new head reads. */
  readonly transferCut: string;
  /** Layers whose pooled maps make features, from low to high level; the last one is `transferCut`. */
  readonly depths: readonly string[];
  /** Layers worth looking at, from low to high level. */
  readonly taps: readonly string[];
}

const specs: readonly ModelSpec[] = [
  vggSpec('vgg16', 'VGG-16', 'configuration D', caffeMean, 'block5_conv3'),
  {
    name: 'lenet5',
    title: 'LeNet-5',
    paper: 'LeCun, Bottou, Bengio & Haffner 1998',
    inputShape: [32, 32, 1],
    preprocessing: { channelOrder: 'RGB', mean: [0], scale: [255] },
    buildBase: () => lenet5(),
    build: (options) => lenet5(options),
    transferCut: 'F6',
    depths: ['F6'],
    taps: ['C1', 'C3', 'C5'],
  },
  {
    name: 'lenet5-paper',
    title: 'LeNet-5 as published',
    paper: 'LeCun, Bottou, Bengio & Haffner 1998',
    inputShape: [32, 32, 1],
    // The ground −0.1 and the ink 1.175, for light ink on black.
    preprocessing: { channelOrder: 'RGB', mean: [20], scale: [200] },
    buildBase: () => lenet5Paper(),
    build: (options) => lenet5Paper(options),
    transferCut: 'F6',
    depths: ['F6'],
    taps: ['C1', 'S2', 'C3', 'S4', 'C5'],
  },
  vggSpec('vgg11', 'VGG-11', 'configuration A', torchvisionNormalised, 'block5_conv2'),
  vggSpec(
    'vgg11-lrn',
    'VGG-11 with local response normalisation',
    'configuration A-LRN',
    caffeMean,
    'block5_conv2',
  ),
  vggSpec('vgg13', 'VGG-13', 'configuration B', torchvisionNormalised, 'block5_conv2'),
  vggSpec('vgg16-1x1', 'VGG-16 with 1×1 convolutions', 'configuration C', caffeMean, 'block5_conv3'),
  vggSpec('vgg19', 'VGG-19', 'configuration E', caffeMean, 'block5_conv4'),
  alexnetSpec('alexnet', 'AlexNet', 'every filter reading all channels', meanColour),
  alexnetSpec('alexnet-grouped', 'AlexNet in two groups', 'as published', meanColour),
  alexnetSpec('alexnet-caffe', 'AlexNet of Caffe', 'as trained by BVLC', bvlcMean),
  {
    name: 'alexnet-torchvision',
    title: 'AlexNet of torchvision',
    paper: 'Krizhevsky 2014',
    inputShape: [224, 224, 3],
    preprocessing: torchvisionNormalised,
    buildBase: (inputShape) => alexnetTorchvision({ includeTop: false, ...(inputShape && { inputShape }) }),
    build: (options) => alexnetTorchvision(options),
    transferCut: 'pool5',
    depths: ['conv1', 'conv3', 'pool5'],
    taps: ['conv1', 'conv3', 'conv5'],
  },
  {
    name: 'googlenet',
    title: 'GoogLeNet',
    paper: 'Szegedy et al. 2014, as trained by BVLC',
    inputShape: [224, 224, 3],
    preprocessing: bvlcMean,
    buildBase: (inputShape) => googlenet({ includeTop: false, ...(inputShape && { inputShape }) }),
    build: (options) => googlenet(options),
    transferCut: 'inception_5b/output',
    depths: ['inception_3b/output', 'inception_4e/output', 'inception_5b/output'],
    taps: ['conv1/7x7_s2', 'inception_3b/output', 'inception_4e/output', 'inception_5b/output'],
  },
  {
    name: 'googlenet-torchvision',
    title: 'GoogLeNet of torchvision',
    paper: 'Szegedy et al. 2014, with batch normalisation',
    inputShape: [224, 224, 3],
    // torchvision turns its own normalisation into this inside the network.
    preprocessing: minusOneToOne,
    buildBase: (inputShape) => googlenetTorchvision({ includeTop: false, ...(inputShape && { inputShape }) }),
    build: (options) => googlenetTorchvision(options),
    transferCut: 'inception5b',
    depths: ['inception3b', 'inception4e', 'inception5b'],
    taps: ['conv1.bn', 'inception3b', 'inception4e', 'inception5b'],
  },
  {
    name: 'squeezenet',
    title: 'SqueezeNet v1.1',
    paper: 'Iandola et al. 2016',
    inputShape: [224, 224, 3],
    preprocessing: bvlcMean,
    buildBase: (inputShape) => squeezenet({ includeTop: false, ...(inputShape && { inputShape }) }),
    build: (options) => squeezenet(options),
    transferCut: 'fire9/concat',
    depths: ['fire3/concat', 'fire5/concat', 'fire9/concat'],
    taps: ['conv1', 'fire3/concat', 'fire5/concat', 'fire9/concat'],
  },
  ...([11, 13, 16, 19] as const).map(vggBatchNormSpec),
  ...[0.25, 0.5, 0.75, 1].map(mobilenetV1Spec),
  ...[0.35, 0.5, 0.75, 1, 1.3, 1.4].map(mobilenetV2Spec),
  {
    ...mobilenetV2Spec(1),
    name: 'mobilenet-v2-torchvision',
    title: 'MobileNetV2 of torchvision',
    preprocessing: torchvisionNormalised,
    buildBase: (inputShape) =>
      mobilenetV2Torchvision({ includeTop: false, ...(inputShape && { inputShape }) }),
    build: (options) => mobilenetV2Torchvision(options),
  },
  {
    name: 'efficientnet-lite0',
    title: 'EfficientNet-lite0',
    paper: 'Tan & Le 2019, as TensorFlow trains it for small devices',
    inputShape: [224, 224, 3],
    preprocessing: minusOneToOne,
    buildBase: (inputShape) => efficientnetLite0({ includeTop: false, ...(inputShape && { inputShape }) }),
    build: (options) => efficientnetLite0(options),
    transferCut: 'bn2',
    depths: ['blocks.1.1', 'blocks.2.1', 'blocks.4.2', 'bn2'],
    taps: ['bn1', 'blocks.1.1', 'blocks.2.1', 'blocks.4.2', 'bn2'],
  },
  ...([18, 34, 50, 101, 152] as const).map((depth) => resnetSpec(`resnet${depth}`, `ResNet-${depth}`)),
  ...([50, 101, 152] as const).map((depth) => ({
    ...resnetSpec(`resnet${depth}-keras`, `ResNet-${depth} of Keras`),
    preprocessing: caffeMean,
  })),
  ...([18, 34] as const).map((depth) => resnetSpec(`plain${depth}`, `Plain-${depth}, without shortcuts`)),
];

function vggSpec(
  name: VggName,
  title: string,
  source: string,
  preprocessing: Preprocessing,
  lastTap: string,
): ModelSpec {
  const kind = name.endsWith('-bn') ? 'bn' : 'conv';
  return {
    name,
    title,
    paper: `Simonyan & Zisserman 2014, ${source}`,
    inputShape: [224, 224, 3],
    preprocessing,
    buildBase: (inputShape) => vgg(name, { includeTop: false, ...(inputShape && { inputShape }) }),
    build: (options) => vgg(name, options),
    transferCut: 'block5_pool',
    depths: [1, 2, 3, 4, 5].map((block) => `block${block}_pool`),
    taps: [`block1_${kind}1`, `block3_${kind}2`, lastTap],
  };
}

function alexnetSpec(
  name: AlexNetName,
  title: string,
  source: string,
  preprocessing: Preprocessing,
): ModelSpec {
  return {
    name,
    title,
    paper: `Krizhevsky, Sutskever & Hinton 2012, ${source}`,
    inputShape: [227, 227, 3],
    preprocessing,
    buildBase: (inputShape) => alexnet(name, { includeTop: false, ...(inputShape && { inputShape }) }),
    build: (options) => alexnet(name, options),
    transferCut: 'pool5',
    depths: ['conv1', 'conv3', 'pool5'],
    taps: ['conv1', 'conv3', 'conv5'],
  };
}

function vggBatchNormSpec(depth: 11 | 13 | 16 | 19): ModelSpec {
  const title = `VGG-${depth} with batch normalisation`;
  return vggSpec(`vgg${depth}-bn`, title, 'as trained by torchvision', torchvisionNormalised, 'block5_bn2');
}

function mobilenetV1Spec(width: number): ModelSpec {
  return {
    name: `mobilenet-v1-${width}`,
    title: `MobileNet, width ${width}`,
    paper: 'Howard et al. 2017',
    inputShape: [224, 224, 3],
    preprocessing: minusOneToOne,
    buildBase: (inputShape) => mobilenetV1({ width, includeTop: false, ...(inputShape && { inputShape }) }),
    build: (options) => mobilenetV1({ ...options, width }),
    transferCut: 'conv_pw_13_bn',
    depths: ['conv_pw_3_bn', 'conv_pw_5_bn', 'conv_pw_11_bn', 'conv_pw_13_bn'],
    taps: ['conv1_bn', 'conv_pw_3_bn', 'conv_pw_5_bn', 'conv_pw_11_bn', 'conv_pw_13_bn'],
  };
}

function mobilenetV2Spec(width: number): ModelSpec {
  return {
    name: `mobilenet-v2-${width}`,
    title: `MobileNetV2, width ${width}`,
    paper: 'Sandler et al. 2018',
    inputShape: [224, 224, 3],
    preprocessing: minusOneToOne,
    buildBase: (inputShape) => mobilenetV2({ width, includeTop: false, ...(inputShape && { inputShape }) }),
    build: (options) => mobilenetV2({ ...options, width }),
    transferCut: 'Conv_1_bn',
    depths: ['block_2_add', 'block_5_add', 'block_12_add', 'Conv_1_bn'],
    taps: ['bn_Conv1', 'block_2_add', 'block_5_add', 'block_12_add', 'Conv_1_bn'],
  };
}

function resnetSpec(name: ResNetName, title: string): ModelSpec {
  return {
    name,
    title,
    paper: 'He, Zhang, Ren & Sun 2015',
    inputShape: [224, 224, 3],
    preprocessing: torchvisionNormalised,
    buildBase: (inputShape) => resnet(name, { includeTop: false, ...(inputShape && { inputShape }) }),
    build: (options) => resnet(name, options),
    transferCut: stageOutputs(name).at(-1)!,
    depths: stageOutputs(name),
    taps: ['bn1', ...stageOutputs(name)],
  };
}

export function modelNames(): string[] {
  return specs.map((spec) => spec.name);
}

/** Short names for what most people mean by them. */
const aliases: ReadonlyMap<string, string> = new Map([
  // The width whose weights are small enough to come along with a mirror of the zoos.
  ['mobilenet', 'mobilenet-v1-0.25'],
]);

/** Every name that `modelSpec` takes. */
export function acceptedNames(): string[] {
  return [...modelNames(), ...aliases.keys()];
}

/** The network of that name; throws a UserError with the nearest name when there is none. */
export function modelSpec(name: string): ModelSpec {
  const spec = specs.find((candidate) => candidate.name === (aliases.get(name) ?? name));
  if (spec) return spec;
  const names = acceptedNames();
  throw new UserError(
    `Expected a network of ${names.join(', ')} but received '${name}'.${didYouMean(name, names)}`,
  );
}
