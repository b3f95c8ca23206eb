import fc from 'fast-check';
import { expect, test } from 'vitest';
import { oihwToHwio, transpose } from './kernel-layout.js';

test('OIHW becomes HWIO', () => {
  const kernel = { shape: [2, 1, 1, 2], data: Float32Array.of(1, 2, 3, 4) };
  expect(oihwToHwio(kernel)).toEqual({ shape: [1, 2, 1, 2], data: Float32Array.of(1, 3, 2, 4) });
});

test('transposing there and back changes nothing', () => {
  const axes = fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 });
  fc.assert(
    fc.property(fc.array(fc.nat(4), { minLength: 4, maxLength: 4 }), axes, (shape, order) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const tensor = { shape, data: Float32Array.from({ length: size }, (_, i) => i) };
      const back = order.map((_, axis) => order.indexOf(axis));
      expect(transpose(transpose(tensor, order), back)).toEqual(tensor);
    }),
  );
});
