import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FormatError } from './bytes.js';
import { elementsOf, halfToNumber, tensorFrom, tensorOfOwn, toFloat32 } from './numbers.js';

const bytesOf = (values: ArrayBufferView) => Buffer.from(values.buffer, values.byteOffset, values.byteLength);

describe('toFloat32', () => {
  test.each([
    ['float32', Float32Array.of(1.5, -2), [1.5, -2]],
    [
      'float64',
      Float64Array.of(0.1, Number.NaN, Number.POSITIVE_INFINITY),
      [Math.fround(0.1), Number.NaN, Infinity],
    ],
    ['bfloat16', Uint16Array.of(0x3f80, 0xc040, 0x7f80), [1, -3, Infinity]],
    ['float16', Uint16Array.of(0x3c00, 0xc200, 0x0001, 0xfc00), [1, -3, 2 ** -24, -Infinity]],
    ['int64', BigInt64Array.of(-5n, 2n ** 24n), [-5, 2 ** 24]],
    ['uint64', BigUint64Array.of(5n), [5]],
    ['int32', Int32Array.of(-7), [-7]],
    ['uint32', Uint32Array.of(7), [7]],
    ['int16', Int16Array.of(-300), [-300]],
    ['uint16', Uint16Array.of(65535), [65535]],
    ['int8', Int8Array.of(-1), [-1]],
    ['uint8', Uint8Array.of(255), [255]],
    ['bool', Uint8Array.of(1, 0), [1, 0]],
  ] as const)('%s', (type, values, expected) => {
    expect(toFloat32('w', bytesOf(values), type)).toEqual(Float32Array.from(expected));
  });

  test('reads values that do not start on their own boundary, and copies', () => {
    const odd = Buffer.alloc(5);
    odd.writeFloatLE(2.5, 1);
    const values = toFloat32('w', odd.subarray(1), 'float32');
    odd.fill(0);
    expect(values).toEqual(Float32Array.of(2.5));
  });

  test.each([
    ['float64', Float64Array.of(1e300)],
    ['int64', BigInt64Array.of(2n ** 24n + 1n)],
    ['uint32', Uint32Array.of(2 ** 31)],
  ] as const)('refuses a %s that float32 cannot hold', (type, values) => {
    expect(() => toFloat32('w', bytesOf(values), type)).toThrow(FormatError);
  });

  test('every float16 agrees with its definition', () => {
    fc.assert(
      fc.property(fc.nat(0xffff), (bits) => {
        const value = halfToNumber(bits);
        if (Number.isNaN(value)) return (bits & 0x7c00) === 0x7c00 && (bits & 0x3ff) !== 0;
        const next = halfToNumber(bits ^ 1);
        return (
          Math.sign(1 / value) === (bits & 0x8000 ? -1 : 1) && (next !== value || !Number.isFinite(value))
        );
      }),
    );
  });
});

test('a whole number without dimensions is a counter, not a weight', () => {
  expect(tensorFrom('steps', [], 'int64', bytesOf(BigInt64Array.of(2n ** 40n)))).toBeUndefined();
  expect(tensorFrom('scale', [], 'float32', bytesOf(Float32Array.of(2)))?.data).toEqual(Float32Array.of(2));
});

test.each([[[-1]], [[1.5]], [[2 ** 32, 2 ** 31]], [new Array(33).fill(1)], [[0, 2 ** 60]]])(
  'the shape %j is impossible',
  (shape) => {
    expect(() => elementsOf('w', shape)).toThrow('impossible shape');
  },
);

test('float32 of bytes that are the caller’s alone is read in place, all else and what lies askew is copied', () => {
  const bytes = new Uint8Array(new Float32Array([1, 2, 3]).buffer);
  const inPlace = tensorOfOwn('x', [2], 'float32', bytes.subarray(4))!;
  expect(inPlace).toEqual(tensorFrom('x', [2], 'float32', bytes.subarray(4)));
  expect(inPlace.data.buffer).toBe(bytes.buffer);
  const askew = new Uint8Array(9);
  askew.set(bytes.subarray(0, 8), 1);
  expect(tensorOfOwn('x', [2], 'float32', askew.subarray(1))!.data).toEqual(Float32Array.of(1, 2));
  expect(tensorOfOwn('x', [1], 'float64', new Uint8Array(8))!.data).toEqual(Float32Array.of(0));
  expect(() => tensorOfOwn('x', [2], 'float32', bytes)).toThrow('takes 8 bytes as float32 and has 12');
});
