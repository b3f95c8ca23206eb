import type { Sides } from '../arithmetic/padding.js';
import type { PoolLayer } from './network.js';

export function isPadded({ top, bottom, left, right }: Sides): boolean {
  return top + bottom + left + right > 0;
}

/** Whether a window's padding is what TensorFlow, Keras and TF.js call 'same'. */
export function isSamePadding(
  { kernel, stride, padding }: Pick<PoolLayer, 'kernel' | 'stride' | 'padding'>,
  [height, width]: readonly (number | null)[],
): boolean {
  const { top, bottom, left, right } = padding;
  return [
    [height, kernel[0], stride[0], top, bottom],
    [width, kernel[1], stride[1], left, right],
  ].every(([size, window, step, before, after]) => {
    const total = Math.max(0, (Math.ceil(size! / step!) - 1) * step! + window! - size!);
    return before === Math.floor(total / 2) && after === Math.ceil(total / 2);
  });
}
