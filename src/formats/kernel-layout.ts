import type { NamedTensor } from './tensors.js';

/**
 * A tensor with its axes in another order: axis i of the result is axis `order[i]` of the input.
 * `transpose(kernel, [2, 3, 1, 0])` turns OIHW (Caffe, PyTorch) into HWIO (TensorFlow).
 */
export function transpose({ shape, data }: NamedTensor, order: readonly number[]): NamedTensor {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const result = new Float32Array(data.length);
  const newShape = order.map((axis) => shape[axis]!);
  const steps = order.map((axis) => strides[axis]!);
  let written = 0;
  const copy = (axis: number, from: number): void => {
    const side = newShape[axis]!;
    const step = steps[axis]!;
    if (axis === order.length - 1) {
      for (let i = 0; i < side; i++) result[written++] = data[from + i * step]!;
    } else {
      for (let i = 0; i < side; i++) copy(axis + 1, from + i * step);
    }
  };
  if (data.length > 0) copy(0, 0);
  return { shape: newShape, data: result };
}

/** Convolution kernel, [filters, channels, height, width] → [height, width, channels, filters]. */
export function oihwToHwio(kernel: NamedTensor): NamedTensor {
  return transpose(kernel, [2, 3, 1, 0]);
}

/** Dense kernel, [units, inputs] → [inputs, units]. */
export function unitsLast(kernel: NamedTensor): NamedTensor {
  return transpose(kernel, [1, 0]);
}
