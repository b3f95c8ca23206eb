import { z } from 'zod';
import { sizeOf } from '../formats/tensors.js';
import type { Layer, Network, Shape } from './network.js';
import { layerWeights } from './network-weights.js';

/** Values that one layer may put out for a picture: 1 GB of them. Beyond it a number was damaged. */
const mostValues = 2 ** 28;

const side = z.number().int().min(1).max(mostValues);
const pixels = z.number().int().min(0).max(mostValues);
const number = z.number();
const activation = z.enum(['relu', 'relu6', 'sigmoid', 'tanh', 'scaledTanh', 'softmax']).exactOptional();

const layer = { name: z.string().min(1), inputs: z.array(z.string()), shape: z.array(side).min(1).max(3) };
const window = {
  kernel: z.tuple([side, side]),
  stride: z.tuple([side, side]),
  padding: z.object({ top: pixels, bottom: pixels, left: pixels, right: pixels }),
};
const connections = z.array(z.array(z.union([z.literal(0), z.literal(1)]))).exactOptional();

const layerSchema: z.ZodType<Layer> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('input'), ...layer }),
  z.object({
    type: z.literal('convolution'),
    ...layer,
    ...window,
    filters: side,
    groups: side,
    connections,
    bias: z.boolean(),
    activation,
  }),
  z.object({ type: z.literal('depthwise'), ...layer, ...window, bias: z.boolean(), activation }),
  z.object({ type: z.literal('subsample'), ...layer, ...window, activation }),
  z.object({ type: z.literal('maxPool'), ...layer, ...window }),
  z.object({ type: z.literal('averagePool'), ...layer, ...window }),
  z.object({ type: z.literal('globalAverage'), ...layer }),
  z.object({ type: z.literal('flatten'), ...layer }),
  z.object({ type: z.literal('dense'), ...layer, units: side, bias: z.boolean(), activation }),
  z.object({ type: z.literal('radialBasis'), ...layer, prototypes: z.array(z.array(number)).min(1) }),
  z.object({ type: z.literal('dropout'), ...layer, rate: number.min(0).lt(1) }),
  z.object({ type: z.literal('batchNorm'), ...layer, epsilon: number.min(0), activation }),
  z.object({
    type: z.literal('localResponseNorm'),
    ...layer,
    depthRadius: pixels,
    bias: number,
    alpha: number,
    beta: number,
  }),
  z.object({ type: z.literal('rootMeanSquareNorm'), ...layer }),
  z.object({ type: z.literal('activation'), ...layer, activation: activation.unwrap() }),
  z.object({ type: z.literal('add'), ...layer, activation }),
  z.object({ type: z.literal('concatenate'), ...layer }),
]);

/** A network as a file holds it: every layer has what its type needs and puts out what its inputs make of it. */
export const networkSchema: z.ZodType<Network> = z
  .object({ name: z.string(), layers: z.array(layerSchema).min(1) })
  .superRefine((network, context) => {
    const known = new Map<string, Layer>();
    for (const [i, one] of network.layers.entries()) {
      const fault = faultOf(one, known, i === 0) ?? tooLarge(network, one);
      if (fault !== undefined) {
        context.addIssue({ code: 'custom', path: ['layers', i], message: `layer '${one.name}' ${fault}` });
        return;
      }
      known.set(one.name, one);
    }
  });

function faultOf(one: Layer, known: ReadonlyMap<string, Layer>, isFirst: boolean): string | undefined {
  if (known.has(one.name)) return 'is there twice';
  if (isFirst !== (one.type === 'input')) return isFirst ? 'is no input' : 'is a second input';
  if (isFirst) return one.inputs.length > 0 ? 'reads something' : undefined;
  const missing = one.inputs.find((name) => !known.has(name));
  if (missing !== undefined) return `reads '${missing}', which is not before it`;
  const shape = shapeFrom(
    one,
    one.inputs.map((name) => known.get(name)!.shape),
  );
  if (!shape)
    return `cannot read [${one.inputs.map((name) => known.get(name)!.shape.join(', ')).join('] and [')}]`;
  if (String(shape) === String(one.shape)) return undefined;
  return `is said to put out [${one.shape.join(', ')}] but makes [${shape.join(', ')}]`;
}

function tooLarge(network: Network, one: Layer): string | undefined {
  const sizes = [one.shape, ...layerWeights(network, one).map(({ shape }) => shape)].map(sizeOf);
  return sizes.some((size) => size > mostValues) ? 'is larger than any network' : undefined;
}

/** What a layer makes of its inputs; undefined when it cannot read them. */
function shapeFrom(one: Layer, inputs: readonly Shape[]): Shape | undefined {
  const [first, second] = inputs;
  if (!first) return undefined;
  if (one.type === 'add') {
    return inputs.every((shape) => String(shape) === String(first)) ? first : undefined;
  }
  if (one.type === 'concatenate') {
    const [height, width] = first;
    const fit = inputs.every((shape) => shape.length === 3 && shape[0] === height && shape[1] === width);
    return fit ? [height!, width!, inputs.reduce((sum, shape) => sum + shape[2]!, 0)] : undefined;
  }
  if (second) return undefined;
  const channels = first.at(-1)!;
  switch (one.type) {
    case 'convolution': {
      const { filters, groups, connections: read } = one;
      const divides = channels % groups === 0 && filters % groups === 0;
      const connects = !read || (read.length === filters && read.every((row) => row.length === channels));
      return divides && connects ? slid(one, first, filters) : undefined;
    }
    case 'depthwise':
    case 'subsample':
    case 'maxPool':
    case 'averagePool':
      return slid(one, first, channels);
    case 'globalAverage':
      return first.length === 3 ? [channels] : undefined;
    case 'flatten':
      return [sizeOf(first)];
    case 'dense':
      return first.length === 1 ? [one.units] : undefined;
    case 'radialBasis': {
      const fit = first.length === 1 && one.prototypes.every(({ length }) => length === channels);
      return fit ? [one.prototypes.length] : undefined;
    }
    default:
      return first;
  }
}

type Window = Extract<Layer, { stride: unknown }>;

function slid({ kernel, stride, padding }: Window, input: Shape, channels: number): Shape | undefined {
  if (input.length !== 3) return undefined;
  const along = (size: number, side: number, step: number, around: number) =>
    Math.floor((size + around - side) / step) + 1;
  const height = along(input[0]!, kernel[0], stride[0], padding.top + padding.bottom);
  const width = along(input[1]!, kernel[1], stride[1], padding.left + padding.right);
  return height > 0 && width > 0 ? [height, width, channels] : undefined;
}
