import { FormatError } from '../../formats/bytes.js';
import type { SlidingWindow } from '../countable-layer.js';
import { placeWindows, windowSpan } from '../../arithmetic/output-size.js';

type Pair = readonly [number, number];

/** A window as a file has it: padding by TensorFlow's names, or [[top, bottom], [left, right]] zeros. */
export interface WindowSettings {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly padding: 'same' | 'valid' | readonly [Pair, Pair];
  readonly groups?: number;
}

/**
 * Where a window goes on a map of `height` × `width`.
 *
 * @throws FormatError where it does not fit.
 */
export function slide(
  layer: string,
  [height, width]: Pair,
  settings: WindowSettings,
): { height: number; width: number; window: SlidingWindow } {
  const { kernel, stride, dilation, padding, groups = 1 } = settings;
  const [down, across] = ([height, width] as const).map((input, i) => {
    const side = { input, kernel: kernel[i]!, stride: stride[i]!, dilation: dilation[i]! };
    const [before, after] = typeof padding === 'string' ? [0, 0] : padding[i]!;
    if (windowSpan(side) > input + before + after && padding !== 'same') {
      throw new FormatError(
        `the window of layer '${layer}' spans ${windowSpan(side)} pixels, more than the ${input + before + after} of its map`,
      );
    }
    if (typeof padding === 'string') return placeWindows(side, padding);
    return {
      before,
      after,
      output: placeWindows({ ...side, input: input + before + after }, 'valid').output,
    };
  });
  const sides = { top: down!.before, bottom: down!.after, left: across!.before, right: across!.after };
  return {
    height: down!.output,
    width: across!.output,
    window: {
      kernel,
      stride,
      padding: sides,
      groups,
      ...(Math.max(...dilation) > 1 && { dilation }),
    },
  };
}
