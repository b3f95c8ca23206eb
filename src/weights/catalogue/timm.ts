import type { CatalogueEntry } from '../catalogue.js';

type Row = readonly [model: string, repository: string, parameters: number, sha256: string];

const rows: readonly Row[] = [
  ['vgg16', 'vgg16.tv_in1k', 138_357_544, '57b026918159a6bf9faf8405c3a551903768e7138989d9c6224a14227203fad8'],
  ['vgg19', 'vgg19.tv_in1k', 143_667_240, '11aea017b543ff59233749d8f1cf544cda749378f5790d2fedab841fb86b7669'],
];

/** torchvision's weights as timm publishes them, in the safetensors format. */
export const timmEntries: readonly CatalogueEntry[] = rows.map(([model, repository, parameters, hex]) => {
  const digest = { algorithm: 'sha256', hex } as const;
  return {
    name: `${model}-timm`,
    model,
    family: 'timm',
    parameters,
    licence: 'BSD 3-Clause',
    attribution: 'the torchvision authors, Facebook; published by timm',
    sources: [
      { kind: 'zoo', path: `timm/${repository}.safetensors`, digest },
      { kind: 'cache' },
      {
        kind: 'url',
        url: `https://huggingface.co/timm/${repository}/resolve/main/model.safetensors`,
        digest,
      },
    ],
  };
});
