import type { CatalogueEntry } from '../catalogue-entry.js';

/** A file's name ends with the first eight digits of its SHA-256. */
type Row = readonly [model: string, file: string, parameters: number];

/** Parameters include the statistics of batch norms, which torchvision's own counts leave out. */
const rows: readonly Row[] = [
  ['alexnet-torchvision', 'alexnet-owt-7be5be79', 61_100_840],
  ['vgg11', 'vgg11-8a719046', 132_863_336],
  ['vgg13', 'vgg13-19584684', 133_047_848],
  ['vgg16', 'vgg16-397923af', 138_357_544],
  ['vgg19', 'vgg19-dcbb9e9d', 143_667_240],
  ['vgg11-bn', 'vgg11_bn-6002323d', 132_874_344],
  ['vgg13-bn', 'vgg13_bn-abd245e5', 133_059_624],
  ['vgg16-bn', 'vgg16_bn-6c64b313', 138_374_440],
  ['vgg19-bn', 'vgg19_bn-c79401a0', 143_689_256],
  ['googlenet-torchvision', 'googlenet-1378be20', 6_639_464],
  ['squeezenet', 'squeezenet1_1-b8a52dc0', 1_235_496],
  ['mobilenet-v2-torchvision', 'mobilenet_v2-b0353104', 3_538_984],
  ['resnet18', 'resnet18-f37072fd', 11_699_112],
  ['resnet34', 'resnet34-b627a593', 21_814_696],
  ['resnet50', 'resnet50-0676ba61', 25_610_152],
  ['resnet101', 'resnet101-63fe2227', 44_654_504],
  ['resnet152', 'resnet152-394f9c45', 60_344_232],
];

/** torchvision's own training of the networks (weights IMAGENET1K_V1). */
export const torchvisionEntries: readonly CatalogueEntry[] = rows.map(([model, file, parameters]) => {
  const digest = { algorithm: 'sha256', hex: file.slice(file.lastIndexOf('-') + 1) } as const;
  return {
    name: model.endsWith('-torchvision') ? model : `${model}-torchvision`,
    model,
    family: 'torchvision',
    parameters,
    licence: 'BSD 3-Clause',
    attribution: 'the torchvision authors, Facebook',
    sources: [
      { kind: 'zoo', path: `torchvision/${file}.pth`, digest },
      { kind: 'cache' },
      { kind: 'url', url: `https://download.pytorch.org/models/${file}.pth`, digest },
    ],
  };
});
