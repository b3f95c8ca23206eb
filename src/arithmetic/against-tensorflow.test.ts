/** The plain functions against TensorFlow's ops and its automatic differentiation, on random cases. */
import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Sides } from './padding.js';
import { tf } from '../runtime/tensorflow.js';
import {
  averagePool,
  averagePoolGradient,
  convolutionLayer,
  convolutionLayerByProduct,
  convolutionLayerGradients,
  convolutionMatrix,
  crossCorrelate,
  type Matrix,
  matrix,
  maxPool,
  maxPoolGradient,
  pad,
  toChannelsLast,
  transpose,
  type Volume,
} from './index.js';

const value = fc.integer({ min: -9, max: 9 });
const matrixOf = (height: number, width: number) =>
  fc.array(fc.array(value, { minLength: width, maxLength: width }), { minLength: height, maxLength: height });
const volumeOf = (channels: number, height: number, width: number): fc.Arbitrary<Volume> =>
  fc.array(matrixOf(height, width), { minLength: channels, maxLength: channels });

/** A convolution layer and an input for it. `same` and `valid` are TensorFlow's words; dilation only with stride 1. */
const layerCase = fc
  .record({
    height: fc.integer({ min: 5, max: 9 }),
    width: fc.integer({ min: 5, max: 9 }),
    channels: fc.integer({ min: 1, max: 3 }),
    filters: fc.integer({ min: 1, max: 3 }),
    kernelHeight: fc.integer({ min: 1, max: 3 }),
    kernelWidth: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 3 }),
    dilation: fc.integer({ min: 1, max: 2 }),
    padding: fc.constantFrom('valid' as const, 'same' as const),
  })
  .chain((sizes) =>
    fc.record({
      x: volumeOf(sizes.channels, sizes.height, sizes.width),
      kernels: fc.array(volumeOf(sizes.channels, sizes.kernelHeight, sizes.kernelWidth), {
        minLength: sizes.filters,
        maxLength: sizes.filters,
      }),
      biases: fc.array(value, { minLength: sizes.filters, maxLength: sizes.filters }),
      stride: fc.constant(sizes.stride),
      dilation: fc.constant(sizes.stride === 1 ? sizes.dilation : 1),
      padding: fc.constant(sizes.padding),
    }),
  );

/** [1, height, width, channels]. */
function batchOf(x: Volume): Tensor4D {
  return tf.tensor4d([toChannelsLast(x)]);
}

/** [height, width, channels, filters]. */
function kernelTensor(kernels: readonly Volume[]): Tensor4D {
  return tf.transpose(tf.tensor4d(kernels.map(toChannelsLast)), [1, 2, 3, 0]);
}

/** The maps of a [1, height, width, channels] tensor. */
function mapsOf(batch: Tensor4D): number[][][] {
  return tf.transpose(batch, [0, 3, 1, 2]).arraySync()[0]!;
}

/** Runs one random case and leaves no tensor behind. */
function holds<T>(arbitrary: fc.Arbitrary<T>, check: (example: T) => void, numRuns = 60): void {
  const before = tf.memory().numTensors;
  fc.assert(
    fc.property(arbitrary, (example) => {
      tf.tidy(() => check(example));
    }),
    { numRuns },
  );
  expect(tf.memory().numTensors).toBe(before);
}

describe('convolution', () => {
  test('a layer is tf.conv2d plus the bias', () => {
    holds(layerCase, ({ x, kernels, biases, stride, dilation, padding }) => {
      const ours = convolutionLayer(x, kernels, biases, { stride, dilation, padding });
      const y = tf.conv2d(batchOf(x), kernelTensor(kernels), stride, padding, 'NHWC', dilation);
      expect(ours).toEqual(mapsOf(tf.add(y, biases) as Tensor4D));
    });
  });

  test('patches × kernels is the same layer', () => {
    holds(layerCase, ({ x, kernels, biases, ...sliding }) => {
      const direct = convolutionLayer(x, kernels, biases, sliding);
      expect(convolutionLayerByProduct(x, kernels, biases, sliding)).toEqual(direct);
    });
  });

  test('its gradients are those of automatic differentiation', () => {
    holds(layerCase, ({ x, kernels, biases, stride, padding }) => {
      const sliding = { stride, padding };
      const shape = convolutionLayer(x, kernels, biases, sliding);
      const upstream = shape.map((map, f) => map.map((row, r) => row.map((_, c) => f + 2 * r - 3 * c + 1)));
      const layer = (input: Tensor4D, kernel: Tensor4D) =>
        tf.sum(tf.mul(tf.conv2d(input, kernel, stride, padding), batchOf(upstream)));
      const [dInput, dKernel] = tf.grads((input, kernel) => layer(input as Tensor4D, kernel as Tensor4D))([
        batchOf(x),
        kernelTensor(kernels),
      ]);
      const ours = convolutionLayerGradients(x, kernels, upstream, sliding);
      expect(ours.input).toEqual(mapsOf(dInput as Tensor4D));
      expect(kernelTensor(ours.kernels).arraySync()).toEqual((dKernel as Tensor4D).arraySync());
      expect(ours.biases).toEqual(tf.sum(batchOf(upstream), [0, 1, 2]).arraySync());
    });
  });

  test('the lecture’s case: X 1…9, K 9…1, padded on the right and at the bottom', () => {
    const x = matrix('1 2 3 / 4 5 6 / 7 8 9');
    const kernel = matrix('9 8 7 / 6 5 4 / 3 2 1');
    const ones = matrix('1 1 1 / 1 1 1 / 1 1 1');
    const sides = { top: 0, bottom: 2, left: 0, right: 2 };
    holds(fc.constant({ padding: sides }), (sliding) => {
      const padded = (input: Tensor) => tf.pad(input, around(sides)) as Tensor4D;
      const [dInput, dKernel] = tf.grads((input, k) =>
        tf.sum(tf.conv2d(padded(input), k as Tensor4D, 1, 'valid')),
      )([batchOf([x]), kernelTensor([[kernel]])]);
      const ours = convolutionLayerGradients([x], [[kernel]], [ones], sliding);
      expect(ours.input).toEqual(mapsOf(dInput as Tensor4D));
      expect(kernelTensor(ours.kernels).arraySync()).toEqual((dKernel as Tensor4D).arraySync());
    });
  });

  test('multiplying by the convolution matrix convolves; by its transpose, passes back', () => {
    holds(layerCase, ({ x, kernels, stride, padding }) => {
      const [map, kernel, sliding] = [x[0]!, kernels[0]![0]!, { stride, padding }];
      const t = convolutionMatrix(kernel, { height: map.length, width: map[0]!.length }, sliding);
      const y = crossCorrelate(map, kernel, sliding);
      expect(tf.dot(tf.tensor2d(copy(t)), tf.tensor1d(map.flat())).arraySync()).toEqual(y.flat());
      const { input } = convolutionLayerGradients([map], [[kernel]], [y], sliding);
      const back = tf.dot(tf.tensor2d(copy(transpose(t))), tf.tensor1d(y.flat()));
      expect(back.arraySync()).toEqual(input[0]!.flat());
    });
  });
});

describe('pools', () => {
  // Distinct values, so that no maximum is tied.
  const poolCase = fc
    .record({ height: fc.integer({ min: 4, max: 9 }), width: fc.integer({ min: 4, max: 9 }) })
    .chain(({ height, width }) =>
      fc.record({
        x: fc
          .uniqueArray(fc.integer({ min: -99, max: 99 }), {
            minLength: height * width,
            maxLength: height * width,
          })
          .map((values) =>
            Array.from({ length: height }, (_, r) => values.slice(r * width, (r + 1) * width)),
          ),
        size: fc.integer({ min: 2, max: 3 }),
        stride: fc.integer({ min: 1, max: 3 }),
      }),
    );
  const close = (ours: Matrix, theirs: readonly number[][]) => {
    expect(ours.length).toBe(theirs.length);
    for (const [r, row] of theirs.entries()) {
      for (const [c, expected] of row.entries()) expect(ours[r]![c]).toBeCloseTo(expected, 4);
    }
  };

  test('maximum and average are tf.maxPool and tf.avgPool, forwards and backwards', () => {
    holds(poolCase, ({ x, size, stride }) => {
      const cases = [
        { pool: maxPool, gradient: maxPoolGradient, op: tf.maxPool },
        { pool: averagePool, gradient: averagePoolGradient, op: tf.avgPool },
      ] as const;
      for (const { pool, gradient, op } of cases) {
        const y = pool(x, { size, stride });
        close(y, mapsOf(op(batchOf([x]), size, stride, 'valid'))[0]!);
        const theirs = tf.grad((input) =>
          tf.sum(tf.mul(op(input as Tensor4D, size, stride, 'valid'), batchOf([y]))),
        )(batchOf([x]));
        close(gradient(x, y, { size, stride }), mapsOf(theirs as Tensor4D)[0]!);
      }
    });
  });
});

describe('padding', () => {
  const padCase = fc.record({
    x: matrixOf(4, 5),
    top: fc.integer({ min: 0, max: 3 }),
    bottom: fc.integer({ min: 0, max: 3 }),
    left: fc.integer({ min: 0, max: 3 }),
    right: fc.integer({ min: 0, max: 3 }),
  });

  test('zeros and reflect are tf.pad and tf.mirrorPad', () => {
    holds(padCase, ({ x, ...sides }) => {
      expect(pad(x, sides, 'zeros')).toEqual(tf.pad(tf.tensor2d(x), around(sides).slice(1, 3)).arraySync());
      expect(pad(x, sides, 'reflect')).toEqual(
        tf.mirrorPad(tf.tensor2d(x), around(sides).slice(1, 3), 'reflect').arraySync(),
      );
    });
  });

  test('replicate and circular are tf.gather of clamped and wrapped rows and columns', () => {
    holds(padCase, ({ x, ...sides }) => {
      const gather = (index: (i: number, size: number) => number) => {
        const rows = Array.from({ length: 4 + sides.top + sides.bottom }, (_, i) => index(i - sides.top, 4));
        const columns = Array.from({ length: 5 + sides.left + sides.right }, (_, i) =>
          index(i - sides.left, 5),
        );
        return tf.gather(tf.gather(tf.tensor2d(x), rows), columns, 1).arraySync();
      };
      const clamp = (i: number, size: number) => Math.min(size - 1, Math.max(0, i));
      const wrap = (i: number, size: number) => (i + 2 * size) % size;
      expect(pad(x, sides, 'replicate')).toEqual(gather(clamp));
      expect(pad(x, sides, 'circular')).toEqual(gather(wrap));
    });
  });
});

function copy(x: Matrix): number[][] {
  return x.map((row) => [...row]);
}

/** TensorFlow's way to write the sides of a [batch, height, width, channels] tensor. */
function around({ top, bottom, left, right }: Sides): [number, number][] {
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
}
