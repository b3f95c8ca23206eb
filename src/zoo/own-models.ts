import { preprocessLayer, withoutPreprocessing } from '../models/compose.js';
import type { Network } from '../models/network.js';
import type { Preprocessing } from '../models/preprocessing.js';
import { families, type Family, preprocessingOf } from '../models/published-names.js';
import { modelNames, modelSpec } from '../models/registry.js';
import { transpose } from '../formats/kernel-layout.js';
import type { NamedTensor, Weights } from '../formats/tensors.js';
import { UserError } from '../runtime/errors.js';

/** What a model of a run does to its pictures, channel by channel, red first. */
export interface PreprocessingInside {
  readonly mean: readonly number[];
  readonly scale: readonly number[];
}

/**
 * Read off the tensors of the layer that `withPreprocessing` puts first, whatever their format calls them; undefined where there
 * is none.
 */
export function preprocessingInside(tensors: Weights): PreprocessingInside | undefined {
  const part = (...names: readonly string[]) => {
    const found = names.map((name) => tensors.get(`${preprocessLayer}/${name}`)).find(Boolean);
    return found && [...found.data];
  };
  // Keras' archives number a batch normalisation's tensors
  const mean = part('mean', 'moving_mean', '2');
  const variance = part('variance', 'moving_variance', '3');
  if (mean && variance) return { mean, scale: variance.map(Math.sqrt) };
  // graphs hold x · scale + shift
  const [scale, shift] = [part('scale'), part('shift')];
  return (
    scale &&
    shift && { mean: shift.map((value, i) => -value / scale[i]!), scale: scale.map((value) => 1 / value) }
  );
}

/** The tensors of an ONNX model that finetune has written, which has our names, in our layouts. */
export function fromOwnOnnx(network: Network, tensors: Weights): Map<string, NamedTensor> {
  const layers = new Map(network.layers.map((layer) => [layer.name, layer]));
  return new Map(
    [...tensors].map(([name, tensor]): [string, NamedTensor] => {
      const layer = layers.get(name.slice(0, name.lastIndexOf('/')));
      if (layer?.type === 'subsample') return [name, { ...tensor, shape: tensor.shape.slice(0, 1) }];
      if (!name.endsWith('/kernel')) return [name, tensor];
      if (layer?.type === 'depthwise') return [name, transpose(tensor, [2, 3, 0, 1])];
      return [name, layer?.type === 'convolution' ? transpose(tensor, [2, 3, 1, 0]) : tensor];
    }),
  );
}

/**
 * Weights out of a run's model or export, which takes plain RGB pixels, as the published weights were that they come from:
 * kernels that read the picture take its colours in the published order again.
 *
 * @throws UserError when no published weights of the network want their pictures as this model does.
 */
export function publishedAgain(
  network: Network,
  weights: Map<string, NamedTensor>,
  inside: PreprocessingInside,
  file: string,
): { weights: Map<string, NamedTensor>; family?: Family } {
  const own = modelNames().includes(network.name)
    ? [{ preprocessing: modelSpec(network.name).preprocessing }]
    : [];
  const others = families.flatMap((family) => {
    const preprocessing = preprocessingOf(network, family);
    return preprocessing ? [{ preprocessing, family }] : [];
  });
  const found = [...own, ...others].find(({ preprocessing }) => isSame(preprocessing, inside));
  if (!found) {
    throw new UserError(
      `Expected weights of ${network.name} but '${file}' is the model of a run that prepares its pictures in another way. ` +
        "Use its run with finetune predict or evaluate, or leave --weights out for the zoo's.",
    );
  }
  const { preprocessing, ...family } = found;
  return { weights: new Map(withoutPreprocessing({ network, weights }, preprocessing)), ...family };
}

function isSame({ channelOrder, mean, scale }: Preprocessing, inside: PreprocessingInside): boolean {
  const rgb = (values: readonly number[]) => (channelOrder === 'BGR' ? [...values].reverse() : values);
  const near = (ours: readonly number[], theirs: readonly number[]) =>
    ours.length === theirs.length && ours.every((value, i) => Math.abs(value - theirs[i]!) < 0.01);
  return near(rgb(mean), inside.mean) && near(rgb(scale), inside.scale);
}
