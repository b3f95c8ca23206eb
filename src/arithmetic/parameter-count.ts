/** How many numbers a layer learns. */
export interface ParameterCount {
  readonly weights: number;
  readonly biases: number;
  readonly total: number;
}

/** What a convolution layer is made of. */
export interface ConvolutionSizes {
  /** k₁ and k₂: height and width of the kernel in pixels, or the side of a square one. */
  readonly kernel: number | readonly [number, number];
  /** C: channels that come in. */
  readonly channels: number;
  /** N: filters, so channels that go out. */
  readonly filters: number;
  /** Each filter sees channels/groups of the input. Default 1. */
  readonly groups?: number;
}

/**
 * Parameters of a convolution layer: (k₁·k₂·C + 1)·N; with groups, C/groups.
 *
 *     convolutionParameters({ kernel: 3, channels: 3, filters: 4 }).total    → 112
 *     convolutionParameters({ kernel: 5, channels: 3, filters: 10 }).total   → 760, 76 a filter
 */
export function convolutionParameters({
  kernel,
  channels,
  filters,
  groups = 1,
}: ConvolutionSizes): ParameterCount {
  const [height, width] = typeof kernel === 'number' ? [kernel, kernel] : kernel;
  const weights = height * width * (channels / groups) * filters;
  return { weights, biases: filters, total: weights + filters };
}

/**
 * Parameters of a fully connected layer: one weight for each pair of input and unit, one bias for each unit.
 * From 32×32×3 to the 28×28×6 that six 5×5 filters would give: 14,450,688 weights, against the filters' 456.
 */
export function denseParameters({
  inputs,
  units,
}: {
  readonly inputs: number;
  readonly units: number;
}): ParameterCount {
  const weights = inputs * units;
  return { weights, biases: units, total: weights + units };
}
