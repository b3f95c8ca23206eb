import { efficientnetPytorch, timmMobileNetV2, torchvisionMobileNetV2 } from './mobile-names.js';
import type { Layer, Network } from './network.js';
import { caffeMean, meanColour, type Preprocessing, torchvisionNormalised } from './preprocessing.js';
import { slimNames } from './slim-names.js';

/** Who publishes weights: each names the layers, and wants its pictures, in a way of its own. */
export const families = ['caffe', 'keras', 'slim', 'timm', 'torchvision'] as const;
export type Family = (typeof families)[number];

export function isFamily(name: unknown): name is Family {
  return families.includes(name as Family);
}

/** The layers of a network as a family names them. */
export interface PublishedNames {
  readonly family: Family;
  /** A published name of a layer → ours. */
  readonly layers: ReadonlyMap<string, string>;
}

/**
 * How a family's weights want their pictures, where that is not what the network's own entry in the registry says.
 */
export function preprocessingOf(network: Network, family: Family): Preprocessing | undefined {
  if (network.name.endsWith('-torchvision') || network.name === 'efficientnet-lite0') return undefined;
  if (family === 'torchvision' || family === 'timm') return torchvisionNormalised;
  if (!network.name.startsWith('vgg')) return undefined;
  return family === 'slim' ? meanColour : caffeMean;
}

/**
 * The names that published files give a network's layers, where they differ from ours. Families that name them as we
 * do (Keras' VGG and MobileNet, torchvision's ResNet, BVLC's GoogLeNet) need no entry.
 */
export function publishedNames(network: Network): PublishedNames[] {
  const slim = slimNames(network);
  return slim ? [...ownFamilies(network), { family: 'slim', layers: slim }] : ownFamilies(network);
}

function ownFamilies(network: Network): PublishedNames[] {
  if (/^vgg\d+-bn$/.test(network.name)) {
    return [{ family: 'torchvision', layers: withClassifier(sequentialNames(network), vggClassifier) }];
  }
  if (network.name.startsWith('vgg')) return vggNames(network);
  if (network.name === 'alexnet-torchvision') {
    const classifier = { 'classifier.1': 'fc6', 'classifier.4': 'fc7', 'classifier.6': 'fc8' };
    return [{ family: 'torchvision', layers: withClassifier(sequentialNames(network), classifier) }];
  }
  if (network.name === 'squeezenet') return [{ family: 'torchvision', layers: squeezenetNames(network) }];
  if (network.name === 'mobilenet-v2-torchvision') {
    return [
      { family: 'torchvision', layers: torchvisionMobileNetV2(network) },
      { family: 'timm', layers: timmMobileNetV2(network) },
    ];
  }
  // Our names are timm's; others publish the same conversion, for the same pictures, under names of their own.
  if (network.name === 'efficientnet-lite0') {
    return [{ family: 'timm', layers: efficientnetPytorch(network) }];
  }
  // Keras has renamed the last layer since it wrote its files.
  if (network.name.startsWith('mobilenet-v2')) {
    return [{ family: 'keras', layers: kerasMobileNetV2(network) }];
  }
  if (network.name.endsWith('-keras')) return [{ family: 'keras', layers: kerasResnetNames(network) }];
  return [];
}

/** torchvision's dense layers, numbered among their activations and dropouts. */
const vggClassifier = { 'classifier.0': 'fc1', 'classifier.3': 'fc2', 'classifier.6': 'predictions' };

/** Oxford's own names (conv1_1 … fc8), torchvision's places in `features` and `classifier`, timm's heads. */
function vggNames(network: Network): PublishedNames[] {
  const features = sequentialNames(network);
  const caffe = new Map(
    network.layers.flatMap(({ name }) => {
      const [, block, conv] = /^block(\d)_conv(\d)$/.exec(name) ?? [];
      return block ? [[`conv${block}_${conv}`, name] as const] : [];
    }),
  );
  const oxford = { fc6: 'fc1', fc7: 'fc2', fc8: 'predictions' };
  const timm = { 'pre_logits.fc1': 'fc1', 'pre_logits.fc2': 'fc2', 'head.fc': 'predictions' };
  return [
    { family: 'caffe', layers: withClassifier(caffe, oxford) },
    { family: 'torchvision', layers: withClassifier(features, vggClassifier) },
    { family: 'timm', layers: withClassifier(features, timm) },
  ];
}

/**
 * `features.0`, `features.2` …: PyTorch's nn.Sequential numbers every module, activations and pools included.
 */
function sequentialNames(network: Network): Map<string, string> {
  const names = new Map<string, string>();
  let place = 0;
  for (const layer of network.layers) {
    if (layer.type === 'flatten') break;
    if (hasWeights(layer)) names.set(`features.${place}`, layer.name);
    if (layer.type === 'input') continue;
    place += 'activation' in layer && layer.activation ? 2 : 1;
  }
  return names;
}

/** As above, with a fire module in one place. */
function squeezenetNames(network: Network): Map<string, string> {
  const names = new Map([
    ['features.0', 'conv1'],
    ['classifier.1', 'conv10'],
  ]);
  let place = 2; // after conv1 and its activation
  for (const { name, type } of network.layers) {
    const fire = /^(fire\d)\/concat$/.exec(name)?.[1];
    if (type !== 'maxPool' && !fire) continue;
    if (fire) {
      names.set(`features.${place}.squeeze`, `${fire}/squeeze1x1`);
      names.set(`features.${place}.expand1x1`, `${fire}/expand1x1`);
      names.set(`features.${place}.expand3x3`, `${fire}/expand3x3`);
    }
    place++;
  }
  return names;
}

/** Keras' names, as ours but for the last layer. */
function kerasMobileNetV2(network: Network): Map<string, string> {
  const names = network.layers.filter(hasWeights).map(({ name }): [string, string] => [name, name]);
  return new Map(names.map(([theirs, ours]) => [theirs === 'predictions' ? 'Logits' : theirs, ours]));
}

/** conv2_block1_1_conv → layer1.0.conv1; the shortcut, number 0 there, is `downsample` in torchvision. */
function kerasResnetNames(network: Network): Map<string, string> {
  const names = network.layers.filter(hasWeights).map(({ name }): [string, string] => {
    const [, stage, block, part] = /^layer(\d)\.(\d+)\.(.*)$/.exec(name) ?? [];
    if (!stage) {
      const theirs = { conv1: 'conv1_conv', bn1: 'conv1_bn', fc: 'predictions' }[name] ?? name;
      return [theirs, name];
    }
    const [, kind, number] = /^(conv|bn)(\d)$/.exec(part!) ?? [];
    const own = kind ? `${number}_${kind}` : part === 'downsample.0' ? '0_conv' : '0_bn';
    return [`conv${Number(stage) + 1}_block${Number(block) + 1}_${own}`, name];
  });
  return new Map(names);
}

function hasWeights({ type }: Layer): boolean {
  return ['convolution', 'depthwise', 'dense', 'batchNorm'].includes(type);
}

function withClassifier(
  features: ReadonlyMap<string, string>,
  classifier: Readonly<Record<string, string>>,
): Map<string, string> {
  return new Map([...features, ...Object.entries(classifier)]);
}
