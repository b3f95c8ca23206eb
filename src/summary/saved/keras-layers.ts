import type { Shape } from '../../models/network.js';
import { FormatError } from '../../formats/bytes.js';
import { sizeOf } from '../../formats/tensors.js';
import { convolutionMultiplyAdds } from '../../arithmetic/cost.js';
import { type CountableLayer, countTensors, type Sight, throughWindow } from '../countable-layer.js';
import { broadcast, type Settings, settingsOf } from './keras-config.js';
import type { KerasLayer } from './keras-topology.js';
import { slide, type WindowSettings } from './sliding-window.js';

/** What a kind of layer makes of what it reads; what is left out is as of a layer that only changes values. */
interface Made {
  readonly type: string;
  /** Default: as it reads. */
  readonly shape?: Shape | null;
  readonly sight?: Sight;
  readonly window?: CountableLayer['window'];
  readonly weights?: number;
  readonly biases?: number;
  readonly statistics?: number;
  /** Default 0: neither convolution nor dense layer. */
  readonly multiplyAdds?: number | null;
}

/** Of one layer: its name, its settings, the shapes that it reads. */
interface Context {
  readonly name: string;
  readonly settings: Settings;
  readonly input: Shape;
  readonly inputs: readonly Shape[];
}

/** Undefined where a layer is used in a way that is not known here. */
type Maker = (context: Context) => Made | undefined;

/**
 * Counts one use of a Keras layer. Of a layer that is not known here the file's own tensors tell the parameters; its
 * shape and its multiply-adds stay unknown.
 *
 * @param shapes of what it reads.
 * @param tensors the file's, of this layer.
 * @throws FormatError where settings make no sense, or a window does not fit.
 */
export function countKerasLayer(
  layer: KerasLayer,
  shapes: readonly (Shape | null)[],
  tensors: readonly { readonly name: string; readonly shape: Shape }[],
): CountableLayer {
  const { name, className, inputs } = layer;
  const known = shapes.filter((shape) => shape !== null);
  const maker = makers[className];
  const settings = settingsOf(name, layer.config);
  const complete = known.length === shapes.length && known.length > 0;
  const made = maker && complete ? maker({ name, settings, input: known[0]!, inputs: known }) : undefined;
  const none = { weights: 0, biases: 0, statistics: 0 };
  if (!made) {
    const counts = layer.again ? none : countTensors(tensors);
    return { name, type: className, inputs, shape: null, sight: null, ...counts, multiplyAdds: null };
  }
  const { type, shape = known[0]!, sight = 'place', window, multiplyAdds = 0, ...counts } = made;
  return {
    name,
    type,
    inputs,
    shape,
    ...(window && { window }),
    sight,
    ...none,
    ...(!layer.again && counts),
    multiplyAdds,
  };
}

const convolution2d: Maker = ({ name, settings, input }) => {
  const window = windowOf(settings, 'kernel_size', settings.pair('strides', 1));
  return window && input.length === 3 ? convolution(name, settings, input, window) : undefined;
};

/** Along a sequence [steps, channels]: a map one pixel wide. */
const convolution1d: Maker = ({ name, settings, input }) => {
  const window = windowOf(settings, 'kernel_size', settings.pair('strides', 1));
  if (!window || input.length !== 2) return undefined;
  const narrow = ([steps]: readonly [number, number]) => [steps, 1] as const;
  const map = [input[0]!, 1, input[1]!];
  const { window: slid, ...made } = convolution(name, settings, map, {
    ...window,
    kernel: narrow(window.kernel),
    stride: narrow(window.stride),
    dilation: narrow(window.dilation),
  });
  const [steps, , filters] = made.shape as [number, number, number];
  const isPlain = slid!.kernel[0] === 1 && slid!.stride[0] === 1;
  return { ...made, shape: [steps, filters], sight: isPlain ? 'place' : null };
};

function convolution(name: string, settings: Settings, input: Shape, window: WindowSettings): Made {
  const [height, width, channels] = input as [number, number, number];
  const filters = settings.count('filters');
  const groups = settings.count('groups', 1);
  if (groups === 0 || channels % groups > 0) {
    throw new FormatError(`layer '${name}' divides ${channels} channels into ${groups} groups`);
  }
  const slid = slide(name, [height, width], { ...window, groups });
  return {
    type: 'convolution',
    shape: [slid.height, slid.width, filters],
    window: slid.window,
    sight: throughWindow(slid.window),
    weights: sizeOf([...window.kernel, channels / groups, filters]),
    biases: settings.flag('use_bias', true) ? filters : 0,
    multiplyAdds: convolutionMultiplyAdds(slid, { kernel: window.kernel, channels, filters, groups }),
  };
}

const depthwise: Maker = ({ name, settings, input }) => {
  const window = windowOf(settings, 'kernel_size', settings.pair('strides', 1));
  if (!window || input.length !== 3) return undefined;
  const [height, width, channels] = input as [number, number, number];
  const filters = channels * settings.count('depth_multiplier', 1);
  const slid = slide(name, [height, width], window);
  const weights = sizeOf([...window.kernel, filters]);
  return {
    type: 'depthwise',
    shape: [slid.height, slid.width, filters],
    window: slid.window,
    sight: throughWindow(slid.window),
    weights,
    biases: settings.flag('use_bias', true) ? filters : 0,
    multiplyAdds: slid.height * slid.width * weights,
  };
};

/** A depthwise convolution, then one of 1×1 over all channels. */
const separable: Maker = (context) => {
  const first = depthwise(context);
  if (!first) return undefined;
  const [height, width, channels] = first.shape as [number, number, number];
  const filters = context.settings.count('filters');
  return {
    ...first,
    type: 'separableConvolution',
    shape: [height, width, filters],
    weights: first.weights! + channels * filters,
    biases: context.settings.flag('use_bias', true) ? filters : 0,
    multiplyAdds: first.multiplyAdds! + height * width * channels * filters,
  };
};

/** Every value of the input is multiplied with the whole kernel. */
const transposed: Maker = ({ settings, input }) => {
  const window = windowOf(settings, 'kernel_size', settings.pair('strides', 1));
  if (!window || input.length !== 3 || typeof window.padding !== 'string') return undefined;
  const [height, width, channels] = input as [number, number, number];
  const { kernel, stride, padding } = window;
  const filters = settings.count('filters');
  const along = (size: number, i: 0 | 1) =>
    size * stride[i] + (padding === 'valid' ? Math.max(kernel[i] - stride[i], 0) : 0);
  const weights = sizeOf([...kernel, channels, filters]);
  return {
    type: 'transposedConvolution',
    shape: [along(height, 0), along(width, 1), filters],
    sight: null,
    weights,
    biases: settings.flag('use_bias', true) ? filters : 0,
    multiplyAdds: height * width * weights,
  };
};

/** On every vector of its input, along the last side. */
const dense: Maker = ({ settings, input }) => {
  const units = settings.count('units');
  const weights = input.at(-1)! * units;
  return {
    type: 'dense',
    shape: [...input.slice(0, -1), units],
    weights,
    biases: settings.flag('use_bias', true) ? units : 0,
    multiplyAdds: sizeOf(input.slice(0, -1)) * weights,
  };
};

function pool(type: 'maxPool' | 'averagePool'): Maker {
  return ({ name, settings, input }) => {
    const size = settings.pair('pool_size', 2);
    const window = windowOf(settings, 'pool_size', settings.pair('strides', size), 2);
    if (!window || input.length !== 3) return undefined;
    const [height, width, channels] = input as [number, number, number];
    const slid = slide(name, [height, width], window);
    return {
      type,
      shape: [slid.height, slid.width, channels],
      window: slid.window,
      sight: throughWindow(slid.window),
    };
  };
}

function globalPool(type: string): Maker {
  return ({ settings, input }) => {
    if (input.length !== 3 || !channelsLast(settings)) return undefined;
    const channels = input[2]!;
    return {
      type,
      shape: settings.flag('keepdims', false) ? [1, 1, channels] : [channels],
      sight: 'whole',
    };
  };
}

const batchNorm: Maker = ({ settings, input }) => {
  if (settings.axis('axis', input) !== input.length - 1) return undefined;
  const channels = input.at(-1)!;
  return {
    type: 'batchNorm',
    weights: settings.flag('scale', true) ? channels : 0,
    biases: settings.flag('center', true) ? channels : 0,
    statistics: 2 * channels,
  };
};

/** Over the last side, or over several as long as it learns nothing. */
const layerNorm: Maker = ({ settings, input }) => {
  const [scales, shifts] = [settings.flag('scale', true), settings.flag('center', true)];
  if ((scales || shifts) && settings.axis('axis', input) !== input.length - 1) return undefined;
  const features = input.at(-1)!;
  return { type: 'layerNorm', weights: scales ? features : 0, biases: shifts ? features : 0 };
};

/** Zeros around a map; cropping takes the same away. */
function resized(type: string, name: string, sign: 1 | -1): Maker {
  return ({ settings, input }) => {
    if (input.length !== 3 || !channelsLast(settings)) return undefined;
    const [[top, bottom], [left, right]] = settings.sides(name);
    return {
      type,
      shape: [input[0]! + sign * (top + bottom), input[1]! + sign * (left + right), input[2]!],
      sight: { down: { kernel: 1, padding: sign * top }, across: { kernel: 1, padding: sign * left } },
    };
  };
}

const upSampling: Maker = ({ settings, input }) => {
  if (input.length !== 3 || !channelsLast(settings)) return undefined;
  const [down, across] = settings.pair('size', 2);
  return { type: 'upSampling', shape: [input[0]! * down, input[1]! * across, input[2]!], sight: null };
};

/** One side may be −1: what is left over. */
const reshape: Maker = ({ name, settings, input }) => {
  const target = settings.integers('target_shape');
  const given = target.filter((side) => side >= 0).reduce((a, b) => a * b, 1);
  const shape = target.map((side) => (side < 0 ? sizeOf(input) / given : side));
  if (sizeOf(shape) !== sizeOf(input) || !shape.every(Number.isInteger)) {
    throw new FormatError(`layer '${name}' makes [${target}] of [${input}]`);
  }
  return { type: 'reshape', shape, sight: input.length === 3 ? 'whole' : 'place' };
};

const flatten: Maker = ({ input }) => ({ type: 'flatten', shape: [sizeOf(input)], sight: 'whole' });

function merge(type: string): Maker {
  return ({ inputs }) => {
    const shape = broadcast(inputs);
    return shape ? { type, shape } : undefined;
  };
}

const concatenate: Maker = ({ name, settings, input, inputs }) => {
  const axis = settings.axis('axis', input);
  if (axis === undefined) return undefined;
  const others = (shape: Shape) => shape.with(axis, 0);
  if (inputs.some((shape) => String(others(shape)) !== String(others(input)))) {
    throw new FormatError(`layer '${name}' joins ${inputs.map((shape) => `[${shape}]`).join(' and ')}`);
  }
  const joined = inputs.reduce((sum, shape) => sum + shape[axis]!, 0);
  return { type: 'concatenate', shape: input.with(axis, joined) };
};

/** A layer that learns nothing and only changes values. */
function valueChange(type: string): Maker {
  return () => ({ type });
}

const makers: Readonly<Record<string, Maker>> = {
  Conv2D: convolution2d,
  Conv1D: convolution1d,
  DepthwiseConv2D: depthwise,
  SeparableConv2D: separable,
  Conv2DTranspose: transposed,
  Dense: dense,
  MaxPooling2D: pool('maxPool'),
  AveragePooling2D: pool('averagePool'),
  GlobalAveragePooling2D: globalPool('globalAverage'),
  GlobalMaxPooling2D: globalPool('globalMaximum'),
  BatchNormalization: batchNorm,
  LayerNormalization: layerNorm,
  ZeroPadding2D: resized('zeroPadding', 'padding', 1),
  Cropping2D: resized('cropping', 'cropping', -1),
  UpSampling2D: upSampling,
  Reshape: reshape,
  Flatten: flatten,
  Add: merge('add'),
  Subtract: merge('subtract'),
  Multiply: merge('multiply'),
  Average: merge('average'),
  Maximum: merge('maximum'),
  Minimum: merge('minimum'),
  Concatenate: concatenate,
  Dropout: valueChange('dropout'),
  SpatialDropout2D: valueChange('dropout'),
  GaussianDropout: valueChange('dropout'),
  AlphaDropout: valueChange('dropout'),
  GaussianNoise: valueChange('dropout'),
  Activation: valueChange('activation'),
  ReLU: valueChange('activation'),
  LeakyReLU: valueChange('activation'),
  ELU: valueChange('activation'),
  ThresholdedReLU: valueChange('activation'),
  Softmax: valueChange('activation'),
  Rescaling: valueChange('rescaling'),
};

function channelsLast(settings: Settings): boolean {
  return settings.text('data_format', 'channels_last') === 'channels_last';
}

/** Undefined for maps with their channels first. */
function windowOf(
  settings: Settings,
  kernelName: string,
  stride: readonly [number, number],
  otherwise?: number,
): WindowSettings | undefined {
  if (!channelsLast(settings)) return undefined;
  const kernel = settings.pair(kernelName, otherwise);
  const dilation = settings.pair('dilation_rate', 1);
  const padding = settings.text('padding', 'valid').toLowerCase();
  const positive = [...kernel, ...stride, ...dilation].every((side) => side > 0);
  if (!positive || (padding !== 'same' && padding !== 'valid')) return undefined;
  return { kernel, stride, dilation, padding };
}
