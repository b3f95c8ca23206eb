import path from 'node:path';
import type { Shape } from '../../models/network.js';
import { UserError } from '../../runtime/errors.js';
import { FormatError, isRecord, jsonOf, readAs } from '../../formats/bytes.js';
import { elementsOf } from '../../formats/numbers.js';
import { parseManifest, type TfjsGroup } from '../../formats/tfjs.js';
import type { CountableLayer } from '../countable-layer.js';
import type { CountableNetwork } from '../summary.js';
import { graphLayers } from './graph-layers.js';
import { exampleShape } from './keras-config.js';
import { countKerasLayer } from './keras-layers.js';
import { type KerasLayer, kerasLayers } from './keras-topology.js';
import { type PictureSize, pictureSize } from './picture-size.js';
import { readSmallIntegers } from './small-integers.js';

/** A network of TF.js as far as its `model.json` tells. */
export interface TfjsNetwork extends CountableNetwork {
  readonly kind: 'layers' | 'graph';
  /** How many numbers its weight files hold. */
  readonly stored: number;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads the layers of a TF.js layers model or graph model from its `model.json`. The weights are not loaded: the
 * manifest tells their shapes. (Of a graph model's constants, the few that say how it reshapes are read.)
 *
 * @param input [height, width] or [height, width, channels], for a model that takes pictures of any size.
 * @throws UserError when the file is missing, damaged or without a topology; when `input` is needed and not given, or
 *   given and not needed.
 */
export function readTfjsNetwork(file: string, input?: readonly number[]): Promise<TfjsNetwork> {
  return readAs('a TF.js model', file, async (bytes) => {
    const json = jsonOf(await bytes.read(0, bytes.size), 'it');
    if (!isRecord(json)) throw new FormatError('it is not an object');
    const groups = parseManifest(json['weightsManifest']);
    const stored = groups
      .flatMap(({ entries }) => entries)
      .reduce((sum, { name, shape }) => sum + elementsOf(name, shape), 0);
    const topology = json['modelTopology'];
    if (!isRecord(topology)) throw noTopology(file, stored);
    const size = pictureSize(file, input);
    if (!('node' in topology)) return { kind: 'layers', stored, ...countKeras(topology, groups, size) };
    const integers = await readSmallIntegers(path.dirname(file), groups);
    const name = path.basename(path.dirname(path.resolve(file)));
    const counted = graphLayers(topology, { signature: json['signature'], groups, integers }, size);
    size.finish();
    return { kind: 'graph', stored, name, ...counted };
  });
}

function noTopology(file: string, stored: number): UserError {
  const count = stored.toLocaleString('en-GB');
  return new UserError(
    `Expected a network in '${file}' but it has weights alone, ${count} numbers. Name their network instead: 'finetune zoo list' shows those known here.`,
  );
}

function countKeras(topology: Json, groups: readonly TfjsGroup[], size: PictureSize): CountableNetwork {
  const { name, layers } = kerasLayers(topology);
  const tensorsOf = tensorsByLayer(groups);
  const shapes = new Map<string, Shape | null>();
  const counted = layers.map((layer): CountableLayer => {
    const made =
      layer.className === 'InputLayer'
        ? inputLayer(layer, size)
        : countKerasLayer(
            layer,
            layer.inputs.map((input) => shapes.get(input) ?? null),
            tensorsOf(layer.ownName),
          );
    shapes.set(layer.name, made.shape);
    return made;
  });
  size.finish();
  const frozen = layers.filter(({ config }) => config['trainable'] === false).map((layer) => layer.name);
  return { name, layers: counted, frozen: new Set(frozen) };
}

function inputLayer({ name, config }: KerasLayer, size: PictureSize): CountableLayer {
  const open = exampleShape(config['batch_input_shape'] ?? config['batch_shape']);
  return {
    name,
    type: 'input',
    inputs: [],
    shape: open ? size.settle(open) : null,
    sight: 'place',
    weights: 0,
    biases: 0,
    statistics: 0,
    multiplyAdds: 0,
  };
}

/** Which tensors of the files belong to a layer: those with its name in their path. */
function tensorsByLayer(groups: readonly TfjsGroup[]) {
  const entries = groups.flatMap((group) => group.entries);
  return (layer: string) => entries.filter(({ name }) => name.split('/').slice(0, -1).includes(layer));
}
