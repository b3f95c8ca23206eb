import { expect, test } from 'vitest';
import { lendingNothing } from './own-memory.js';
import { nativeBinding } from './tensorflow.js';

type Values = Float32Array | Int32Array | Uint8Array;

/** As many arrays as it takes for some to begin at a multiple of 64 bytes, where TensorFlow would take over a loan. */
const many = Array.from({ length: 64 });

const ours = nativeBinding();
const addons = [
  ['the addon in use', ours],
  ['an addon made to lend nothing', lendingNothing(ours)],
] as const;

const kinds = [
  ['TF_FLOAT', (length: number) => new Float32Array(length)],
  ['TF_INT32', (length: number) => new Int32Array(length)],
  ['TF_BOOL', (length: number) => new Uint8Array(length)],
  ['TF_UINT8', (length: number) => new Uint8Array(length)],
] as const;

test.each(addons.flatMap(([name, addon]) => kinds.map(([type, make]) => ({ name, addon, type, make }))))(
  '$name: $type tensors keep their values when the array that they came from changes',
  ({ addon, type, make }) => {
    const read = many.map(() => {
      const values: Values = make(256).fill(1);
      const id = addon.createTensor([256], addon[type] as number, values);
      values.fill(0);
      // tfjs-node reads no uint8 tensor: as float32 it does.
      const [asFloat] = addon.executeOp(
        'Cast',
        [
          { name: 'SrcT', type: addon['TF_ATTR_TYPE'], value: addon[type] },
          { name: 'DstT', type: addon['TF_ATTR_TYPE'], value: addon['TF_FLOAT'] },
        ],
        [id],
        1,
      );
      const result = addon.tensorDataSync(asFloat!.id);
      addon.deleteTensor(id);
      addon.deleteTensor(asFloat!.id);
      return result.every((value) => value === 1);
    });
    expect(read.filter((kept) => !kept)).toEqual([]);
  },
);

test('an addon that lends is given copies that TensorFlow copies again at once: none begins at a multiple of 64 bytes', () => {
  const given: unknown[] = [];
  const lending = {
    createTensor: (_shape: number[], _dtype: number, values: unknown) => given.push(values),
    version: 'other properties stay',
  };
  const addon = lendingNothing(lending);
  const part = new Float32Array([0, 1, 2, 3]).subarray(1, 3);
  const texts = [new Uint8Array([1])];
  addon.createTensor([2], 1, part);
  addon.createTensor([0], 3, new Int32Array(0));
  addon.createTensor([3], 4, Buffer.from([7, 8, 9]));
  addon.createTensor([1], 7, texts as never);
  const views = given.slice(0, 3) as Values[];
  expect(views.map((values) => [...values])).toEqual([[1, 2], [], [7, 8, 9]]);
  expect(views.map((values) => values.byteOffset % 16)).toEqual([8, 8, 8]);
  expect(views[0]).toBeInstanceOf(Float32Array);
  expect(given[3]).toBe(texts);
  expect(addon.version).toBe('other properties stay');
});
