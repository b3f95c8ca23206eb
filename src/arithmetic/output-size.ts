/** One side of a sliding window, in pixels. */
export interface WindowAlongSide {
  /** N: length of the input. */
  readonly input: number;
  /** F: length of the window. */
  readonly kernel: number;
  /** S: step. Default 1. */
  readonly stride?: number;
  /** P: pixels added at each end. Default 0. */
  readonly padding?: number;
  /** Distance between neighbouring window values; 1 is a dense window. Default 1. */
  readonly dilation?: number;
}

/** How many places a window takes along one side. */
export interface OutputSize {
  /** The formula's value; a fraction when the steps do not come out even. */
  readonly exact: number;
  /** Whether the windows end exactly at the end of the padded input. */
  readonly fits: boolean;
  /** What convolutions and most pools put out: whole windows only. */
  readonly floor: number;
  /** What Caffe's pools put out: a last window may overhang the end, but must begin before it. */
  readonly ceil: number;
}

/**
 * Output size of a convolution or pool along one side: (N − F + 2P)/S + 1.
 * Source: Dumoulin & Visin, "A guide to convolution arithmetic for deep learning", 2016, relationship 6;
 * the ceiling rule is that of Caffe's pooling layer (pooling_layer.cpp).
 *
 *     outputSize({ input: 7, kernel: 3, stride: 2 })   → exact 3, fits
 *     outputSize({ input: 7, kernel: 3, stride: 3 })   → exact 2.33, does not fit: floor 2, ceil 3
 *
 * @throws RangeError when the window is larger than the padded input.
 */
export function outputSize(window: WindowAlongSide): OutputSize {
  const { input, stride = 1, padding = 0 } = window;
  const span = windowSpan(window);
  const padded = input + 2 * padding;
  if (span > padded) {
    throw new RangeError(`Expected a window of at most ${padded} pixels but received one of ${span}.`);
  }
  const exact = (padded - span) / stride + 1;
  let ceil = Math.ceil(exact);
  if ((ceil - 1) * stride >= input + padding) ceil--;
  return { exact, fits: Number.isInteger(exact), floor: Math.floor(exact), ceil };
}

/** The same in words: `3`, or `2.33: does not fit (floor 2, ceil 3)`. */
export function describeOutputSize(size: OutputSize): string {
  return size.fits
    ? String(size.exact)
    : `${size.exact.toFixed(2)}: does not fit (floor ${size.floor}, ceil ${size.ceil})`;
}

/** Pixels from the first to the last value of a window: (F − 1)·dilation + 1. */
export function windowSpan({ kernel, dilation = 1 }: Pick<WindowAlongSide, 'kernel' | 'dilation'>): number {
  return (kernel - 1) * dilation + 1;
}

/**
 * Zero padding at each end that keeps the size with stride 1: P = (F − 1)/2. 3 → 1, 5 → 2, 7 → 3.
 *
 * @throws RangeError for an even kernel, which needs one pixel more on one side than on the other.
 */
export function paddingThatKeepsSize(kernel: number): number {
  if (kernel % 2 === 0) {
    throw new RangeError(`Expected an odd kernel but received ${kernel}: no equal padding keeps the size.`);
  }
  return (kernel - 1) / 2;
}

/**
 * The least zero padding with which the windows fit ("F 5, S 2, P whatever fits"). An odd total puts the
 * extra pixel at the end, as TensorFlow does.
 *
 *     paddingThatFits({ input: 32, kernel: 5, stride: 2 })   → { before: 0, after: 1, output: 15 }
 */
export function paddingThatFits(window: Omit<WindowAlongSide, 'padding'>): AlongSide {
  const { input, stride = 1 } = window;
  const span = windowSpan(window);
  const total = span > input ? span - input : (stride - ((input - span) % stride)) % stride;
  return {
    before: Math.floor(total / 2),
    after: Math.ceil(total / 2),
    output: (input + total - span) / stride + 1,
  };
}

/** Pixels added before and after, and the resulting number of places. */
export interface AlongSide {
  readonly before: number;
  readonly after: number;
  readonly output: number;
}

/**
 * The padding modes by name, along one side:
 * `valid` adds nothing; `same` puts out ceil(N/S) with the odd pixel at the end (TensorFlow's rule);
 * `full` adds F − 1 at each end, so that every place where window and input overlap counts.
 */
export function placeWindows(
  window: Omit<WindowAlongSide, 'padding'>,
  mode: 'valid' | 'same' | 'full',
): AlongSide {
  const { input, stride = 1 } = window;
  const span = windowSpan(window);
  if (mode === 'same') {
    const output = Math.ceil(input / stride);
    const total = Math.max(0, (output - 1) * stride + span - input);
    return { before: Math.floor(total / 2), after: Math.ceil(total / 2), output };
  }
  const padding = mode === 'full' ? span - 1 : 0;
  return { before: padding, after: padding, output: outputSize({ ...window, padding }).floor };
}
