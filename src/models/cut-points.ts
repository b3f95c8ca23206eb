import { didYouMean, UserError } from '../runtime/errors.js';
import { type Layer, type Network, networkAfter, networkUpTo } from './network.js';

/** A network cut in two, and what of the upper part is nevertheless to stay as it is. */
export interface Cut {
  readonly below: Network;
  readonly above: Network;
  /** The layer from which on all that follow in the network's order are trained. */
  readonly from: string;
  /** Layers of `above` that come before `from`: they are computed with it, and not trained. */
  readonly kept: ReadonlySet<string>;
}

/** A group of layers under one name: `block5` of VGG, `layer4` of ResNet, `blocks.6` of EfficientNet. */
export interface Block {
  readonly name: string;
  /** Its first layer with weights. */
  readonly from: string;
}

/** What a user may call the whole network. */
export const wholeNetwork = 'all';

/**
 * Cuts a network so that `from` (a layer, a block, `blockN` for the Nth block, or `all`) and all layers listed after it
 * lie above. The cut is the last place before it where one tensor crosses; where several do, as in the middle of a
 * residual or an inception block, the layers between that place and `from` lie above too and are `kept`: every layer
 * can be named.
 *
 * @throws UserError when no layer or block is called so, or nothing from there on has weights.
 */
export function cutAt(network: Network, from: string): Cut {
  const first = firstLayer(network, from);
  const order = network.layers.map(({ name }) => name);
  const place = order.indexOf(first.name);
  const after = network.layers.slice(place);
  if (!after.some(isTrainable)) {
    throw new UserError(
      `Expected --unfreeze to name a layer of ${network.name} with weights at or after it, but nothing follows '${from}' that could be trained. ${blocksText(network)}`,
    );
  }
  const cut = order.slice(0, place).findLast((name) => canCut(network, name))!;
  const above = networkAfter(network, cut);
  const kept = above.layers.slice(1).flatMap(({ name }) => (order.indexOf(name) < place ? [name] : []));
  return { below: networkUpTo(network, cut), above, from: first.name, kept: new Set(kept) };
}

/** Where one tensor carries all that the layers after it need; the input is such a place. */
export function canCut(network: Network, name: string): boolean {
  const before = new Set(networkUpTo(network, name).layers.map((layer) => layer.name));
  const after = network.layers.filter((layer) => !before.has(layer.name));
  return after.every(({ inputs }) => inputs.every((input) => input === name || !before.has(input)));
}

/** The blocks of a network in order, each from its first layer with weights on. */
export function blocksOf(network: Network): Block[] {
  const blocks = new Map<string, Block>();
  for (const layer of network.layers.filter(isBlockPart)) {
    const name = blockName(layer.name);
    const key = name.replace(/_(dw|pw)_/, '_'); // MobileNet's depthwise and pointwise halves
    if (!blocks.has(key)) blocks.set(key, { name, from: layer.name });
  }
  return [...blocks.values()];
}

function firstLayer(network: Network, from: string): Layer {
  const layers = network.layers.filter(({ inputs }) => inputs.length > 0);
  const blocks = blocksOf(network);
  const [, number] = /^block(\d+)$/.exec(from) ?? [];
  const wanted = from === wholeNetwork ? blocks[0]?.from : undefined;
  const found =
    layers.find(({ name }) => isCalled(name, wanted ?? from)) ??
    layers.find(({ name }) => name === blocks[Number(number) - 1]?.from);
  if (found) return found;
  const names = [...blocks.map(({ name }) => name), ...layers.map(({ name }) => name), wholeNetwork];
  throw new UserError(
    `Expected --unfreeze to name a layer or block of ${network.name} but received '${from}'.` +
      `${didYouMean(from, names)} ${blocksText(network)} Layers: finetune summary ${network.name}`,
  );
}

/** Of `layer4.1.conv1` and the sum `layer4.1` at the end of that block, the first is where it begins. */
function isCalled(name: string, asked: string): boolean {
  return name === asked || (name.startsWith(asked) && /[_/.]/.test(name[asked.length]!));
}

function blocksText(network: Network): string {
  return `Blocks: ${blocksOf(network)
    .map(({ name }) => name)
    .join(', ')}.`;
}

/** The name as far as the first part that holds a digit: `block5` of `block5_conv1`, `blocks.6` of `blocks.6.0.conv_dw`. */
function blockName(name: string): string {
  return /^[^\d]*\d[^_/.]*/.exec(name)?.[0] ?? name.replace(/_(depthwise|project)$/, '');
}

function isBlockPart({ type }: Layer): boolean {
  return type === 'convolution' || type === 'depthwise' || type === 'dense';
}

/** Whether a layer has weights that gradient descent changes. */
export function isTrainable(layer: Layer): boolean {
  return isBlockPart(layer) || layer.type === 'subsample' || layer.type === 'batchNorm';
}
