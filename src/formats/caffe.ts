import type { NamedTensor } from './tensors.js';
import { FormatError, readAs, textOf } from './bytes.js';
import { oihwToHwio, unitsLast } from './kernel-layout.js';
import { tensorFrom } from './numbers.js';
import { bytesOfField, fieldsOf, integersOf } from './protobuf.js';

/** Field numbers of caffe.proto (github.com/BVLC/caffe, src/caffe/proto/caffe.proto). */
const netFields = { v1Layers: 2, layer: 100 } as const;
const layerFields = { name: 1, type: 2, blobs: 7 } as const;
const v1LayerFields = { v0Layer: 1, name: 4, type: 5, blobs: 6 } as const;
const v0LayerFields = { name: 1, type: 2, blobs: 50 } as const;
const blobFields = { legacyShape: [1, 2, 3, 4], data: 5, shape: 7, doubleData: 8 } as const;

/** V1LayerParameter.LayerType, of the layers that hold weights. */
const v1LayerTypes: ReadonlyMap<number, string> = new Map([
  [4, 'Convolution'],
  [14, 'InnerProduct'],
]);

/** V0LayerParameter.type, of the layers that hold weights. */
const v0LayerTypes: ReadonlyMap<string, string> = new Map([
  ['conv', 'Convolution'],
  ['innerproduct', 'InnerProduct'],
]);

/**
 * Reads the weights of a Caffe model (.caffemodel), of today's layers and of the older V1 and V0 ones.
 *
 * Names are `<Caffe's layer>/kernel`, `/bias`; `/mean`, `/variance` for BatchNorm (divided by its scale
 * factor) and `/gamma`, `/beta` for Scale; `/blob0`, `/blob1` … for any other layer. Convolution kernels come as
 * HWIO, InnerProduct kernels as [inputs, units].
 *
 * @throws UserError when the file is damaged or no Caffe model.
 */
export function readCaffe(file: string | Uint8Array): Promise<Map<string, NamedTensor>> {
  return readAs('a Caffe model', file, async (bytes) => {
    const net = await bytes.read(0, bytes.size);
    const tensors = new Map<string, NamedTensor>();
    for (const field of fieldsOf(net)) {
      if (field.number === netFields.layer) addLayer(field.bytes, layerFields, tensors);
      if (field.number === netFields.v1Layers) addOldLayer(field.bytes, tensors);
    }
    if (tensors.size === 0) throw new FormatError('it holds no layer with weights');
    return tensors;
  });
}

/** A V1 layer, or a V0 one: that lies in a field of its own, beside nothing but the connections. */
function addOldLayer(message: Uint8Array, tensors: Map<string, NamedTensor>): void {
  const v0 = bytesOfField(message, v1LayerFields.v0Layer);
  if (v0.length > 0) addLayer(v0, v0LayerFields, tensors);
  else addLayer(message, v1LayerFields, tensors);
}

function addLayer(
  message: Uint8Array,
  numbers: { name: number; type: number; blobs: number },
  tensors: Map<string, NamedTensor>,
): void {
  let name = '';
  let type = '';
  const messages: Uint8Array[] = [];
  for (const { number, bytes, value } of fieldsOf(message)) {
    if (number === numbers.name) name = textOf(bytes);
    if (number === numbers.type) type = v1LayerTypes.get(value) ?? layerType(textOf(bytes));
    if (number === numbers.blobs) messages.push(bytes);
  }
  const blobs = messages.map((blob, i) => readBlob(`${name} (blob ${i})`, blob));
  for (const [part, tensor] of weightsOf(type, blobs)) tensors.set(`${name}/${part}`, tensor);
}

function layerType(name: string): string {
  return v0LayerTypes.get(name) ?? name;
}

function weightsOf(type: string, blobs: readonly NamedTensor[]): [part: string, tensor: NamedTensor][] {
  const [first, second, third] = blobs;
  if (!first) return [];
  switch (type) {
    case 'Convolution': {
      const kernel = oihwToHwio(withRank(first, 4));
      return second
        ? [
            ['kernel', kernel],
            ['bias', withRank(second, 1)],
          ]
        : [['kernel', kernel]];
    }
    case 'InnerProduct': {
      const kernel = unitsLast(withRank(first, 2));
      return second
        ? [
            ['kernel', kernel],
            ['bias', withRank(second, 1)],
          ]
        : [['kernel', kernel]];
    }
    case 'BatchNorm': {
      if (!second || third?.data.length !== 1) throw new FormatError('a BatchNorm layer has not three blobs');
      const factor = third.data[0] === 0 ? 0 : 1 / third.data[0]!;
      const scaled = ({ shape, data }: NamedTensor) => ({ shape, data: data.map((value) => value * factor) });
      return [
        ['mean', scaled(first)],
        ['variance', scaled(second)],
      ];
    }
    case 'Scale':
      return second
        ? [
            ['gamma', first],
            ['beta', second],
          ]
        : [['gamma', first]];
    default:
      return blobs.map((blob, i) => [`blob${i}`, blob]);
  }
}

function readBlob(name: string, message: Uint8Array): NamedTensor {
  const legacyShape = [1, 1, 1, 1];
  let isLegacy = false;
  let shape: number[] = [];
  for (const field of fieldsOf(message)) {
    const side = blobFields.legacyShape.indexOf(field.number as 1);
    if (side >= 0) {
      legacyShape[side] = field.value;
      isLegacy = true;
    }
    if (field.number === blobFields.shape) {
      shape = [...fieldsOf(field.bytes)].filter(({ number }) => number === 1).flatMap(integersOf);
    }
  }
  const doubles = bytesOfField(message, blobFields.doubleData);
  const type = doubles.length > 0 ? 'float64' : 'float32';
  const values = doubles.length > 0 ? doubles : bytesOfField(message, blobFields.data);
  return tensorFrom(name, isLegacy ? legacyShape : shape, type, values)!;
}

/** The older blobs always have four dimensions, of which leading ones fill up: [1, 1, units, inputs]. */
function withRank({ shape, data }: NamedTensor, rank: number): NamedTensor {
  const filler = shape.slice(0, Math.max(0, shape.length - rank));
  if (shape.length < rank || filler.some((side) => side !== 1)) {
    throw new FormatError(`a kernel or bias has shape [${shape}], not ${rank} dimensions`);
  }
  return { shape: shape.slice(filler.length), data };
}
