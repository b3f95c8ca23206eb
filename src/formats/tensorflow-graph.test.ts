import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
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
import {
  constant,
  copyAfter,
  floatConstant,
  graphDef,
  node,
  runSavedModel,
  saveCheckpoint,
  writeSavedModel,
} from '../../test/tensorflow-writer.js';
import { readFrozenGraph, readSavedModel } from './tensorflow-graph.js';

const folder = mkdtempSync(join(tmpdir(), 'finetune-graph-'));
afterAll(() => rmSync(folder, { recursive: true }));

const graph = graphDef(
  floatConstant('kernel', { shape: [2, 2], values: [1, 2, 3, 4] }),
  constant('listed', 1, [3], bytesField(5, floats([1, 2, 3]))),
  constant('unpacked', 1, [2], fixed32Field(5, 1), fixed32Field(5, 2)),
  constant('repeated', 1, [4], fixed32Field(5, 1), fixed32Field(5, 2)),
  constant('zeros', 1, [2]),
  constant('double', 2, [1], bytesField(6, doubles([0.5]))),
  constant('half', 19, [2], bytesField(13, message(varint(0x3c00), varint(0xc000)))),
  constant('brain', 14, [1], varintField(13, 0x3f80)),
  constant('axes', 3, [2], bytesField(7, message(varint(1), varint(2)))),
  constant('text', 7, [], bytesField(8, 'hello')),
  ...copyAfter('kernel'),
);

describe('readFrozenGraph', () => {
  test('reads constants however they are written, as TensorFlow does', async () => {
    writeSavedModel(join(folder, 'frozen'), graph);
    runSavedModel(join(folder, 'frozen'));
    const tensors = await readFrozenGraph(graph);
    const values = [...tensors].map(([name, { shape, data }]) => [name, shape, [...data]]);
    expect(values).toEqual([
      ['kernel', [2, 2], [1, 2, 3, 4]],
      ['listed', [3], [1, 2, 3]],
      ['unpacked', [2], [1, 2]],
      ['repeated', [4], [1, 2, 2, 2]],
      ['zeros', [2], [0, 0]],
      ['double', [1], [0.5]],
      ['half', [2], [1, -2]],
      ['brain', [1], [1]],
    ]);
  });

  test.each([
    ['an empty file', new Uint8Array(), 'no constants'],
    ['a graph without constants', graphDef(node('in', 'Placeholder', [], {})), 'no constants'],
    ['text', Buffer.from('{"format": "graph-model"}'), 'but'],
    [
      'a value that stands for too many',
      graphDef(constant('w', 1, [2 ** 28], fixed32Field(5, 1))),
      'too often',
    ],
    ['a shape of 2^63 values', graphDef(constant('w', 1, [2 ** 32, 2 ** 31])), 'impossible shape'],
    ['an unknown side', graphDef(constant('w', 1, [-1])), 'impossible shape'],
    ['too few bytes', graphDef(constant('w', 1, [2], bytesField(4, floats([1])))), 'takes 8 bytes'],
    ['too many values', graphDef(constant('w', 1, [1], bytesField(5, floats([1, 2])))), 'takes 4 bytes'],
  ])('refuses %s', async (_, bytes, reason) => {
    await expect(readFrozenGraph(bytes)).rejects.toThrow(reason);
  });

  test('survives damage', async () => {
    const bounded = graphDef(
      floatConstant('kernel', { shape: [2, 2], values: [1, 2, 3, 4] }),
      constant('half', 19, [2], bytesField(13, message(varint(0x3c00), varint(0xc000)))),
    );
    // A constant may repeat its value up to 2^24 times, whatever the file's size.
    await expectSurvivesDamage(bounded, readFrozenGraph, 2 ** 24);
  });
});

describe('readSavedModel', () => {
  test('reads variables and constants', async () => {
    const directory = join(folder, 'saved');
    writeSavedModel(directory, graph);
    saveCheckpoint(join(directory, 'variables', 'variables'), {
      'dense/bias': { shape: [2], values: [5, 6] },
    });
    const tensors = await readSavedModel(directory);
    expect(tensors.get('dense/bias')?.data).toEqual(Float32Array.of(5, 6));
    expect(tensors.get('kernel')?.data).toEqual(Float32Array.of(1, 2, 3, 4));
  });

  test('says what is missing', async () => {
    await expect(readSavedModel(folder)).rejects.toThrow('saved_model.pb');
  });
});
