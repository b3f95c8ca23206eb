import type { CatalogueEntry } from '../catalogue-entry.js';

/** Networks as their authors, or Berkeley, trained them in Caffe. */
export const caffeEntries: readonly CatalogueEntry[] = [
  {
    name: 'googlenet',
    model: 'googlenet',
    family: 'caffe',
    parameters: 6_998_552,
    licence: 'unrestricted',
    attribution: 'Sergio Guadarrama, Berkeley Vision and Learning Center',
    sources: [
      {
        kind: 'zoo',
        path: 'caffe/bvlc_googlenet.caffemodel',
        digest: { algorithm: 'sha1', hex: '405fc5acd08a3bb12de8ee5e23a96bec22f08204' },
        // Without the auxiliary classifiers, which the published file has for training.
        weights: '50bfdaf3d41e9fd78f1536088e79d7a8cb2af6c4afdd139c13cdbe412e488eb0',
      },
      { kind: 'cache' },
      {
        kind: 'url',
        url: 'http://dl.caffe.berkeleyvision.org/bvlc_googlenet.caffemodel',
        digest: { algorithm: 'sha1', hex: '405fc5acd08a3bb12de8ee5e23a96bec22f08204' },
      },
    ],
  },
  {
    name: 'alexnet-caffe',
    model: 'alexnet-caffe',
    family: 'caffe',
    parameters: 60_965_224,
    licence: 'unrestricted',
    attribution: 'Evan Shelhamer, Berkeley Vision and Learning Center',
    sources: [
      {
        kind: 'zoo',
        path: 'caffe/bvlc_alexnet.caffemodel',
        digest: { algorithm: 'sha1', hex: '9116a64c0fbe4459d18f4bb6b56d647b63920377' },
      },
      { kind: 'cache' },
      {
        kind: 'url',
        url: 'http://dl.caffe.berkeleyvision.org/bvlc_alexnet.caffemodel',
        digest: { algorithm: 'sha1', hex: '9116a64c0fbe4459d18f4bb6b56d647b63920377' },
      },
    ],
  },
  {
    name: 'squeezenet',
    model: 'squeezenet',
    family: 'caffe',
    parameters: 1_235_496,
    licence: 'BSD 2-Clause',
    attribution: 'Forrest Iandola et al., DeepScale and UC Berkeley',
    sources: [
      {
        kind: 'zoo',
        path: 'caffe/squeezenet_v1.1.caffemodel',
        digest: { algorithm: 'sha1', hex: '3397f026368a45ae236403ccc81cfcbe8ebe1bd0' },
        weights: '03e95cb59b8aa5a4578e7cd8eb91c7191811a2658863dd052fdef3dcdde11718',
      },
      { kind: 'cache' },
      {
        kind: 'url',
        url:
          'https://raw.githubusercontent.com/DeepScale/SqueezeNet/' +
          'b5c3f1a23713c8b3fd7b801d229f6b04c64374a5/SqueezeNet_v1.1/squeezenet_v1.1.caffemodel',
        digest: { algorithm: 'sha1', hex: '3397f026368a45ae236403ccc81cfcbe8ebe1bd0' },
      },
    ],
  },
  {
    name: 'vgg16-caffe',
    model: 'vgg16',
    family: 'caffe',
    parameters: 138_357_544,
    licence: 'CC BY 4.0',
    attribution: 'Karen Simonyan and Andrew Zisserman, Visual Geometry Group, University of Oxford',
    sources: [
      {
        kind: 'zoo',
        path: 'caffe/VGG_ILSVRC_16_layers.caffemodel',
        digest: {
          algorithm: 'sha256',
          hex: 'a6196bc498e45ea4cb2637114ae8db9410cf1556fd60a55ae93272371beba197',
        },
      },
      { kind: 'cache' },
      {
        kind: 'url',
        url: 'http://www.robots.ox.ac.uk/~vgg/software/very_deep/caffe/VGG_ILSVRC_16_layers.caffemodel',
        bytes: 553_432_081,
        digest: {
          algorithm: 'sha256',
          hex: 'a6196bc498e45ea4cb2637114ae8db9410cf1556fd60a55ae93272371beba197',
        },
      },
    ],
  },
];
