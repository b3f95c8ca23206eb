import { z } from 'zod';
import { sizeOf } from '../formats/tensors.js';
import { type LayerOf, type LayerTable, perform } from './layer-table.js';
import type { Layer, Network, Shape } from './network.js';
import { layerWeights } from './network-weights.js';

/** Values that one layer may put out for a picture: 1 GB of them. Beyond it a number was damaged. */
const mostValues = 2 ** 28;

const side = z.number().int().min(1).max(mostValues);
const pixels = z.number().int().min(0).max(mostValues);
const number = z.number();
const activation = z.enum(['relu', 'relu6', 'sigmoid', 'tanh', 'scaledTanh', 'softmax']).exactOptional();

const common = { name: z.string().min(1), inputs: z.array(z.string()), shape: z.array(side).min(1).max(3) };
const window = {
  kernel: z.tuple([side, side]),
  stride: z.tuple([side, side]),
  padding: z.object({ top: pixels, bottom: pixels, left: pixels, right: pixels }),
};
const connections = z.array(z.array(z.union([z.literal(0), z.literal(1)]))).exactOptional();

function record<Kind extends Layer['type'], Fields extends z.ZodRawShape>(type: Kind, fields: Fields) {
  return z.object({ type: z.literal(type), ...common, ...fields });
}

/** What a file says of each kind of layer. */
const records: { readonly [Kind in Layer['type']]: z.ZodType<LayerOf<Kind>> } = {
  input: record('input', {}),
  convolution: record('convolution', {
    ...window,
    filters: side,
    groups: side,
    connections,
    bias: z.boolean(),
    activation,
  }),
  depthwise: record('depthwise', { ...window, bias: z.boolean(), activation }),
  subsample: record('subsample', { ...window, activation }),
  maxPool: record('maxPool', window),
  averagePool: record('averagePool', window),
  globalAverage: record('globalAverage', {}),
  globalMaximum: record('globalMaximum', {}),
  generalisedMean: record('generalisedMean', { power: z.number().int().min(2).max(64) }),
  flatten: record('flatten', {}),
  dense: record('dense', { units: side, bias: z.boolean(), activation }),
  radialBasis: record('radialBasis', { prototypes: z.array(z.array(number)).min(1) }),
  dropout: record('dropout', { rate: number.min(0).lt(1) }),
  batchNorm: record('batchNorm', { epsilon: number.min(0), activation }),
  localResponseNorm: record('localResponseNorm', {
    depthRadius: pixels,
    bias: number,
    alpha: number,
    beta: number,
  }),
  rootMeanSquareNorm: record('rootMeanSquareNorm', {}),
  activation: record('activation', { activation: activation.unwrap() }),
  add: record('add', { activation }),
  resize: record('resize', { from: z.tuple([side, side]) }),
  concatenate: record('concatenate', {}),
};

const layerSchema = z.discriminatedUnion(
  'type',
  Object.values(records) as unknown as [ReturnType<typeof record>],
) as unknown as z.ZodType<Layer>;

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
  const inputs = one.inputs.map((name) => known.get(name)!.shape);
  const shape = perform(shapesFrom, one, inputs);
  if (!shape) return `cannot read [${inputs.map((input) => input.join(', ')).join('] and [')}]`;
  if (String(shape) === String(one.shape)) return undefined;
  return `is said to put out [${one.shape.join(', ')}] but makes [${shape.join(', ')}]`;
}

function tooLarge(network: Network, one: Layer): string | undefined {
  const sizes = [one.shape, ...layerWeights(network, one).map(({ shape }) => shape)].map(sizeOf);
  return sizes.some((size) => size > mostValues) ? 'is larger than any network' : undefined;
}

/** The rule of a layer that reads one other. */
function ofOne<One extends Layer>(rule: (layer: One, input: Shape) => Shape | undefined) {
  return (layer: One, [input, ...others]: readonly Shape[]) =>
    input && others.length === 0 ? rule(layer, input) : undefined;
}

const asItCame = ofOne((_, input) => input);
const oneValueAChannel = ofOne((_, input) => (input.length === 3 ? [input.at(-1)!] : undefined));
const slidOver = ofOne<Window>((layer, input) => slid(layer, input, input.at(-1)!));

/** What a layer makes of its inputs; undefined when it cannot read them. */
const shapesFrom: LayerTable<[inputs: readonly Shape[]], Shape | undefined> = {
  input: () => undefined,
  convolution: ofOne((layer, input) => {
    const { filters, groups, connections: read } = layer;
    const channels = input.at(-1)!;
    const divides = channels % groups === 0 && filters % groups === 0;
    const connects = !read || (read.length === filters && read.every((row) => row.length === channels));
    return divides && connects ? slid(layer, input, filters) : undefined;
  }),
  depthwise: slidOver,
  subsample: slidOver,
  maxPool: slidOver,
  averagePool: slidOver,
  globalAverage: oneValueAChannel,
  globalMaximum: oneValueAChannel,
  generalisedMean: oneValueAChannel,
  flatten: ofOne((_, input) => [sizeOf(input)]),
  dense: ofOne(({ units }, input) => (input.length === 1 ? [units] : undefined)),
  radialBasis: ofOne(({ prototypes }, input) => {
    const fit = input.length === 1 && prototypes.every(({ length }) => length === input[0]);
    return fit ? [prototypes.length] : undefined;
  }),
  dropout: asItCame,
  batchNorm: asItCame,
  localResponseNorm: asItCame,
  rootMeanSquareNorm: asItCame,
  activation: asItCame,
  add: (_, inputs) => (inputs.every((shape) => String(shape) === String(inputs[0])) ? inputs[0] : undefined),
  resize: ofOne(({ shape, from }, input) => {
    const read = [...from, shape[2]];
    return shape.length === 3 && String(input) === String(read) ? shape : undefined;
  }),
  concatenate: (_, inputs) => {
    if (inputs.length > 0 && inputs.every(({ length }) => length === 1)) {
      return [inputs.reduce((sum, [values]) => sum + values!, 0)];
    }
    const [height, width] = inputs[0] ?? [];
    const fit = inputs.every((shape) => shape.length === 3 && shape[0] === height && shape[1] === width);
    if (!fit || inputs.length === 0) return undefined;
    return [height!, width!, inputs.reduce((sum, shape) => sum + shape[2]!, 0)];
  },
};

type Window = Extract<Layer, { stride: unknown }>;

function slid({ kernel, stride, padding }: Window, input: Shape, channels: number): Shape | undefined {
  if (input.length !== 3) return undefined;
  const along = (size: number, side: number, step: number, around: number) =>
    Math.floor((size + around - side) / step) + 1;
  const height = along(input[0]!, kernel[0], stride[0], padding.top + padding.bottom);
  const width = along(input[1]!, kernel[1], stride[1], padding.left + padding.right);
  return height > 0 && width > 0 ? [height, width, channels] : undefined;
}
