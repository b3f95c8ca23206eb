/** What timm, torchvision and others call the layers of networks made of inverted residuals. */
import type { Layer, Network } from './network.js';

type Names = ReadonlyMap<string, string>;

/** Blocks of each of MobileNetV2's stages (Sandler et al. 2018, table 2): timm counts them stage by stage. */
const repeats = [1, 2, 3, 4, 3, 3, 1];

/** Each block's stage and place in it, in order. */
const placesInStages = repeats.flatMap((count, stage) =>
  Array.from({ length: count }, (_, i) => `${stage}.${i}`),
);

/** Conv1 → features.0.0, block_3_project_BN → features.4.conv.3. */
export function torchvisionMobileNetV2(network: Network): Names {
  return blockNames(network, {
    outside: {
      Conv1: 'features.0.0',
      bn_Conv1: 'features.0.1',
      Conv_1: 'features.18.0',
      Conv_1_bn: 'features.18.1',
      predictions: 'classifier.1',
    },
    inside: (number, part, expands) => {
      const module = `features.${number + 1}.conv`;
      const names = {
        expand: `${module}.0.0`,
        expand_BN: `${module}.0.1`,
        depthwise: `${module}.${expands ? 1 : 0}.0`,
        depthwise_BN: `${module}.${expands ? 1 : 0}.1`,
        project: `${module}.${expands ? 2 : 1}`,
        project_BN: `${module}.${expands ? 3 : 2}`,
      };
      return names[part];
    },
  });
}

/** Conv1 → conv_stem, block_3_project_BN → blocks.2.0.bn3. */
export function timmMobileNetV2(network: Network): Names {
  return blockNames(network, {
    outside: {
      Conv1: 'conv_stem',
      bn_Conv1: 'bn1',
      Conv_1: 'conv_head',
      Conv_1_bn: 'bn2',
      predictions: 'classifier',
    },
    inside: (number, part, expands) => {
      const module = `blocks.${placesInStages[number]}`;
      const names = {
        expand: `${module}.conv_pw`,
        expand_BN: `${module}.bn1`,
        depthwise: `${module}.conv_dw`,
        depthwise_BN: `${module}.bn${expands ? 2 : 1}`,
        project: `${module}.conv_pw${expands ? 'l' : ''}`,
        project_BN: `${module}.bn${expands ? 3 : 2}`,
      };
      return names[part];
    },
  });
}

type Part = 'expand' | 'expand_BN' | 'depthwise' | 'depthwise_BN' | 'project' | 'project_BN';

interface Naming {
  readonly outside: Readonly<Record<string, string>>;
  readonly inside: (block: number, part: Part, expands: boolean) => string;
}

function blockNames(network: Network, { outside, inside }: Naming): Names {
  const entries = network.layers.flatMap(({ name }): [string, string][] => {
    if (outside[name]) return [[outside[name], name]];
    const [, number = '0', part] =
      /^(?:expanded_conv|block_(\d+))_((?:expand|depthwise|project)(?:_BN)?)$/.exec(name) ?? [];
    return part ? [[inside(Number(number), part as Part, number !== '0'), name]] : [];
  });
  return new Map(entries);
}

/**
 * The names of the package efficientnet_pytorch, which counts blocks through and batch norms from 0:
 * blocks.1.0.conv_pwl → _blocks.1._project_conv.
 */
export function efficientnetPytorch(network: Network): Names {
  const outside: Readonly<Record<string, string>> = {
    conv_stem: '_conv_stem',
    bn1: '_bn0',
    conv_head: '_conv_head',
    bn2: '_bn1',
    classifier: '_fc',
  };
  const names = new Map<string, string>();
  const blocks: string[] = [];
  for (const { name, type } of network.layers) {
    if (outside[name]) names.set(outside[name], name);
    const [, block, part] = /^(blocks\.\d\.\d)\.(.*)$/.exec(name) ?? [];
    if (!block) continue;
    if (blocks.at(-1) !== block) blocks.push(block);
    const number = blocks.length - 1;
    names.set(`_blocks.${number}.${partOfBlock(type, part!, number > 0)}`, name);
  }
  return names;
}

function partOfBlock(type: Layer['type'], part: string, expands: boolean): string {
  if (type === 'depthwise') return '_depthwise_conv';
  if (type === 'batchNorm') return `_bn${Number(part.slice(2)) - (expands ? 1 : 0)}`;
  return part === 'conv_pw' && expands ? '_expand_conv' : '_project_conv';
}
