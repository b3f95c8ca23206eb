import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { expectSurvivesDamage } from '../../test/damage.js';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { bytesField, floats, message, varint, varintField } from '../../test/protobuf-writer.js';
import { table } from '../../test/table-writer.js';
import { shapeMessage } from '../../test/tensorflow-writer.js';
import { maskedCrc32c } from './checksum.js';
import { readTensorFlowCheckpoint } from './tensorflow-checkpoint.js';
import { objectGraphKey } from './tensorflow-objects.js';

const { scratch } = scratchFolders();
const folder = scratch();

const suffix = '/.ATTRIBUTES/VARIABLE_VALUE';
const fixed32 = (value: number) => new Uint8Array(Uint32Array.of(value).buffer);

/** A checkpoint of these variables of one value each, by key, and a graph of objects that names them. */
async function read(values: Record<string, number>, names: Record<string, string>, graph = graphOf(names)) {
  const length = fixed32(graph.length);
  const checksum = fixed32(maskedCrc32c(length));
  const stored = message(varint(graph.length), checksum, graph);
  let data = stored;
  const entry = (type: number, shape: number[], content: Uint8Array, crc: number) => {
    const place = [varintField(4, data.length), varintField(5, content.length)];
    data = message(data, content);
    const sum = message(varint(6 * 8 + 5), fixed32(crc));
    return message(varintField(1, type), bytesField(2, shapeMessage(shape)), ...place, sum);
  };
  data = new Uint8Array();
  const graphEntry = entry(7, [], stored, maskedCrc32c(length, checksum, graph));
  const variables = Object.keys(values).map((key): [string, Uint8Array] => {
    const content = floats([values[key]!]);
    return [key, entry(1, [1], content, maskedCrc32c(content))];
  });
  const prefix = join(folder, 'model');
  writeFileSync(
    `${prefix}.index`,
    table([['', varintField(1, 1)], [objectGraphKey, graphEntry], ...variables]),
  );
  writeFileSync(`${prefix}.data-00000-of-00001`, data);
  return readTensorFlowCheckpoint(`${prefix}.index`);
}

function graphOf(names: Record<string, string>): Uint8Array {
  const nodes = Object.entries(names).map(([key, name]) => {
    const attribute = message(bytesField(1, 'VARIABLE_VALUE'), bytesField(2, name), bytesField(3, key));
    return bytesField(1, bytesField(2, attribute));
  });
  return message(bytesField(1, bytesField(1, message(varintField(1, 1), bytesField(2, 'model')))), ...nodes);
}

const found = async (...given: Parameters<typeof read>) =>
  Object.fromEntries([...(await read(...given))].map(([name, { data }]) => [name, data[0]]));

test("variables have the program's names, and their keys where there are none", async () => {
  const values = { [`model/a/0${suffix}`]: 1, [`model/b${suffix}`]: 2, [`optimizer/c${suffix}`]: 3 };
  const names = { [`model/a/0${suffix}`]: 'conv/kernel', [`optimizer/c${suffix}`]: 'adam/conv/kernel' };
  expect(await found(values, names)).toEqual({ 'conv/kernel': 1, 'model/b': 2 });
});

test('a variable that is stored twice counts once; one name for two stands for neither', async () => {
  const keys = ['a', 'b', 'c', 'd'].map((key) => `${key}${suffix}`);
  const values = Object.fromEntries(keys.map((key, i) => [key, i < 2 ? 1 : i]));
  const names = Object.fromEntries(keys.map((key, i) => [key, i < 2 ? 'same' : 'other']));
  expect(await found(values, names)).toEqual({ same: 1, c: 2, d: 3 });
});

test('survives damage to the graph of objects', async () => {
  const key = `a${suffix}`;
  await expectSurvivesDamage(
    graphOf({ [key]: 'conv/kernel' }),
    (graph) => read({ [key]: 1 }, {}, graph),
    8,
    100,
  );
});
