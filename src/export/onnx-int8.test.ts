import { expect, test } from 'vitest';
import { quantiseRows } from './onnx-int8.js';

const kernel = { shape: [3, 1, 1, 2], data: Float32Array.of(0.5, -1, 1e-12, 0, 0, 0) };

test("a filter's step is its own, unless its bias would then be too many steps", () => {
  const plain = quantiseRows(kernel, 127);
  const least = Float64Array.from([2, 2, 2], (bias) => bias / (0.01 * 2 ** 30));
  const { data, scales } = quantiseRows(kernel, 127, least);
  expect([data.slice(0, 2), scales[0]]).toEqual([plain.data.slice(0, 2), plain.scales[0]]);
  expect([...data.slice(2)]).toEqual([0, 0, 0, 0]);
  const fewer = quantiseRows(kernel, 64);
  expect([...fewer.data.slice(0, 2)]).toEqual([32, -64]);
  expect(fewer.scales[0]).toBeCloseTo(1 / 64, 8);
  for (const scale of scales) expect(2 / (0.01 * scale)).toBeLessThan(2 ** 31 - 1);
  expect(2 / (0.01 * plain.scales[1]!)).toBeGreaterThan(2 ** 31);
});
