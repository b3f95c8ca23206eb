/** Every figure of the course page "Convolution by hand", in its order. Expected values are the lecture's own. */
import { describe, expect, test } from 'vitest';
import {
  activationBytes,
  applyFilter,
  averagePool,
  convolutionLayer,
  convolutionMultiplyAdds,
  convolutionParameters,
  crossCorrelate,
  crossCorrelateChannels,
  crudeConvolutionCost,
  denseMultiplyAdds,
  denseParameters,
  describeOutputSize,
  filters,
  inputGradient,
  kernelGradient,
  matrix,
  maxPool,
  outputSize,
  pad,
  paddingThatFits,
  paddingThatKeepsSize,
} from './index.js';

describe('cross-correlation', () => {
  const x = matrix('1 0 0 0 1 / -1 0 2 1 2 / 1 0 -2 0 -1 / 1 1 0 0 2 / -2 0 3 0 0');
  const kernel = matrix('1 0 2 / -1 1 1 / 0 2 1');

  test('stride 1 gives 2 −1 2 / 2 0 9 / 0 5 −2', () => {
    expect(crossCorrelate(x, kernel)).toEqual(matrix('2 -1 2 / 2 0 9 / 0 5 -2'));
  });

  test('stride 2 gives 2 2 / 0 −2; the −2 that the slide prints in the upper right corner is a slip', () => {
    const strided = crossCorrelate(x, kernel, { stride: 2 });
    expect(strided).toEqual(matrix('2 2 / 0 -2'));
    const dense = crossCorrelate(x, kernel);
    expect(strided[0]![1]).toBe(dense[0]![2]);
    expect(strided).not.toEqual(matrix('2 -2 / 0 -2'));
  });

  test('the same with several input channels: the sum over channels', () => {
    expect(crossCorrelateChannels([x, x], [kernel, kernel])).toEqual(matrix('4 -2 4 / 4 0 18 / 0 10 -4'));
  });

  const patch = matrix('200 150 150 / 100 50 100 / 25 25 10');

  test('the patch with the Sobel kernel gives 65, plus the bias', () => {
    expect(crossCorrelate(patch, matrix('1 0 -1 / 2 0 -2 / 1 0 -1'))).toEqual([[65]]);
    expect(convolutionLayer([patch], [[filters.sobel]], [7])).toEqual([[[72]]]);
  });

  test('its 3×3 maximum is 200, its average 90', () => {
    expect(maxPool(patch, { size: 3 })).toEqual([[200]]);
    expect(averagePool(patch, { size: 3 })).toEqual([[90]]);
  });
});

describe('backward pass', () => {
  const x = matrix('1 2 3 / 4 5 6 / 7 8 9');
  const kernel = matrix('9 8 7 / 6 5 4 / 3 2 1');
  const upstream = matrix('1 1 1 / 1 1 1 / 1 1 1');
  const sliding = { padding: { top: 0, bottom: 2, left: 0, right: 2 } };

  // The lecture gives X, K and the padding; the sums below were done by hand, and against-tensorflow.test.ts repeats the case
  // with automatic differentiation.
  test('X 1…9, K 9…1, padded on the right and at the bottom to keep the size', () => {
    expect(crossCorrelate(x, kernel, sliding)).toEqual(matrix('165 144 90 / 236 186 108 / 190 144 81'));
    expect(kernelGradient(x, kernel, upstream, sliding)).toEqual(matrix('45 33 18 / 39 28 15 / 24 17 9'));
    expect(inputGradient(x, kernel, upstream, sliding)).toEqual(matrix('9 17 24 / 15 28 39 / 18 33 45'));
  });
});

describe('output size (N − F + 2P)/S + 1', () => {
  test('7 pixels, kernel 3: stride 1 → 5, stride 2 → 3', () => {
    expect(outputSize({ input: 7, kernel: 3, stride: 1 })).toMatchObject({ exact: 5, fits: true });
    expect(outputSize({ input: 7, kernel: 3, stride: 2 })).toMatchObject({ exact: 3, fits: true });
  });

  test('stride 3 → 2.33, does not fit, and it says so', () => {
    const size = outputSize({ input: 7, kernel: 3, stride: 3 });
    expect(size.fits).toBe(false);
    expect(size.exact).toBeCloseTo(7 / 3, 12);
    expect(describeOutputSize(size)).toBe('2.33: does not fit (floor 2, ceil 3)');
  });

  test('zero padding (F − 1)/2 keeps the size: 3 → 1, 5 → 2', () => {
    expect(paddingThatKeepsSize(3)).toBe(1);
    expect(paddingThatKeepsSize(5)).toBe(2);
    expect(outputSize({ input: 7, kernel: 3, padding: 1 }).exact).toBe(7);
  });

  test('32×32 shrinks through 5×5 without padding: 28, 24', () => {
    expect(outputSize({ input: 32, kernel: 5 }).exact).toBe(28);
    expect(outputSize({ input: 28, kernel: 5 }).exact).toBe(24);
  });

  test('32×32×3 through ten 5×5, stride 1, padding 2 → 32×32×10 and 760 parameters, 76 a filter', () => {
    expect(outputSize({ input: 32, kernel: 5, padding: 2 }).exact).toBe(32);
    const parameters = convolutionParameters({ kernel: 5, channels: 3, filters: 10 });
    expect(parameters.total).toBe(760);
    expect(parameters.total / 10).toBe(76);
  });

  test('frameworks floor, Caffe’s pools ceil: 112 pixels, kernel 3, stride 2 → 55 or 56', () => {
    expect(outputSize({ input: 112, kernel: 3, stride: 2 })).toMatchObject({ floor: 55, ceil: 56 });
  });

  test('kernel 5, stride 2, padding whatever fits', () => {
    expect(paddingThatFits({ input: 32, kernel: 5, stride: 2 })).toEqual({ before: 0, after: 1, output: 15 });
    expect(paddingThatFits({ input: 33, kernel: 5, stride: 2 })).toEqual({ before: 0, after: 0, output: 15 });
  });
});

describe('parameters and cost', () => {
  test('(k₁·k₂·C + 1)·N: 3×3×3, 4 kernels → 112', () => {
    expect(convolutionParameters({ kernel: [3, 3], channels: 3, filters: 4 }).total).toBe(112);
  });

  test('fully connected 32×32×3 = 3072 → 4704 = 28×28×6: about 14 million weights, against 456 for six 5×5×3', () => {
    const [inputs, units] = [32 * 32 * 3, 28 * 28 * 6];
    expect([inputs, units]).toEqual([3072, 4704]);
    expect(denseParameters({ inputs, units }).weights).toBe(14_450_688);
    expect(convolutionParameters({ kernel: 5, channels: 3, filters: 6 }).total).toBe(456);
  });

  test('multiplications of each', () => {
    expect(denseMultiplyAdds({ inputs: 3072, units: 4704 })).toBe(14_450_688);
    const output = { height: 28, width: 28 };
    expect(convolutionMultiplyAdds(output, { kernel: 5, channels: 3, filters: 6 })).toBe(352_800);
  });

  test('1024×1024 pixels: a million inputs a unit', () => {
    expect(denseParameters({ inputs: 1024 * 1024, units: 1 }).weights).toBe(1_048_576);
  });

  test('the crude count N²·n⁴: 100, 5 → 6 million; 1000 → 600 million', () => {
    expect(crudeConvolutionCost(100, 5)).toBe(6_250_000);
    expect(crudeConvolutionCost(1000, 5)).toBe(625_000_000);
  });

  test('a float32 map takes four bytes a value', () => {
    expect(activationBytes([224, 224, 64])).toBe(12_845_056);
  });
});

test('max pool 2×2, stride 2: 1 1 2 4 / 5 6 7 8 / 3 2 1 0 / 1 2 3 4 → 6 8 / 3 4', () => {
  const x = matrix('1 1 2 4 / 5 6 7 8 / 3 2 1 0 / 1 2 3 4');
  expect(maxPool(x, { size: 2, stride: 2 })).toEqual(matrix('6 8 / 3 4'));
});

test('padding modes: zeros, reflect, replicate, circular', () => {
  const [x, sides] = [matrix('1 2 3 4'), { top: 0, bottom: 0, left: 2, right: 2 }];
  expect(pad(x, sides, 'zeros')).toEqual(matrix('0 0 1 2 3 4 0 0'));
  expect(pad(x, sides, 'reflect')).toEqual(matrix('3 2 1 2 3 4 3 2'));
  expect(pad(x, sides, 'replicate')).toEqual(matrix('1 1 1 2 3 4 4 4'));
  expect(pad(x, sides, 'circular')).toEqual(matrix('3 4 1 2 3 4 1 2'));
});

describe('filters by hand', () => {
  test.each([
    ['identity', '0 0 0 / 0 1 0 / 0 0 0'],
    ['diagonalEdges', '1 0 -1 / 0 0 0 / -1 0 1'],
    ['laplacian', '0 1 0 / 1 -4 1 / 0 1 0'],
    ['outline', '-1 -1 -1 / -1 8 -1 / -1 -1 -1'],
    ['sharpen', '0 -1 0 / -1 5 -1 / 0 -1 0'],
    ['sobel', '1 0 -1 / 2 0 -2 / 1 0 -1'],
    ['scharr', '3 0 -3 / 10 0 -10 / 3 0 -3'],
  ] as const)('%s is %s', (name, kernel) => {
    expect(filters[name]).toEqual(matrix(kernel));
  });

  test('the box blur is ninths, the Gaussian blur sixteenths of 1 2 1 / 2 4 2 / 1 2 1', () => {
    expect(filters.boxBlur.flat().map((value) => value * 9)).toEqual(Array(9).fill(1));
    expect(filters.gaussianBlur.flat().map((value) => value * 16)).toEqual([1, 2, 1, 2, 4, 2, 1, 2, 1]);
  });

  test('on an even grey: blurs, identity and sharpening leave it, edge filters answer nothing', () => {
    const grey = matrix('80 80 80 80 / 80 80 80 80 / 80 80 80 80');
    for (const name of ['identity', 'sharpen', 'boxBlur', 'gaussianBlur'] as const) {
      for (const value of applyFilter(grey, filters[name]).flat()) expect(value).toBeCloseTo(80, 10);
    }
    for (const name of ['diagonalEdges', 'laplacian', 'outline', 'sobel', 'scharr'] as const) {
      for (const value of applyFilter(grey, filters[name]).flat()) expect(value).toBeCloseTo(0, 10);
    }
  });
});
