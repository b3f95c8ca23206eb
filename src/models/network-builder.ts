import type { Activation, Connections, Layer, Network, Padding, Shape } from './network.js';
import type { Sides } from '../arithmetic/padding.js';

interface WindowOptions {
  /** Side of the square window, or [height, width], in pixels. */
  kernel: number | readonly [number, number];
  stride?: number | readonly [number, number];
  padding?: Padding;
}

interface ConvolutionOptions extends WindowOptions {
  filters: number;
  groups?: number;
  /** Which channels each filter reads. Default: all. */
  connections?: Connections;
  bias?: boolean;
  activation?: Activation;
}

interface PoolOptions extends WindowOptions {
  /** Where the last window does not fit: leave the rest out (`floor`) or let it overhang (`ceil`, as Caffe). */
  rounding?: 'floor' | 'ceil';
}

/**
 * Writes a network down, layer by layer; every method adds a layer and returns its name for the next one to read.
 *
 *     const net = new NetworkBuilder('tiny', [32, 32, 3]);
 *     let x = net.convolution('input', 'conv1', { filters: 8, kernel: 3, padding: 'same', activation: 'relu' });
 *     x = net.globalAverage(x, 'pool');
 *     net.dense(x, 'logits', { units: 10 });
 *     const network = net.build();
 */
export class NetworkBuilder {
  readonly #name: string;
  readonly #layers: Layer[];

  /** `inputShape`: [height, width, channels] of one picture; the input layer is called 'input'. */
  constructor(name: string, inputShape: Shape) {
    this.#name = name;
    this.#layers = [{ type: 'input', name: 'input', inputs: [], shape: inputShape }];
  }

  /** Goes on from a network. */
  static on({ name, layers }: Network): NetworkBuilder {
    const builder = new NetworkBuilder(name, layers[0]!.shape);
    builder.#layers.splice(0, 1, ...layers);
    return builder;
  }

  build(): Network {
    return { name: this.#name, layers: [...this.#layers] };
  }

  /** Output shape [h', w', filters] with h' = floor((h − kernel + padding) / stride) + 1. */
  convolution(from: string, name: string, options: ConvolutionOptions): string {
    const { filters, groups = 1, connections, bias = true, activation } = options;
    const { height, width, channels, window } = this.#slide(from, options);
    if (channels % groups !== 0 || filters % groups !== 0) {
      throw new Error(
        `${name}: ${channels} channels and ${filters} filters do not divide into ${groups} groups`,
      );
    }
    if (connections?.some((row) => row.length !== channels) || (connections?.length ?? filters) !== filters) {
      throw new Error(`${name}: the connections are not those of ${filters} filters to ${channels} channels`);
    }
    return this.#add({
      type: 'convolution',
      name,
      inputs: [from],
      shape: [height, width, filters],
      ...window,
      filters,
      groups,
      ...(connections && { connections }),
      bias,
      ...(activation && { activation }),
    });
  }

  depthwise(
    from: string,
    name: string,
    options: WindowOptions & { bias?: boolean; activation?: Activation },
  ): string {
    const { bias = true, activation } = options;
    const { height, width, channels, window } = this.#slide(from, options);
    const shape = [height, width, channels];
    return this.#add({
      type: 'depthwise',
      name,
      inputs: [from],
      shape,
      ...window,
      bias,
      ...(activation && { activation }),
    });
  }

  subsample(from: string, name: string, options: WindowOptions & { activation?: Activation }): string {
    const { activation } = options;
    const { height, width, channels, window } = this.#slide(from, options);
    const shape = [height, width, channels];
    return this.#add({
      type: 'subsample',
      name,
      inputs: [from],
      shape,
      ...window,
      ...(activation && { activation }),
    });
  }

  maxPool(from: string, name: string, options: PoolOptions): string {
    const { height, width, channels, window } = this.#slide(from, options);
    return this.#add({ type: 'maxPool', name, inputs: [from], shape: [height, width, channels], ...window });
  }

  averagePool(from: string, name: string, options: PoolOptions): string {
    const { height, width, channels, window } = this.#slide(from, options);
    return this.#add({
      type: 'averagePool',
      name,
      inputs: [from],
      shape: [height, width, channels],
      ...window,
    });
  }

  globalAverage(from: string, name: string): string {
    return this.#add({ type: 'globalAverage', name, inputs: [from], shape: [this.#map(from)[2]] });
  }

  globalMaximum(from: string, name: string): string {
    return this.#add({ type: 'globalMaximum', name, inputs: [from], shape: [this.#map(from)[2]] });
  }

  generalisedMean(from: string, name: string, power = 3): string {
    return this.#add({ type: 'generalisedMean', name, inputs: [from], shape: [this.#map(from)[2]], power });
  }

  flatten(from: string, name: string): string {
    const size = this.#shape(from).reduce((a, b) => a * b, 1);
    return this.#add({ type: 'flatten', name, inputs: [from], shape: [size] });
  }

  dense(
    from: string,
    name: string,
    options: { units: number; bias?: boolean; activation?: Activation },
  ): string {
    const { units, bias = true, activation } = options;
    const shape = this.#shape(from);
    if (shape.length !== 1)
      throw new Error(`${name} reads a map of shape [${shape}]: flatten or pool it first`);
    return this.#add({
      type: 'dense',
      name,
      inputs: [from],
      shape: [units],
      units,
      bias,
      ...(activation && { activation }),
    });
  }

  /** `prototypes`: one row for each unit, as long as the vector that `from` puts out. */
  radialBasis(from: string, name: string, prototypes: readonly (readonly number[])[]): string {
    const shape = this.#shape(from);
    if (shape.length !== 1 || prototypes.some(({ length }) => length !== shape[0])) {
      throw new Error(`${name} reads [${shape}], which is not as long as its prototypes`);
    }
    return this.#add({ type: 'radialBasis', name, inputs: [from], shape: [prototypes.length], prototypes });
  }

  dropout(from: string, name: string, rate: number): string {
    return this.#add({ type: 'dropout', name, inputs: [from], shape: this.#shape(from), rate });
  }

  batchNorm(from: string, name: string, options: { epsilon: number; activation?: Activation }): string {
    const { epsilon, activation } = options;
    const shape = this.#shape(from);
    return this.#add({
      type: 'batchNorm',
      name,
      inputs: [from],
      shape,
      epsilon,
      ...(activation && { activation }),
    });
  }

  localResponseNorm(
    from: string,
    name: string,
    options: { depthRadius: number; bias: number; alpha: number; beta: number },
  ): string {
    return this.#add({
      type: 'localResponseNorm',
      name,
      inputs: [from],
      shape: this.#shape(from),
      ...options,
    });
  }

  rootMeanSquareNorm(from: string, name: string): string {
    return this.#add({ type: 'rootMeanSquareNorm', name, inputs: [from], shape: this.#shape(from) });
  }

  activation(from: string, name: string, activation: Activation): string {
    return this.#add({ type: 'activation', name, inputs: [from], shape: this.#shape(from), activation });
  }

  add(from: readonly string[], name: string, options: { activation?: Activation } = {}): string {
    const shapes = from.map((input) => this.#shape(input));
    if (new Set(shapes.map(String)).size !== 1) {
      throw new Error(`${name} adds maps of different shapes: ${shapes.map((s) => `[${s}]`).join(' and ')}`);
    }
    return this.#add({ type: 'add', name, inputs: from, shape: shapes[0]!, ...options });
  }

  /** A map brought to another size: [height, width, channels]. */
  resize(from: string, name: string, height: number, width: number): string {
    const [down, across, channels] = this.#map(from);
    const shape = [height, width, channels];
    return this.#add({ type: 'resize', name, inputs: [from], shape, from: [down, across] });
  }

  concatenate(from: readonly string[], name: string): string {
    const shapes = from.map((input) => this.#shape(input));
    if (shapes.every(({ length }) => length === 1)) {
      const size = shapes.reduce((sum, [values]) => sum + values!, 0);
      return this.#add({ type: 'concatenate', name, inputs: from, shape: [size] });
    }
    const maps = from.map((input) => this.#map(input));
    const [height, width] = maps[0]!;
    if (maps.some((map) => map[0] !== height || map[1] !== width)) {
      throw new Error(`${name} joins maps of different sizes: ${maps.map((m) => `[${m}]`).join(' and ')}`);
    }
    const channels = maps.reduce((sum, map) => sum + map[2], 0);
    return this.#add({ type: 'concatenate', name, inputs: from, shape: [height, width, channels] });
  }

  #add(layer: Layer): string {
    if (this.#layers.some((other) => other.name === layer.name)) {
      throw new Error(`${this.#name} has two layers named '${layer.name}'`);
    }
    this.#layers.push(layer);
    return layer.name;
  }

  #shape(name: string): Shape {
    const layer = this.#layers.find((candidate) => candidate.name === name);
    if (!layer) throw new Error(`${this.#name} has no layer named '${name}' yet`);
    return layer.shape;
  }

  #map(name: string): [height: number, width: number, channels: number] {
    const shape = this.#shape(name);
    if (shape.length !== 3) throw new Error(`'${name}' puts out [${shape}], not a map`);
    return [shape[0]!, shape[1]!, shape[2]!];
  }

  #slide(from: string, options: PoolOptions) {
    const [inputHeight, inputWidth, channels] = this.#map(from);
    const kernel = pair(options.kernel);
    const stride = pair(options.stride ?? 1);
    const { padding = 'valid', rounding = 'floor' } = options;
    const down = slideAlong(inputHeight, kernel[0], stride[0], padding, rounding);
    const across = slideAlong(inputWidth, kernel[1], stride[1], padding, rounding);
    const sides: Sides = {
      top: down.before,
      bottom: down.after,
      left: across.before,
      right: across.after,
    };
    return {
      height: down.output,
      width: across.output,
      channels,
      window: { kernel, stride, padding: sides },
    };
  }
}

function pair(value: number | readonly [number, number]): readonly [number, number] {
  return typeof value === 'number' ? [value, value] : value;
}

/**
 * Where a window goes along one side: how many places, and the padding before and after. With `ceil` a last
 * overhanging window counts when it starts inside the padded input before the end (Caffe's pooling layer).
 */
function slideAlong(
  size: number,
  kernel: number,
  stride: number,
  padding: Padding,
  rounding: 'floor' | 'ceil',
): { output: number; before: number; after: number } {
  if (padding === 'same') {
    const output = Math.ceil(size / stride);
    const total = Math.max(0, (output - 1) * stride + kernel - size);
    return { output, before: Math.floor(total / 2), after: Math.ceil(total / 2) };
  }
  const around = padding === 'valid' ? 0 : padding;
  const places = (size + 2 * around - kernel) / stride;
  if (places < 0) throw new Error(`a window of ${kernel} does not fit ${size} pixels with padding ${around}`);
  let output = (rounding === 'ceil' ? Math.ceil(places) : Math.floor(places)) + 1;
  if (rounding === 'ceil' && (output - 1) * stride >= size + around) output--;
  const overhang = Math.max(0, (output - 1) * stride + kernel - (size + 2 * around));
  return { output, before: around, after: around + overhang };
}
