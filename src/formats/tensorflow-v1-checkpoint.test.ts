import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { expectSurvivesDamage } from '../../test/damage.js';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { bytesField, floats, message, varintField } from '../../test/protobuf-writer.js';
import { table } from '../../test/table-writer.js';
import { shapeMessage } from '../../test/tensorflow-writer.js';
import { readTensorFlowCheckpoint } from './tensorflow-checkpoint.js';

const { scratch } = scratchFolders();

const [float32, int64, half] = [1, 9, 19];
const listed = (name: string, shape: readonly number[], type: number) =>
  bytesField(1, message(bytesField(1, name), bytesField(2, shapeMessage(shape)), varintField(3, type)));
const extent = (start?: number, length?: number) =>
  bytesField(
    1,
    message(
      ...(start === undefined ? [] : [varintField(1, start)]),
      ...(length === undefined ? [] : [varintField(2, length)]),
    ),
  );
const slice = (name: string, extents: readonly Uint8Array[], values: Uint8Array) =>
  bytesField(2, message(bytesField(1, name), bytesField(2, message(...extents)), bytesField(3, values)));
const singles = (...values: number[]) => bytesField(5, floats(values));

const header = bytesField(
  1,
  message(
    listed('cut', [2, 4], float32),
    listed('global_step', [], int64),
    listed('scalar', [], float32),
    listed('halves', [2], half),
    listed('whole', [2, 2], float32),
  ),
);
const entries: [string, Uint8Array][] = [
  ['', header],
  ['a', slice('cut', [extent(), extent(0, 3)], singles(0, 1, 2, 4, 5, 6))],
  ['b', slice('cut', [extent(), extent(3, 1)], singles(3, 7))],
  ['c', slice('global_step', [], varintField(10, 7))],
  ['d', slice('scalar', [], singles(0.5))],
  // 1 and −2, packed as whole numbers
  ['e', slice('halves', [extent()], bytesField(13, Uint8Array.of(0x80, 0x78, 0x80, 0x80, 0x03)))],
  ['f', slice('whole', [extent(), extent()], singles(1, 2, 3, 4))],
];

async function read(bytes: Uint8Array) {
  const path = join(folder, 'model.ckpt');
  writeFileSync(path, bytes);
  return readTensorFlowCheckpoint(path);
}
const folder = scratch();

test('variables whole, in slices and in half precision; counters are left out', async () => {
  expect(Object.fromEntries(await read(table(entries)))).toEqual({
    cut: { shape: [2, 4], data: Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7) },
    scalar: { shape: [], data: Float32Array.of(0.5) },
    halves: { shape: [2], data: Float32Array.of(1, -2) },
    whole: { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
  });
});

test.each([
  ['a slice is missing', entries.toSpliced(2, 1), "'cut' is not whole"],
  [
    'a slice lies outside',
    entries.with(2, ['b', slice('cut', [extent(), extent(3, 2)], singles(3, 7))]),
    "slice of 'cut' lies outside",
  ],
  ['a slice is short', entries.with(2, ['b', slice('cut', [extent(), extent(3, 1)], singles(3))]), 'takes 8'],
  [
    'more is claimed than the file can hold',
    [['', bytesField(1, listed('big', [2 ** 20, 2 ** 10], float32))] as [string, Uint8Array]],
    'claims more values',
  ],
])('refused: %s', async (_, damaged, reason) => {
  await expect(read(table(damaged))).rejects.toThrow(reason);
});

test('survives damage', async () => {
  await expectSurvivesDamage(table(entries), read);
  for (let i = 0; i < entries.length; i++) {
    const [key, value] = entries[i]!;
    await expectSurvivesDamage(value, (bytes) => read(table(entries.with(i, [key, bytes]))), 8, 60);
  }
});
