import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { expectSurvivesDamage } from '../../test/damage.js';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { onnxModel, onnxNode, onnxTensor, onnxTensorElsewhere } from '../../test/onnx-writer.js';
import {
  bytesField,
  doubles,
  fixed32Field,
  floats,
  message,
  varint,
  varintField,
} from '../../test/protobuf-writer.js';
import { NetworkBuilder } from '../models/network-builder.js';
import { UserError } from '../runtime/errors.js';
import { readOnnx } from './onnx.js';
import { fromTensorFlowOnnxNames } from '../zoo/tensorflow-onnx-names.js';

const types = { float32: 1, int64: 7, float16: 10, float64: 11, bfloat16: 16 };
const count = (n: number) => Array.from({ length: n }, (_, i) => i);
const raw = (content: Uint8Array) => bytesField(9, content);

/** A TensorProto; `values` is whatever fields hold its values. */
const tensor = (name: string, type: number, shape: (number | bigint)[], ...values: Uint8Array[]) =>
  message(bytesField(1, message(...shape.map(varint))), varintField(2, type), bytesField(8, name), ...values);
const model = (...initialisers: Uint8Array[]) =>
  message(
    varintField(1, 8),
    bytesField(2, 'an exporter'),
    bytesField(7, message(bytesField(2, 'graph'), ...initialisers.map((t) => bytesField(5, t)))),
  );

describe('readOnnx', () => {
  test('reads raw, packed and unpacked values and leaves out whole numbers', async () => {
    const { tensors } = await readOnnx(
      model(
        tensor('raw', types.float32, [2, 1], raw(floats([1, 2]))),
        tensor('packed', types.float32, [2], bytesField(4, floats([3, 4]))),
        tensor('unpacked', types.float32, [2], fixed32Field(4, 5), fixed32Field(4, 6)),
        tensor('half', types.float16, [1], raw(Uint8Array.of(0x00, 0x3c))),
        tensor('double', types.float64, [1], bytesField(10, doubles([7]))),
        tensor('shape', types.int64, [1], raw(new Uint8Array(8))),
      ),
    );
    expect([...tensors.keys()]).toEqual(['raw', 'packed', 'unpacked', 'half', 'double']);
    expect(tensors.get('raw')).toEqual({ shape: [2, 1], data: Float32Array.of(1, 2) });
    expect(tensors.get('packed')?.data).toEqual(Float32Array.of(3, 4));
    expect(tensors.get('unpacked')?.data).toEqual(Float32Array.of(5, 6));
    expect(tensors.get('half')?.data).toEqual(Float32Array.of(1));
    expect(tensors.get('double')?.data).toEqual(Float32Array.of(7));
  });

  test.each([
    ['an empty file', new Uint8Array(), 'holds no initialisers'],
    ['a graph without weights', model(), 'holds no initialisers'],
    [
      'too few values',
      model(tensor('w', 1, [3], raw(floats([1])))),
      "tensor 'w' of shape [3] takes 12 bytes",
    ],
    ['a shape of 2^63', model(tensor('w', 1, [2n ** 63n - 1n], raw(floats([1])))), 'impossible shape'],
    ['a negative side', model(tensor('w', 1, [-1n], raw(floats([1])))), 'impossible shape'],
    ['tensors in another file', model(tensor('w', 1, [1], varintField(14, 1))), "tensor 'w' in another file"],
    ['two tensors of one name', model(tensor('w', 1, [0]), tensor('w', 1, [0])), "two tensors 'w'"],
    ['a cut file', model(tensor('w', 1, [2], raw(floats([1, 2])))).slice(0, -3), 'it ends too early'],
  ])('refuses %s', async (_, bytes, reason) => {
    await expect(readOnnx(bytes)).rejects.toThrow(UserError);
    await expect(readOnnx(bytes)).rejects.toThrow(reason);
  });

  test('reads halves that are kept in the field of whole numbers', async () => {
    const packed = message(...[0x3c00, 0xc000, 0, 1].map(varint));
    const { tensors } = await readOnnx(
      model(
        tensor('packed', types.float16, [4], bytesField(5, packed)),
        tensor('unpacked', types.float16, [2], varintField(5, 0x3c00), varintField(5, 0)),
        tensor('brain', types.bfloat16, [1], bytesField(5, message(varint(0x3f80)))),
      ),
    );
    expect(tensors.get('packed')?.data).toEqual(Float32Array.of(1, -2, 0, 2 ** -24));
    expect(tensors.get('unpacked')?.data).toEqual(Float32Array.of(1, 0));
    expect(tensors.get('brain')?.data).toEqual(Float32Array.of(1));
    const short = model(tensor('w', types.float16, [3], bytesField(5, packed)));
    await expect(readOnnx(short)).rejects.toThrow('takes 6 bytes as float16');
    const long = model(tensor('w', types.float16, [5], bytesField(5, packed)));
    await expect(readOnnx(long)).rejects.toThrow('takes 10 bytes as float16 and has 8');
  });

  test('reads constants of the graph, and tensors that are handed on under another name', async () => {
    const constant = message(
      bytesField(2, 'made'),
      bytesField(4, 'Constant'),
      bytesField(
        5,
        message(bytesField(1, 'value'), bytesField(5, tensor('', types.float32, [1], raw(floats([5]))))),
      ),
    );
    const { tensors } = await readOnnx(
      onnxModel([onnxTensor('w', [1], [2])], [constant, onnxNode('Identity', ['w'], 'again')]),
    );
    expect([...tensors].map(([name, { data }]) => [name, data[0]])).toEqual([
      ['made', 5],
      ['w', 2],
      ['again', 2],
    ]);
  });

  test('survives damage', async () => {
    const sound = model(
      tensor('kernel', types.float32, [2, 3, 1, 2], raw(floats(count(12)))),
      tensor('bias', types.float32, [2], bytesField(4, floats([3, 4]))),
      tensor('shape', types.int64, [1], raw(new Uint8Array(8))),
    );
    await expectSurvivesDamage(sound, async (bytes) => (await readOnnx(bytes)).tensors);
  });
});

describe('values in other files', () => {
  const { scratch } = scratchFolders();

  test('are found beside the model, from their offset on', async () => {
    const folder = scratch();
    const path = join(folder, 'model.onnx');
    const file = (location: string, shape: number[], entries: Record<string, string> = {}) =>
      writeFile(path, onnxModel([onnxTensorElsewhere('w', shape, { location, ...entries })]));
    await mkdir(join(folder, 'parts'));
    await writeFile(join(folder, 'model.data'), floats([1, 2, 3, 4]));
    await writeFile(join(folder, 'parts', 'w'), floats([5]));

    await file('model.data', [2], { offset: '4', length: '8', checksum: 'x' });
    expect((await readOnnx(path)).tensors.get('w')?.data).toEqual(Float32Array.of(2, 3));
    await file('parts/w', [1]);
    expect((await readOnnx(path)).tensors.get('w')?.data).toEqual(Float32Array.of(5));

    await file('model.data', [4], { offset: '4' });
    await expect(readOnnx(path)).rejects.toThrow(
      /model.data' to be the file in which .* it ends after 16 bytes/,
    );
    await file('model.data', [2], { length: '4' });
    await expect(readOnnx(path)).rejects.toThrow("tensor 'w' takes 8 bytes and has 4");
    await file('none.data', [1]);
    await expect(readOnnx(path)).rejects.toThrow(
      /in 'none.data', which is not beside it. Put both files into one/,
    );
    await file('parts', [1]);
    await expect(readOnnx(path)).rejects.toThrow('it is not a file');
  });

  test.each(['/etc/hostname', '../model.data', 'parts/../../x', '.', '', 'a\0b'])(
    'are not looked for at %j',
    async (location) => {
      const path = join(scratch(), 'model.onnx');
      await writeFile(path, onnxModel([onnxTensorElsewhere('w', [1], { location })]));
      await expect(readOnnx(path)).rejects.toThrow('outside its folder');
    },
  );
});

test("TensorFlow's paths become our names, kernels our layouts", () => {
  const net = new NetworkBuilder('small', [4, 4, 2]);
  let x = net.convolution('input', 'conv', { filters: 3, kernel: [1, 2] });
  x = net.depthwise(x, 'depthwise', { kernel: [2, 1] });
  x = net.globalAverage(x, 'pool');
  net.dense(x, 'logits', { units: 2 });
  const of = (...shape: number[]) => ({
    shape,
    data: Float32Array.from(count(shape.reduce((a, b) => a * b, 1))),
  });
  const renamed = fromTensorFlowOnnxNames(
    net.build(),
    new Map([
      ['model/conv_1/convolution/ReadVariableOp:0', of(3, 2, 1, 2)],
      ['model/conv_1/Squeeze:0', of(3)],
      ['model/depthwise/depthwise/ReadVariableOp:0', of(3, 1, 2, 1)],
      ['model/logits_2/Cast/ReadVariableOp:0', of(3, 2)],
      ['model/other_1/Cast/ReadVariableOp:0', of(3, 2)],
    ]),
  );
  expect(Object.fromEntries([...renamed].map(([name, { shape }]) => [name, shape]))).toEqual({
    'conv/kernel': [1, 2, 2, 3],
    'conv/bias': [3],
    'depthwise/kernel': [2, 1, 3, 1],
    'logits/kernel': [3, 2],
    'model/other_1/Cast/ReadVariableOp:0': [3, 2],
  });
  expect(renamed.get('conv/kernel')?.data).toEqual(Float32Array.of(0, 4, 8, 2, 6, 10, 1, 5, 9, 3, 7, 11));
});
