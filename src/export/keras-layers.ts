/** Layers as Keras 3's standard layers. */
import { generalisedMeanFloor, rootMeanSquareEpsilon, scaledTanh } from '../models/forward.js';
import { type LayerTable, perform } from '../models/layer-table.js';
import type { Activation, Layer, PoolLayer, Shape } from '../models/network.js';
import { UserError } from '../runtime/errors.js';
import { isPadded, isSamePadding } from '../models/same-padding.js';

/** A layer of a functional model, as config.json lists it. */
export interface KerasLayer {
  readonly class: string;
  readonly name: string;
  readonly settings: object;
  /** Of one of Keras' operations, which a functional model takes as it takes layers: what follows the inputs. */
  readonly operands?: readonly number[];
  /** Names of the layers that it reads. */
  readonly inputs: readonly string[];
  /** What it puts out, without the batch. */
  readonly shape: Shape;
}

/**
 * A layer of a network as one Keras layer or a few in turn, of which the last has the layer's result.
 *
 * @param input the first layer that it reads.
 * @throws UserError for layers that Keras has no equal of.
 */
export function toKerasLayers(
  layer: Layer,
  inputs: readonly string[],
  input: Layer | undefined,
): readonly KerasLayer[] {
  const made: KerasLayer[] = [];
  const add: Add = (kind, settings, shape = layer.shape, own = layer.name, operands?: readonly number[]) => {
    const name = kerasName(own);
    made.push({
      ...(operands && { operands }),
      class: kind,
      name,
      settings,
      inputs: made.length === 0 ? inputs : [made.at(-1)!.name],
      shape,
    });
  };
  perform(layersOf, layer, add, input?.shape ?? [], isNonNegative(input));
  return made;
}

function isNonNegative(layer: Layer | undefined): boolean {
  const activation = layer && 'activation' in layer ? layer.activation : undefined;
  return activation !== undefined && ['relu', 'relu6', 'sigmoid', 'softmax'].includes(activation);
}

/** A layer's name in Keras, which allows no slashes. */
export function kerasName(name: string): string {
  return name.replaceAll('/', '.');
}

type Add = (
  kind: string,
  settings: object,
  shape?: Shape,
  name?: string,
  operands?: readonly number[],
) => void;

function refuse({ name }: Layer, what: string): never {
  throw new UserError(
    `Layer '${name}' cannot be written for Keras, whose layers have no ${what}. Export as savedmodel or onnx.`,
  );
}

const layersOf: LayerTable<[add: Add, inputShape: Shape, nonNegative: boolean], void> = {
  input: ({ shape }, add) => add('InputLayer', { batch_shape: [null, ...shape], dtype: 'float32' }),
  convolution: (layer, add, inputShape) => {
    const { filters, kernel, stride, groups, bias, activation, connections } = layer;
    if (connections) refuse(layer, 'convolution with some connections only');
    const padding = pad(layer, add, inputShape);
    const settings = { filters, kernel_size: kernel, strides: stride, padding, groups, use_bias: bias };
    add('Conv2D', settings);
    activate(layer, activation, add);
  },
  depthwise: (layer, add, inputShape) => {
    const { kernel, stride, bias, activation } = layer;
    const padding = pad(layer, add, inputShape);
    add('DepthwiseConv2D', { kernel_size: kernel, strides: stride, padding, use_bias: bias });
    activate(layer, activation, add);
  },
  subsample: (layer) => refuse(layer, 'trainable subsampling'),
  maxPool: (layer, add, inputShape, nonNegative) => {
    const { kernel, stride, padding } = layer;
    const same = isPadded(padding) && isSamePadding(layer, inputShape);
    // zeros are never the largest beside what is not negative
    if (!same && isPadded(padding) && !nonNegative) refuse(layer, 'max pooling over padding of its own');
    if (!same) addZeros(layer, add, inputShape);
    add('MaxPooling2D', { pool_size: kernel, strides: stride, padding: same ? 'same' : 'valid' });
  },
  averagePool: (layer, add, inputShape) => {
    const { kernel, stride } = layer;
    // zeros of Keras' own padding would not count in the mean
    addZeros(layer, add, inputShape);
    add('AveragePooling2D', { pool_size: kernel, strides: stride, padding: 'valid' });
  },
  globalAverage: (_, add) => add('GlobalAveragePooling2D', {}),
  globalMaximum: (_, add) => add('GlobalMaxPooling2D', {}),
  generalisedMean: ({ name, power, shape }, add, inputShape) => {
    add('Maximum', {}, inputShape, `${name}_values`, [generalisedMeanFloor]);
    add('Power', {}, inputShape, `${name}_raised`, [power]);
    add('GlobalAveragePooling2D', {}, shape, `${name}_mean`);
    add('Power', {}, shape, name, [1 / power]);
  },
  flatten: (_, add) => add('Flatten', {}),
  dense: (layer, add) => {
    add('Dense', { units: layer.units, use_bias: layer.bias });
    activate(layer, layer.activation, add);
  },
  radialBasis: (layer) => refuse(layer, 'radial basis functions'),
  dropout: ({ rate }, add) => add('Dropout', { rate }),
  batchNorm: (layer, add) => {
    add('BatchNormalization', { epsilon: layer.epsilon });
    activate(layer, layer.activation, add);
  },
  localResponseNorm: (layer) => refuse(layer, 'local response normalisation'),
  rootMeanSquareNorm: (layer, add) => {
    if (layer.shape.length !== 1) refuse(layer, 'division of a map by its root mean square');
    add('RMSNormalization', { axis: -1, epsilon: rootMeanSquareEpsilon });
  },
  activation: (layer, add) => activate(layer, layer.activation, add, layer.name),
  add: (layer, add) => {
    add('Add', {});
    activate(layer, layer.activation, add);
  },
  resize: (layer) => refuse(layer, 'antialiased resizing'),
  concatenate: (_, add) => add('Concatenate', { axis: -1 }),
};

type Padded = Pick<PoolLayer, 'name' | 'kernel' | 'stride' | 'padding' | 'shape'>;

/** 'same' where Keras' own padding is the layer's, else zeros added by a layer of their own. */
function pad(layer: Padded, add: Add, inputShape: Shape): 'same' | 'valid' {
  if (isPadded(layer.padding) && isSamePadding(layer, inputShape)) return 'same';
  addZeros(layer, add, inputShape);
  return 'valid';
}

function addZeros({ name, padding }: Padded, add: Add, [height, width, channels]: Shape): void {
  if (!isPadded(padding)) return;
  const { top, bottom, left, right } = padding;
  const sides = [
    [top, bottom],
    [left, right],
  ];
  add(
    'ZeroPadding2D',
    { padding: sides },
    [height! + top + bottom, width! + left + right, channels!],
    `${name}_pad`,
  );
}

/** A layer of its own, so that the layer before it keeps its name for its weights. */
function activate(
  { name, shape }: Layer,
  activation: Activation | undefined,
  add: Add,
  as = `${name}_${activation}`,
): void {
  if (activation === undefined) return;
  if (activation === 'relu6') add('ReLU', { max_value: 6 }, shape, as);
  else if (activation === 'scaledTanh') {
    add('Rescaling', { scale: scaledTanh.inner, offset: 0 }, shape, `${name}_scale`);
    add('Activation', { activation: 'tanh' }, shape, `${name}_tanh`);
    add('Rescaling', { scale: scaledTanh.outer, offset: 0 }, shape, as);
  } else add('Activation', { activation }, shape, as);
}
