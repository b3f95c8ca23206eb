import path from 'node:path';
import { kerasArchiveBytes } from '../formats/keras-archive-writer.js';
import type { NamedTensor } from '../formats/tensors.js';
import type { WeightedNetwork } from '../models/compose.js';
import { type Layer, layerNamed, type Network, type Shape } from '../models/network.js';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { makeFolder } from '../runtime/make-folder.js';
import { type KerasLayer, kerasName, toKerasLayers } from './keras-layers.js';
import { inKerasOrder } from './keras-order.js';

/** The file in an export's folder. */
export const kerasFile = 'model.keras';

/**
 * Writes a network as a functional model of Keras 3, of standard layers only, from float32 pictures 0 to 255 to the last
 * layer's values. Layers keep their names, with dots for slashes.
 *
 *     model = keras.saving.load_model('model.keras')
 *     model.predict(pixels)
 *
 * @param directory made if need be; holds `model.keras` afterwards.
 * @param weighted preprocessing included (see `withPreprocessing`).
 * @throws UserError when Keras' layers cannot say what the network does.
 */
export async function exportKeras(directory: string, { network, weights }: WeightedNetwork): Promise<void> {
  const layers = inKerasOrder(kerasLayersOf(network));
  const weightsOf = new Map(
    network.layers.map((layer): [string, NamedTensor[]] => [
      kerasName(layer.name),
      kerasWeights(layer, weights),
    ]),
  );
  const bytes = await kerasArchiveBytes(functionalModel(network, layers), weightsOf);
  makeFolder(directory);
  await writeFileAtomic(path.join(directory, kerasFile), bytes);
}

/** Every layer's Keras layers; a layer that is written as several is read by the name of the last. */
function kerasLayersOf(network: Network): readonly KerasLayer[] {
  const last = new Map<string, string>();
  return network.layers.flatMap((layer) => {
    const inputs = layer.inputs.map((name) => last.get(name)!);
    const [read] = layer.inputs;
    const made = toKerasLayers(layer, inputs, read === undefined ? undefined : layerNamed(network, read));
    last.set(layer.name, made.at(-1)!.name);
    return made;
  });
}

/** The parts of a layer's weights in the order in which Keras' layers keep them. */
const weightParts: Partial<Record<Layer['type'], readonly string[]>> = {
  convolution: ['kernel', 'bias'],
  depthwise: ['kernel', 'bias'],
  dense: ['kernel', 'bias'],
  batchNorm: ['gamma', 'beta', 'mean', 'variance'],
};

function kerasWeights(layer: Layer, weights: WeightedNetwork['weights']): NamedTensor[] {
  if (layer.type === 'rootMeanSquareNorm') {
    return [{ shape: layer.shape, data: new Float32Array(layer.shape[0]!).fill(1) }];
  }
  return (weightParts[layer.type] ?? []).flatMap((part) => weights.get(`${layer.name}/${part}`) ?? []);
}

function functionalModel(network: Network, layers: readonly KerasLayer[]): object {
  const shapes = new Map(layers.map(({ name, shape }) => [name, shape]));
  const [input] = layers;
  return {
    module: 'keras.src.models.functional',
    class_name: 'Functional',
    config: {
      name: network.name,
      trainable: true,
      layers: layers.map((layer) => ({
        module: layer.operands ? 'keras.src.ops.numpy' : 'keras.layers',
        class_name: layer.class,
        config: { name: layer.name, ...layer.settings },
        registered_name: layer.operands ? layer.class : null,
        name: layer.name,
        inbound_nodes: layer.inputs.length === 0 ? [] : [node(layer, shapes)],
      })),
      input_layers: [[input!.name, 0, 0]],
      output_layers: [[layers.at(-1)!.name, 0, 0]],
    },
    registered_name: 'Functional',
  };
}

/** Which layers one reads; those that join take a list. */
function node(
  { inputs, class: kind, operands = [] }: KerasLayer,
  shapes: ReadonlyMap<string, Shape>,
): object {
  const tensors = inputs.map((name) => ({
    class_name: '__keras_tensor__',
    config: { shape: [null, ...shapes.get(name)!], dtype: 'float32', keras_history: [name, 0, 0] },
  }));
  const joins = kind === 'Add' || kind === 'Concatenate';
  return { args: joins ? [tensors] : [...tensors, ...operands], kwargs: {} };
}
