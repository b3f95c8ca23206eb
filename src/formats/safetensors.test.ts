import { describe, expect, test } from 'vitest';
import { expectSurvivesDamage } from '../../test/damage.js';
import { floats } from '../../test/protobuf-writer.js';
import { UserError } from '../runtime/errors.js';
import { readSafetensors, readSafetensorsWithMetadata, safetensorsBytes } from './safetensors.js';

function file(header: unknown, values: Uint8Array, headerLength?: bigint): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(headerLength ?? BigInt(json.length));
  return Buffer.concat([length, json, values]);
}

const values = Buffer.concat([floats([1, -2]), Buffer.from([0x80, 0x3f, 0x00, 0x3c])]);
const header = {
  __metadata__: { format: 'pt' },
  half: { dtype: 'F16', shape: [], data_offsets: [10, 12] },
  'layer.weight': { dtype: 'F32', shape: [1, 2], data_offsets: [0, 8] },
  brain: { dtype: 'BF16', shape: [1], data_offsets: [8, 10] },
};

test('what is written is read back, aligned to eight bytes whatever its names are written in', async () => {
  const random = Float32Array.of(1.5, -0, Infinity, 1e-40);
  for (const name of ['a', 'größe', '重み', 'tidy/kernel']) {
    const tensors = new Map([
      [name, { shape: [2, 2], data: random }],
      [`${name}/empty`, { shape: [0, 3], data: new Float32Array() }],
      // a view of other memory
      [`${name}/part`, { shape: [2], data: random.subarray(1, 3) }],
    ]);
    const metadata = { note: name };
    const bytes = safetensorsBytes(tensors, metadata);
    expect(await readSafetensorsWithMetadata(bytes)).toEqual({ tensors, metadata });
    expect(Number(Buffer.from(bytes).readBigUInt64LE(0)) % 8).toBe(0);
  }
});

describe('readSafetensors', () => {
  test('reads tensors wherever they lie, in the order of the header', async () => {
    expect([...(await readSafetensors(file(header, values)))]).toEqual([
      ['half', { shape: [], data: Float32Array.of(1) }],
      ['layer.weight', { shape: [1, 2], data: Float32Array.of(1, -2) }],
      ['brain', { shape: [1], data: Float32Array.of(1) }],
    ]);
  });

  const one = (entry: object) => ({ w: { dtype: 'F32', shape: [2], data_offsets: [0, 8], ...entry } });
  const eight = values.subarray(0, 8);
  test.each([
    ['an empty file', new Uint8Array(), 'ends after 0 bytes'],
    ['a header longer than the file', file(header, values, 10_000n), 'ends after'],
    ['a header of 2^63 bytes', file(header, values, 2n ** 63n), 'impossible length'],
    ['a header of a gigabyte', file(header, values, 2n ** 30n), '1073741824 bytes long'],
    ['no JSON', file('{', eight), 'not JSON'],
    ['a list', file('[]', eight), 'lists no tensors'],
    ['a gap', file(one({ shape: [1], data_offsets: [4, 8] }), eight), 'does not follow'],
    ['bytes that no tensor has', file(one({ shape: [1], data_offsets: [0, 4] }), eight), 'describes'],
    ['tensors that overlap', file({ ...one({}), v: one({}).w }, eight), 'does not follow'],
    ['a shape of 2^63 values', file(one({ shape: [2 ** 32, 2 ** 31] }), eight), 'impossible shape'],
    ['a shape unlike its bytes', file(one({ shape: [3] }), eight), 'takes 12 bytes'],
    ['no type', file(one({ dtype: 8 }), eight), 'has no type'],
    ['no shape', file(one({ shape: 'two' }), eight), 'no shape or place'],
  ])('refuses %s', async (_, bytes, reason) => {
    await expect(readSafetensors(bytes)).rejects.toThrow(UserError);
    await expect(readSafetensors(bytes)).rejects.toThrow(reason);
  });

  test('leaves out what is not chosen, and types that are not read, and says which', async () => {
    const bytes = file({ a: one({}).w, b: { dtype: 'F8_E4M3', shape: [4], data_offsets: [8, 12] } }, values);
    const unread: string[] = [];
    const onUnread = (...told: string[]) => unread.push(told.join(' '));
    expect([...(await readSafetensors(bytes, { onUnread })).keys()]).toEqual(['a']);
    expect(unread).toEqual(['b F8_E4M3']);
    expect((await readSafetensors(bytes, { choose: () => new Set(['b']) })).size).toBe(0);
  });

  test('survives damage', () => expectSurvivesDamage(file(header, values), readSafetensors));
});
