/** What TF-slim calls the layers of its networks: the scopes of its checkpoints' variables. */
import type { Layer, Network } from './network.js';

type Names = ReadonlyMap<string, string>;

/** The scope of each VGG network that slim publishes. */
const vggScopes: Readonly<Record<string, string>> = { vgg11: 'vgg_a', vgg16: 'vgg_16', vgg19: 'vgg_19' };

/**
 * Slim's names of a network's layers → ours; undefined where slim has no such network. Its ResNets have another: the
 * stride lies in the last block of a stage, so that no published network of ours computes the same with its weights.
 */
export function slimNames(network: Network): Names | undefined {
  const nameOf = namingOf(network.name);
  if (!nameOf) return undefined;
  return new Map(
    network.layers.flatMap((layer): [string, string][] => {
      const theirs = nameOf(layer);
      return theirs === undefined ? [] : [[theirs, layer.name]];
    }),
  );
}

function namingOf(network: string): ((layer: Layer) => string | undefined) | undefined {
  const scope = vggScopes[network];
  if (scope) return ({ name }) => vggName(scope, name);
  if (network.startsWith('mobilenet-v1-')) return ({ name }) => mobilenetV1Name(name);
  if (/^mobilenet-v2-[\d.]+$/.test(network)) return ({ name }) => mobilenetV2Name(name);
  return undefined;
}

/** block3_conv1 → vgg_16/conv3/conv3_1. */
function vggName(scope: string, name: string): string | undefined {
  const dense = { fc1: 'fc6', fc2: 'fc7', predictions: 'fc8' }[name];
  if (dense) return `${scope}/${dense}`;
  const [, block, conv] = /^block(\d)_conv(\d)$/.exec(name) ?? [];
  return block && `${scope}/conv${block}/conv${block}_${conv}`;
}

/** conv_dw_3_bn → MobilenetV1/Conv2d_3_depthwise/BatchNorm. */
function mobilenetV1Name(name: string): string | undefined {
  if (name === 'conv_preds') return 'MobilenetV1/Logits/Conv2d_1c_1x1';
  const [, kind, number, norm] = /^conv(?:1|_(dw|pw)_(\d+))(_bn)?$/.exec(name) ?? [];
  if (!number && !name.startsWith('conv1')) return undefined;
  const module = number ? `Conv2d_${number}_${kind === 'dw' ? 'depthwise' : 'pointwise'}` : 'Conv2d_0';
  return `MobilenetV1/${module}${norm ? '/BatchNorm' : ''}`;
}

/** block_3_project_BN → MobilenetV2/expanded_conv_3/project/BatchNorm. */
function mobilenetV2Name(name: string): string | undefined {
  const outside: Readonly<Record<string, string>> = {
    Conv1: 'Conv',
    bn_Conv1: 'Conv/BatchNorm',
    Conv_1: 'Conv_1',
    Conv_1_bn: 'Conv_1/BatchNorm',
    predictions: 'Logits/Conv2d_1c_1x1',
  };
  if (outside[name]) return `MobilenetV2/${outside[name]}`;
  const [, number, part, norm] =
    /^(?:expanded_conv|block_(\d+))_(expand|depthwise|project)(_BN)?$/.exec(name) ?? [];
  if (!part) return undefined;
  return `MobilenetV2/expanded_conv${number ? `_${number}` : ''}/${part}${norm ? '/BatchNorm' : ''}`;
}
