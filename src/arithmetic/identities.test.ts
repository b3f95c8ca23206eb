/** What must hold whatever the numbers are: identities between the plain functions. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Padding } from '../models/network.js';
import { NetworkBuilder } from '../models/network-builder.js';
import {
  applyFilter,
  convolutionLayer,
  convolutionParameters,
  convolve,
  convolve1d,
  crop,
  crossCorrelate,
  crossCorrelate1d,
  dense,
  denseAsKernels,
  equivarianceError,
  filters,
  flatten,
  formatMatrix,
  grid,
  growField,
  joinFields,
  l2Pool,
  l2PoolGradient,
  type Matrix,
  matrix,
  matrixProduct,
  maxPool,
  maxPoolGradient,
  outputSize,
  pad,
  paddingThatFits,
  paddingThatKeepsSize,
  pixelField,
  pixelsSeen,
  placeWindows,
  pointwiseConvolution,
  receptiveFields,
  rotate180,
  shift,
  toeplitzMatrix,
  wholeField,
} from './index.js';

const value = fc.integer({ min: -9, max: 9 });
const signal = fc.array(value, { minLength: 1, maxLength: 8 });
const matrixOf = (height: number, width: number): fc.Arbitrary<Matrix> =>
  fc.array(fc.array(value, { minLength: width, maxLength: width }), { minLength: height, maxLength: height });

describe('convolution and cross-correlation', () => {
  test('true convolution is cross-correlation with the kernel turned by 180°', () => {
    fc.assert(
      fc.property(matrixOf(6, 5), matrixOf(3, 2), (x, kernel) => {
        expect(convolve(x, kernel)).toEqual(crossCorrelate(x, rotate180(kernel)));
      }),
    );
  });

  test('full true convolution commutes; cross-correlation does not', () => {
    fc.assert(
      fc.property(signal, signal, (a, b) => {
        expect(convolve1d(a, b, { padding: 'full' })).toEqual(convolve1d(b, a, { padding: 'full' }));
      }),
    );
    expect(crossCorrelate1d([1, 2], [1, 3], { padding: 'full' })).toEqual([3, 7, 2]);
    expect(crossCorrelate1d([1, 3], [1, 2], { padding: 'full' })).toEqual([2, 7, 3]);
  });

  test('full convolution multiplies polynomials: (1 + 2x)(1 + 3x) = 1 + 5x + 6x²', () => {
    expect(convolve1d([1, 2], [1, 3], { padding: 'full' })).toEqual([1, 5, 6]);
  });

  test('full, same and valid of a line of 4 with a kernel of 3 have 6, 4 and 2 values', () => {
    const lengths = (['full', 'same', 'valid'] as const).map(
      (padding) => crossCorrelate1d([1, 2, 3, 4], [1, 0, -1], { padding }).length,
    );
    expect(lengths).toEqual([6, 4, 2]);
    expect(crossCorrelate1d([1, 2, 3, 4], [1, 0, -1])).toEqual([-2, -2]);
  });

  test('stride S keeps every S-th value of stride 1', () => {
    fc.assert(
      fc.property(matrixOf(9, 8), matrixOf(3, 3), fc.integer({ min: 1, max: 4 }), (x, kernel, stride) => {
        const all = crossCorrelate(x, kernel);
        const every = all
          .filter((_, r) => r % stride === 0)
          .map((row) => row.filter((_, c) => c % stride === 0));
        expect(crossCorrelate(x, kernel, { stride })).toEqual(every);
      }),
    );
  });

  test('a Toeplitz matrix times the signal is the full convolution, and its diagonals are constant', () => {
    expect(toeplitzMatrix([1, 2], 3)).toEqual(matrix('1 0 0 / 2 1 0 / 0 2 1 / 0 0 2'));
    fc.assert(
      fc.property(signal, signal, (x, kernel) => {
        const product = matrixProduct(
          toeplitzMatrix(kernel, x.length),
          x.map((v) => [v]),
        );
        expect(product.flat()).toEqual(convolve1d(x, kernel, { padding: 'full' }));
      }),
    );
  });

  test('1×1 convolution is a dense layer across the channels at every pixel', () => {
    const x = [matrix('1 2 / 3 4'), matrix('5 6 / 7 8')];
    expect(pointwiseConvolution(x, matrix('1 1 / 1 -1 / 0 2'), [0, 0, 1])).toEqual([
      matrix('6 8 / 10 12'),
      matrix('-4 -4 / -4 -4'),
      matrix('11 13 / 15 17'),
    ]);
  });

  test('a kernel larger than the map, or of other channels, is refused', () => {
    expect(() => crossCorrelate(matrix('1 2'), matrix('1 2 3'))).toThrow('at most 2 pixels');
    expect(() => convolutionLayer([matrix('1')], [[matrix('1'), matrix('1')]], [0])).toThrow('1 channels');
  });
});

describe('a fully connected layer as a convolution', () => {
  const layer = fc.record({
    weights: matrixOf(2 * 3 * 2, 4),
    biases: fc.array(value, { minLength: 4, maxLength: 4 }),
  });

  test('on a map of its own size: the same answers', () => {
    fc.assert(
      fc.property(layer, fc.tuple(matrixOf(2, 3), matrixOf(2, 3)), ({ weights, biases }, x) => {
        const answers = convolutionLayer(x, denseAsKernels(weights, x), biases);
        expect(answers.flat(2)).toEqual(dense(flatten(x), weights, biases));
      }),
    );
  });

  test('on a larger map: at each place the answer for the map cut out there', () => {
    fc.assert(
      fc.property(layer, fc.tuple(matrixOf(4, 5), matrixOf(4, 5)), ({ weights, biases }, x) => {
        const cut = (row: number, column: number) =>
          x.map((map) => map.slice(row, row + 2).map((line) => line.slice(column, column + 3)));
        const answers = convolutionLayer(x, denseAsKernels(weights, cut(0, 0)), biases);
        for (let row = 0; row < 3; row++) {
          for (let column = 0; column < 3; column++) {
            const here = answers.map((map) => map[row]![column]!);
            expect(here).toEqual(dense(flatten(cut(row, column)), weights, biases));
          }
        }
      }),
    );
  });

  test('fc6 of AlexNet as a VALID 6×6 convolution has the weights of FC-1; fc7 is 1×1', () => {
    expect(convolutionParameters({ kernel: 6, channels: 256, filters: 4096 }).weights).toBe(37_748_736);
    expect(convolutionParameters({ kernel: 1, channels: 4096, filters: 4096 }).weights).toBe(16_777_216);
  });

  test('weights for another map are refused', () => {
    expect(() => denseAsKernels(matrix('1 / 2'), [matrix('1 2 3')])).toThrow('3 inputs but received 2 rows');
  });
});

describe('output sizes', () => {
  test('agree with the networks’ own arithmetic, floor, ceil and same', () => {
    const sizes = {
      input: fc.integer({ min: 5, max: 64 }),
      kernel: fc.integer({ min: 1, max: 5 }),
      stride: fc.integer({ min: 1, max: 4 }),
    };
    const built = (
      input: number,
      kernel: number,
      stride: number,
      padding: Padding,
      rounding: 'floor' | 'ceil',
    ) => {
      const net = new NetworkBuilder('one', [input, input, 1]);
      net.maxPool('input', 'pool', { kernel, stride, padding, rounding });
      return net.build().layers.at(-1)!.shape[0];
    };
    fc.assert(
      fc.property(fc.record({ ...sizes, padding: fc.integer({ min: 0, max: 2 }) }), (c) => {
        const { floor, ceil } = outputSize(c);
        expect(floor).toBe(built(c.input, c.kernel, c.stride, c.padding, 'floor'));
        expect(ceil).toBe(built(c.input, c.kernel, c.stride, c.padding, 'ceil'));
        const same = placeWindows(c, 'same').output;
        expect(same).toBe(built(c.input, c.kernel, c.stride, 'same', 'floor'));
      }),
    );
  });

  test('the least padding that fits does fit, and one pixel less does not', () => {
    const sizes = { kernel: fc.integer({ min: 1, max: 7 }), stride: fc.integer({ min: 1, max: 5 }) };
    fc.assert(
      fc.property(fc.record({ input: fc.integer({ min: 1, max: 40 }), ...sizes }), (window) => {
        const { before, after, output } = paddingThatFits(window);
        const fits = (total: number) =>
          Number.isInteger((window.input + total - window.kernel) / window.stride);
        expect((output - 1) * window.stride + window.kernel).toBe(window.input + before + after);
        for (let less = Math.max(0, window.kernel - window.input); less < before + after; less++) {
          expect(fits(less)).toBe(false);
        }
      }),
    );
  });

  test('an even kernel has no equal padding that keeps the size', () => {
    expect(() => paddingThatKeepsSize(4)).toThrow('odd kernel');
  });
});

describe('pools', () => {
  test('L2: 3 and 4 → 5', () => {
    expect(l2Pool(matrix('3 0 / 0 4'), { size: 2 })).toEqual([[5]]);
  });

  test('the L2 pool’s gradient is the slope measured by a small step', () => {
    fc.assert(
      fc.property(matrixOf(4, 4), (x) => {
        fc.pre(x.flat().every((v) => v !== 0));
        const window = { size: 3, stride: 1 };
        const gradient = l2PoolGradient(x, matrix('1 1 / 1 1'), window);
        const total = (y: Matrix) =>
          l2Pool(y, window)
            .flat()
            .reduce((a, b) => a + b);
        const step = 1e-5;
        for (const [r, row] of x.entries()) {
          for (const c of row.keys()) {
            const nudged = (by: number) => grid(4, 4, (i, j) => x[i]![j]! + (i === r && j === c ? by : 0));
            const slope = (total(nudged(step)) - total(nudged(-step))) / (2 * step);
            expect(gradient[r]![c]).toBeCloseTo(slope, 5);
          }
        }
      }),
    );
    expect(l2PoolGradient(matrix('0 0'), matrix('1 1'), { size: 1 })).toEqual(matrix('0 0'));
  });

  test('of equal maxima the first one gets the gradient', () => {
    expect(maxPoolGradient(matrix('7 7 / 7 7'), [[1]], { size: 2 })).toEqual(matrix('1 0 / 0 0'));
  });

  test('Caffe’s last window is cut off at the border', () => {
    const x = matrix('1 2 3 4 / 5 6 7 8 / 9 8 7 6 / 5 4 3 2');
    expect(maxPool(x, { size: 3, stride: 2, rounding: 'ceil' })).toEqual(matrix('9 8 / 9 7'));
    expect(maxPool(x, { size: 3, stride: 2 })).toEqual([[9]]);
  });
});

describe('receptive field', () => {
  test('two 3×3 convolutions see as much as one 5×5, three as one 7×7', () => {
    const sizes = receptiveFields([{ kernel: 3 }, { kernel: 3 }, { kernel: 3 }]).map((field) => field.size);
    expect(sizes).toEqual([3, 5, 7]);
  });

  test('is what changes a unit when pixels are changed one at a time', () => {
    const layers = fc.array(
      fc.record({
        kernel: fc.integer({ min: 1, max: 3 }),
        stride: fc.integer({ min: 1, max: 2 }),
        padding: fc.integer({ min: 0, max: 1 }),
        dilation: fc.integer({ min: 1, max: 2 }),
      }),
      { minLength: 1, maxLength: 3 },
    );
    fc.assert(
      fc.property(layers, (steps) => {
        const length = 100;
        const run = (x: readonly number[]) =>
          steps.reduce<readonly number[]>((line, { kernel, stride, padding, dilation }) => {
            const sides = { top: 0, bottom: 0, left: padding, right: padding };
            return crossCorrelate1d(line, Array(kernel).fill(1), { stride, dilation, padding: sides });
          }, x);
        const units = run(Array(length).fill(0)).length;
        const middle = Math.floor(units / 2);
        const seen = Array.from({ length }, (_, pixel) => pixel).filter((pixel) => {
          const lit = Array.from({ length }, (_, i) => (i === pixel ? 1 : 0));
          return run(lit)[middle] !== 0;
        });
        const field = receptiveFields(steps).at(-1)!;
        expect({ first: seen[0], last: seen.at(-1) }).toEqual(pixelsSeen(field, middle));
      }),
    );
  });

  test('a unit that reads two maps sees both; one that reads a whole map has no neighbour', () => {
    const narrow = growField(pixelField, { kernel: 1 });
    const wide = growField(pixelField, { kernel: 5, padding: 2 });
    expect(joinFields([narrow, wide])).toEqual({ size: 5, jump: 1, start: -2 });
    expect(wholeField({ size: 5, jump: 4, start: -2 }, 3)).toEqual({ size: 13, jump: 0, start: -2 });
  });
});

describe('translation', () => {
  const blur = (x: Matrix) => applyFilter(x, filters.gaussianBlur, 'circular');
  const offset = fc.integer({ min: -6, max: 6 });

  test('convolution over a picture continued in a circle is equivariant', () => {
    fc.assert(
      fc.property(matrixOf(5, 6), offset, offset, (x, down, across) => {
        expect(equivarianceError(blur, x, { down, across })).toBeCloseTo(0, 10);
      }),
    );
  });

  test('with stride 2 for even shifts, with zeros around not near the border', () => {
    const sides = { top: 0, bottom: 1, left: 0, right: 1 };
    const halve = (y: Matrix) =>
      crossCorrelate(pad(y, sides, 'circular'), matrix('1 2 / 3 4'), { stride: 2 });
    const x = matrix('1 2 3 4 / 5 6 7 8 / 9 1 2 3 / 4 5 6 9');
    expect(equivarianceError(halve, x, { down: 2, across: 2, stride: 2 })).toBe(0);
    const zeros = (y: Matrix) => applyFilter(y, filters.gaussianBlur, 'zeros');
    expect(equivarianceError(zeros, x, { down: 1, across: 0 })).toBeGreaterThan(0);
  });

  test('a shift and its opposite cancel', () => {
    fc.assert(
      fc.property(matrixOf(3, 4), offset, offset, (x, down, across) => {
        expect(shift(shift(x, down, across), -down, -across)).toEqual(x);
      }),
    );
  });
});

describe('matrices', () => {
  test('cropping undoes padding', () => {
    const sides = { top: 1, bottom: 2, left: 0, right: 2 };
    const modes = fc.constantFrom(
      'zeros' as const,
      'reflect' as const,
      'replicate' as const,
      'circular' as const,
    );
    fc.assert(
      fc.property(matrixOf(4, 3), modes, (x, mode) => {
        expect(crop(pad(x, sides, mode), sides)).toEqual(x);
      }),
    );
  });

  test('padding that reaches too far is refused', () => {
    const sides = { top: 0, bottom: 0, left: 3, right: 0 };
    expect(() => pad(matrix('1 2 3'), sides, 'reflect')).toThrow('at most 2 pixels of reflect padding');
  });

  test('are read as printed, and printed in columns', () => {
    expect(matrix('1 -2 / 3.5 4')).toEqual([
      [1, -2],
      [3.5, 4],
    ]);
    expect(formatMatrix(matrix('1 -2 / 0.33333 40'))).toBe('    1    −2\n0.333    40');
    expect(() => matrix('1 2 / 3')).toThrow('equally many');
    expect(() => matrix('1 a')).toThrow("'1 a'");
    expect(() => matrixProduct(matrix('1 2'), matrix('1 2'))).toThrow('as many columns');
  });
});
