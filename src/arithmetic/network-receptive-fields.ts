import { type Layer, layerNamed, type Network } from '../models/network.js';
import { growField, joinFields, pixelField, type ReceptiveField, wholeField } from './receptive-field.js';

/** What one unit of a layer sees of the picture, down and across. */
export interface MapField {
  readonly down: ReceptiveField;
  readonly across: ReceptiveField;
}

/** The receptive field of every layer of a network, by name. Where paths meet, a unit sees what any of them sees. */
export function networkReceptiveFields(network: Network): Map<string, MapField> {
  const fields = new Map<string, MapField>();
  for (const layer of network.layers) {
    const read = layer.inputs.map((name) => fields.get(name)!);
    const before: MapField = read[0]
      ? { down: joinFields(read.map((f) => f.down)), across: joinFields(read.map((f) => f.across)) }
      : { down: pixelField, across: pixelField };
    fields.set(layer.name, fieldAfter(network, layer, before));
  }
  return fields;
}

function fieldAfter(network: Network, layer: Layer, before: MapField): MapField {
  switch (layer.type) {
    case 'convolution':
    case 'depthwise':
    case 'subsample':
    case 'maxPool':
    case 'averagePool': {
      const { kernel, stride, padding } = layer;
      return {
        down: growField(before.down, { kernel: kernel[0], stride: stride[0], padding: padding.top }),
        across: growField(before.across, { kernel: kernel[1], stride: stride[1], padding: padding.left }),
      };
    }
    // What follows a flattened map reads all of it.
    case 'flatten':
    case 'globalAverage': {
      const [height, width] = layerNamed(network, layer.inputs[0]!).shape;
      return { down: wholeField(before.down, height!), across: wholeField(before.across, width!) };
    }
    default:
      return before;
  }
}
