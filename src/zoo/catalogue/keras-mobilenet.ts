import type { CatalogueEntry } from '../catalogue-entry.js';

const host = 'https://storage.googleapis.com/tensorflow/keras-applications';
const v1 = 'mobilenet_1_0_224_tf.h5';
const v2 = 'mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224.h5';

/** Keras states no digest of v2's file; this one is what those who pin it have found, from both addresses. */
const v2Digest = {
  algorithm: 'sha256',
  hex: '3e195a2857356cfc092cbbb460beb2a5bce279015d7792598b8d3d9e451902e3',
} as const;

/** Of v1's file nobody states a digest, so what holds it to account is its length and the names and shapes within. */
const v1Bytes = 17_225_924;

/** Keras' MobileNets at width 1 for pictures of 224×224, with their classifiers. */
export const kerasMobileNetEntries: readonly CatalogueEntry[] = [
  {
    name: 'mobilenet-v1-1-keras',
    model: 'mobilenet-v1-1',
    family: 'keras',
    parameters: 4_253_864,
    licence: 'Apache 2.0',
    attribution: 'Andrew Howard et al., Google; converted for Keras',
    sources: [
      { kind: 'zoo', path: `keras/${v1}` },
      { kind: 'cache' },
      { kind: 'url', url: `${host}/mobilenet/${v1}`, bytes: v1Bytes },
      {
        kind: 'url',
        url: `https://github.com/fchollet/deep-learning-models/releases/download/v0.6/${v1}`,
        bytes: v1Bytes,
      },
    ],
  },
  {
    name: 'mobilenet-v2-1-keras',
    model: 'mobilenet-v2-1',
    family: 'keras',
    parameters: 3_538_984,
    licence: 'Apache 2.0',
    attribution: 'Mark Sandler et al., Google; converted for Keras',
    sources: [
      { kind: 'zoo', path: `keras/${v2}`, digest: v2Digest },
      { kind: 'cache' },
      { kind: 'url', url: `${host}/mobilenet_v2/${v2}`, bytes: 14_536_120, digest: v2Digest },
      {
        kind: 'url',
        url: `https://github.com/JonathanCMitchell/mobilenet_v2_keras/releases/download/v1.1/${v2}`,
        bytes: 14_536_120,
        digest: v2Digest,
      },
    ],
  },
];
