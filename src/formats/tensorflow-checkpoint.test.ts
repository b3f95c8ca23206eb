import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectSurvivesDamage } from '../../test/damage.js';
import { tableOf } from '../../test/table-writer.js';
import { saveCheckpoint } from '../../test/tensorflow-writer.js';
import { UserError } from '../runtime/errors.js';
import { maskedCrc32c } from './checksum.js';
import { Cursor } from './cursor.js';
import { readTensorFlowCheckpoint } from './tensorflow-checkpoint.js';

const folder = mkdtempSync(join(tmpdir(), 'finetune-checkpoint-'));
const prefix = join(folder, 'model.ckpt');
const small = join(folder, 'small');
afterAll(() => rmSync(folder, { recursive: true }));

const counting = (...shape: number[]) => ({
  shape,
  values: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i),
});
const many = Array.from(
  { length: 300 },
  (_, i) => [`many/variable_${i}/gamma`, { shape: [], values: [i] }] as const,
);
const bias = 'layer_with_weights-0/bias/.ATTRIBUTES/VARIABLE_VALUE';

beforeAll(() => {
  saveCheckpoint(prefix, {
    'conv1/weights': counting(1, 2, 3, 2),
    [bias]: { shape: [2], values: [1.5, -2] },
    ...Object.fromEntries(many),
  });
  saveCheckpoint(small, { 'a/kernel': counting(2, 3), 'a/bias': counting(3), b: counting() });
});

describe('readTensorFlowCheckpoint', () => {
  test('reads what TensorFlow wrote, over many blocks', async () => {
    const tensors = await readTensorFlowCheckpoint(`${prefix}.index`);
    expect(tensors.size).toBe(302);
    expect(tensors.get('conv1/weights')).toEqual({
      shape: [1, 2, 3, 2],
      data: Float32Array.from({ length: 12 }, (_, i) => i),
    });
    expect(tensors.get('layer_with_weights-0/bias')).toEqual({ shape: [2], data: Float32Array.of(1.5, -2) });
    expect(tensors.get('many/variable_299/gamma')).toEqual({ shape: [], data: Float32Array.of(299) });
  });

  const index = () => readFileSync(`${prefix}.index`);
  const data = () => readFileSync(`${prefix}.data-00000-of-00001`);
  async function readPair(indexBytes: Uint8Array, dataBytes: Uint8Array) {
    const path = join(folder, 'damaged');
    writeFileSync(`${path}.index`, indexBytes);
    writeFileSync(`${path}.data-00000-of-00001`, dataBytes);
    return readTensorFlowCheckpoint(`${path}.index`);
  }

  test('refuses values that are cut short or changed', async () => {
    await expect(readPair(index(), data().subarray(0, 100))).rejects.toThrow('describes');
    const changed = data();
    changed[3]! ^= 1;
    await expect(readPair(index(), changed)).rejects.toThrow('checksum');
  });

  test('refuses an index that is cut short, changed or empty', async () => {
    await expect(readPair(index().subarray(0, -1), data())).rejects.toThrow(UserError);
    await expect(readPair(new Uint8Array(), data())).rejects.toThrow('too short');
    const changed = index();
    changed[40]! ^= 1;
    await expect(readPair(changed, data())).rejects.toThrow('checksum');
  });

  test('says which file of values is missing', async () => {
    writeFileSync(join(folder, 'alone.index'), index());
    await expect(readTensorFlowCheckpoint(join(folder, 'alone.index'))).rejects.toThrow(
      'alone.data-00000-of-00001',
    );
  });

  const smallIndex = () => readFileSync(`${small}.index`);
  const smallData = () => readFileSync(`${small}.data-00000-of-00001`);

  test('survives damage to the index', async () => {
    await expectSurvivesDamage(smallIndex(), (bytes) => readPair(bytes, smallData()));
  });

  test('survives damage whose checksums are right', async () => {
    const block = entriesBlock(smallIndex());
    const read = (bytes: Uint8Array) => readPair(tableOf(bytes), smallData());
    expect((await read(block)).size).toBe(3);
    await expectSurvivesDamage(block, read);
  });
});

/** The block of entries that a small index starts with: what comes after it has known lengths. */
function entriesBlock(index: Uint8Array): Uint8Array {
  const footer = new Cursor(index, index.length - 48);
  const metaOffset = footer.varintLength();
  return index.subarray(0, metaOffset - 5);
}

test('the checksum is that of the standard: CRC-32C of "123456789" is 0xe3069283', () => {
  const crc = 0xe3069283;
  const masked = (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
  expect(maskedCrc32c(Buffer.from('12345'), Buffer.from('6789'))).toBe(masked);
});
