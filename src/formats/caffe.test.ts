import { describe, expect, test } from 'vitest';
import { expectSurvivesDamage } from '../../test/damage.js';
import {
  bytesField,
  doubles,
  fixed32Field,
  floats,
  message,
  varint,
  varintField,
} from '../../test/protobuf-writer.js';
import { UserError } from '../runtime/errors.js';
import { readCaffe } from './caffe.js';

const count = (n: number) => Array.from({ length: n }, (_, i) => i);
const dims = (...sides: (number | bigint)[]) => bytesField(7, bytesField(1, message(...sides.map(varint))));
const blob = (shape: number[], values: number[]) => message(dims(...shape), bytesField(5, floats(values)));
const layer = (name: string, type: string, ...blobs: Uint8Array[]) =>
  bytesField(100, message(bytesField(1, name), bytesField(2, type), ...blobs.map((b) => bytesField(7, b))));
const v1Layer = (name: string, type: number, ...blobs: Uint8Array[]) =>
  bytesField(2, message(bytesField(4, name), varintField(5, type), ...blobs.map((b) => bytesField(6, b))));
const legacyBlob = (shape: number[], ...values: Uint8Array[]) =>
  message(...shape.map((side, i) => varintField(i + 1, side)), ...values);

describe('readCaffe', () => {
  test('turns convolution kernels into HWIO and inner products into [inputs, units]', async () => {
    const net = message(
      bytesField(1, 'net'),
      layer('conv', 'Convolution', blob([2, 3, 1, 2], count(12)), blob([2], [5, 6])),
      layer('fc', 'InnerProduct', blob([2, 3], count(6)), blob([2], [7, 8])),
      layer('relu', 'ReLU'),
    );
    const tensors = await readCaffe(net);
    expect([...tensors.keys()]).toEqual(['conv/kernel', 'conv/bias', 'fc/kernel', 'fc/bias']);
    expect(tensors.get('conv/kernel')).toEqual({
      shape: [1, 2, 3, 2],
      data: Float32Array.of(0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11),
    });
    expect(tensors.get('fc/kernel')).toEqual({ shape: [3, 2], data: Float32Array.of(0, 3, 1, 4, 2, 5) });
    expect(tensors.get('fc/bias')).toEqual({ shape: [2], data: Float32Array.of(7, 8) });
  });

  test('reads V1 layers, four-dimensional blobs, unpacked floats and doubles', async () => {
    const net = message(
      v1Layer('conv', 4, legacyBlob([1, 2, 1, 1], fixed32Field(5, 1.5), fixed32Field(5, 2.5))),
      v1Layer('fc', 14, legacyBlob([1, 1, 1, 2], bytesField(8, doubles([3, 4])))),
    );
    const tensors = await readCaffe(net);
    expect(tensors.get('conv/kernel')).toEqual({ shape: [1, 1, 2, 1], data: Float32Array.of(1.5, 2.5) });
    expect(tensors.get('fc/kernel')).toEqual({ shape: [2, 1], data: Float32Array.of(3, 4) });
  });

  test('reads V0 layers, which lie in a field of their own', async () => {
    const v0Layer = (name: string, type: string, ...blobs: Uint8Array[]) =>
      message(bytesField(1, name), bytesField(2, type), ...blobs.map((b) => bytesField(50, b)));
    const net = message(
      bytesField(1, 'net'),
      bytesField(2, message(bytesField(1, v0Layer('data', 'data')), bytesField(3, 'data'))),
      bytesField(
        2,
        bytesField(1, v0Layer('conv', 'conv', legacyBlob([1, 2, 1, 1], bytesField(5, floats([1, 2]))))),
      ),
      bytesField(
        2,
        message(
          bytesField(
            1,
            v0Layer('fc', 'innerproduct', legacyBlob([1, 1, 2, 1], bytesField(5, floats([3, 4])))),
          ),
          bytesField(2, 'conv'),
          bytesField(3, 'fc'),
        ),
      ),
    );
    const tensors = await readCaffe(net);
    expect([...tensors.keys()]).toEqual(['conv/kernel', 'fc/kernel']);
    expect(tensors.get('conv/kernel')).toEqual({ shape: [1, 1, 2, 1], data: Float32Array.of(1, 2) });
    expect(tensors.get('fc/kernel')).toEqual({ shape: [1, 2], data: Float32Array.of(3, 4) });
    await expectSurvivesDamage(net, readCaffe);
  });

  test("divides BatchNorm's statistics by its scale factor", async () => {
    const net = message(
      layer('bn', 'BatchNorm', blob([2], [2, 4]), blob([2], [6, 8]), blob([1], [2])),
      layer('scale', 'Scale', blob([2], [1, 2]), blob([2], [3, 4])),
    );
    const tensors = await readCaffe(net);
    expect(tensors.get('bn/mean')?.data).toEqual(Float32Array.of(1, 2));
    expect(tensors.get('bn/variance')?.data).toEqual(Float32Array.of(3, 4));
    expect(tensors.get('scale/gamma')?.data).toEqual(Float32Array.of(1, 2));
  });

  test.each([
    ['an empty file', new Uint8Array(), 'no layer with weights'],
    ['text', new TextEncoder().encode('name: "net"'), 'but'],
    [
      'a shape of 2^63 values',
      layer('c', 'Convolution', message(dims(2n ** 31n, 2n ** 31n, 2, 1), bytesField(5, floats([1])))),
      'impossible shape',
    ],
    ['a negative side', layer('c', 'Convolution', blob([-1, 1, 1, 1], [1])), 'impossible shape'],
    ['too few values', layer('c', 'Convolution', blob([2, 1, 1, 1], [1])), 'takes 8 bytes'],
    ['a cut value', layer('c', 'Convolution', message(dims(1), bytesField(5, 'abc'))), 'takes 4 bytes'],
  ])('refuses %s', async (_, bytes, reason) => {
    await expect(readCaffe(bytes)).rejects.toThrow(UserError);
    await expect(readCaffe(bytes)).rejects.toThrow(reason);
  });

  test('survives damage', async () => {
    const net = message(
      bytesField(1, 'net'),
      layer('conv', 'Convolution', blob([2, 3, 1, 2], count(12)), blob([2], [5, 6])),
      v1Layer('fc', 14, legacyBlob([1, 1, 2, 2], bytesField(8, doubles([3, 4, 5, 6])))),
      layer('bn', 'BatchNorm', blob([2], [2, 4]), blob([2], [6, 8]), blob([1], [2])),
    );
    await expectSurvivesDamage(net, readCaffe);
  });
});
