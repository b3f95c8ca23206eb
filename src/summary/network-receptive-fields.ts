import type { Network, Shape } from '../models/network.js';
import { type CountableLayer, countableLayers } from './countable-layer.js';
import {
  growField,
  joinFields,
  pixelField,
  type ReceptiveField,
  wholeField,
} from '../arithmetic/receptive-field.js';

/** What one unit of a layer sees of the picture, down and across. */
export interface MapField {
  readonly down: ReceptiveField;
  readonly across: ReceptiveField;
}

/** The receptive field of every layer of a network, by name. Where paths meet, a unit sees what any of them sees. */
export function networkReceptiveFields(network: Network): Map<string, MapField> {
  // Of a network built here every layer's field is known.
  return layerReceptiveFields(countableLayers(network)) as Map<string, MapField>;
}

/** The same for layers of any origin; null where a field is not known, as after a layer that is not. */
export function layerReceptiveFields(layers: readonly CountableLayer[]): Map<string, MapField | null> {
  const fields = new Map<string, MapField | null>();
  const shapes = new Map(layers.map(({ name, shape }) => [name, shape]));
  for (const layer of layers) {
    const read = layer.inputs.map((name) => fields.get(name) ?? null);
    fields.set(layer.name, fieldAfter(layer, joined(read), shapes.get(layer.inputs[0] ?? '') ?? null));
  }
  return fields;
}

/** The picture itself where nothing is read. */
function joined(read: readonly (MapField | null)[]): MapField | null {
  if (read.length === 0) return { down: pixelField, across: pixelField };
  const known = read.filter((field) => field !== null);
  if (known.length < read.length) return null;
  return { down: joinFields(known.map((f) => f.down)), across: joinFields(known.map((f) => f.across)) };
}

function fieldAfter(
  { sight }: CountableLayer,
  before: MapField | null,
  input: Shape | null,
): MapField | null {
  if (before === null || sight === null) return null;
  if (sight === 'place') return before;
  if (sight !== 'whole') {
    return { down: growField(before.down, sight.down), across: growField(before.across, sight.across) };
  }
  if (input === null) return null;
  const [height, width] = input.length === 3 ? input : [1, 1];
  return { down: wholeField(before.down, height!), across: wholeField(before.across, width!) };
}
