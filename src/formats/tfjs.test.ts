import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { expectSurvivesDamage } from '../../test/damage.js';
import { networkWeights } from '../models/network-weights.js';
import { modelSpec } from '../models/registry.js';
import { UserError } from '../runtime/errors.js';
import { fromKerasNames } from '../zoo/naming.js';
import { readTfjs } from './tfjs.js';

const shared = process.env['FINETUNE_SHARED'];
const folder = mkdtempSync(join(tmpdir(), 'finetune-tfjs-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(manifest: unknown, shards: Record<string, Uint8Array>): string {
  for (const [name, content] of Object.entries(shards)) writeFileSync(join(folder, name), content);
  const path = join(folder, 'model.json');
  writeFileSync(path, JSON.stringify(manifest));
  return path;
}

const affine = (dtype: string) => ({ dtype, scale: 0.5, min: -1, original_dtype: 'float32' });
const manifest = [
  {
    paths: ['a.bin', 'b.bin'],
    weights: [
      { name: 'plain', shape: [2], dtype: 'float32' },
      { name: 'half', shape: [2], dtype: 'float32', quantization: { dtype: 'float16' } },
      { name: 'byte', shape: [3], dtype: 'float32', quantization: affine('uint8') },
      { name: 'short', shape: [1, 1], dtype: 'float32', quantization: affine('uint16') },
    ],
  },
];
// 1.5, −2 as float32; 1, −0.5 as float16; then bytes and a short. The file's end falls inside a float.
const content = Uint8Array.from([0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0, 0, 0x3c, 0, 0xb8, 0, 2, 255, 1, 1]);
const shards = { 'a.bin': content.slice(0, 6), 'b.bin': content.slice(6) };

describe('readTfjs', () => {
  test.each([
    ['a model', { modelTopology: null, weightsManifest: manifest }],
    ['a bare manifest', manifest],
  ])('reads plain and quantised weights of %s, across files', async (_, json) => {
    const tensors = await readTfjs(write(json, shards));
    expect(tensors.get('plain')).toEqual({ shape: [2], data: Float32Array.of(1.5, -2) });
    expect(tensors.get('half')).toEqual({ shape: [2], data: Float32Array.of(1, -0.5) });
    expect(tensors.get('byte')).toEqual({ shape: [3], data: Float32Array.of(-1, 0, 126.5) });
    expect(tensors.get('short')).toEqual({ shape: [1, 1], data: Float32Array.of(127.5) });
  });

  test.each([
    ['in place', 4],
    ['as a copy where they do not lie at a multiple of four', 3],
  ])('reads float32 values %s', async (_, before) => {
    const weights = [
      { name: 'bytes', shape: [before], dtype: 'uint8' },
      { name: 'plain', shape: [2], dtype: 'float32' },
    ];
    const bytes = Uint8Array.from([...new Uint8Array(before).fill(7), ...content.subarray(0, 8)]);
    const tensors = await readTfjs(write([{ paths: ['c.bin'], weights }], { 'c.bin': bytes }));
    expect(tensors.get('bytes')).toEqual({ shape: [before], data: new Float32Array(before).fill(7) });
    const { shape, data } = tensors.get('plain')!;
    expect({ shape, data }).toEqual({ shape: [2], data: Float32Array.of(1.5, -2) });
    expect(data.byteOffset % 4).toBe(0);
    expect(data.buffer.byteLength === data.byteLength).toBe(before === 3);
  });

  const one = (weight: unknown, paths: unknown = ['a.bin']) => [{ paths, weights: [weight] }];
  test.each([
    [
      'a path out of the folder',
      one({ name: 'w', shape: [1], dtype: 'float32' }, ['../a.bin']),
      'no file beside',
    ],
    ['a file listed twice', one({ name: 'w', shape: [3], dtype: 'float32' }, ['a.bin', 'a.bin']), 'twice'],
    ['a missing file', one({ name: 'w', shape: [1], dtype: 'float32' }, ['none.bin']), 'There is no file'],
    ['a shape of 2^63', one({ name: 'w', shape: [2 ** 40, 2 ** 23], dtype: 'float32' }), 'impossible shape'],
    ['more values than bytes', one({ name: 'w', shape: [2], dtype: 'float32' }), 'ends too early'],
    ['fewer values than bytes', one({ name: 'w', shape: [1], dtype: 'float32' }), '2 bytes too long'],
    ['strings', one({ name: 'w', shape: [1], dtype: 'string' }), 'not of numbers'],
    ['inherited names', one({ name: 'w', shape: [1], dtype: 'constructor' }), 'not of numbers'],
    ['no manifest', { modelTopology: {} }, 'no weights manifest'],
  ])('refuses %s', async (_, json, reason) => {
    const path = write(json, shards);
    await expect(readTfjs(path)).rejects.toThrow(UserError);
    await expect(readTfjs(path)).rejects.toThrow(reason);
  });

  test('survives damage to the manifest', async () => {
    write({}, shards);
    const path = join(folder, 'damaged.json');
    const bytes = new TextEncoder().encode(JSON.stringify({ weightsManifest: manifest }));
    await expectSurvivesDamage(bytes, (damaged) => {
      writeFileSync(path, damaged);
      return readTfjs(path);
    });
  });
});

describe.skipIf(!shared)('published TF.js models (needs FINETUNE_SHARED)', () => {
  test('the quantised VGG-19 agrees with its float32 blocks to half a step', async () => {
    const quantised = await readTfjs(join(shared!, 'weights/tfjs/vgg19-notop-uint8/model.json'));
    const reference = await readTfjs(
      presentPart(join(shared!, 'weights/reference/vgg19-keras-blocks1-3-fp32')),
    );
    expect(reference.size).toBe(16);
    for (const [name, { shape, data }] of reference) {
      const other = quantised.get(name)!;
      expect(other.shape, name).toEqual(shape);
      const step = (Math.max(...extent(data)) - Math.min(...extent(data))) / 255;
      const error = data.reduce((worst, value, i) => Math.max(worst, Math.abs(value - other.data[i]!)), 0);
      expect(error, name).toBeLessThan(0.51 * step);
    }
    expect([...quantised.values()].reduce((sum, { data }) => sum + data.length, 0)).toBe(20_024_384);
  });

  test('MobileNet 0.25 fits the network, name by name', async () => {
    const network = modelSpec('mobilenet-v1-0.25').build();
    const tensors = await readTfjs(join(shared!, 'weights/tfjs/mobilenet-v1-0.25-224/model.json'));
    const weights = fromKerasNames(network, tensors);
    const expected = networkWeights(network);
    expect(weights.size).toBe(expected.length);
    for (const { name, shape } of expected) expect(weights.get(name)?.shape, name).toEqual(shape);
  });
});

/** The folder's model with only the groups of weights whose files are there. */
function presentPart(source: string): string {
  const { weightsManifest } = JSON.parse(readFileSync(join(source, 'model.json'), 'utf8'));
  const present = weightsManifest.filter(({ paths }: { paths: string[] }) =>
    paths.every((path) => existsSync(join(source, path))),
  );
  const target = mkdtempSync(join(folder, 'part-'));
  for (const path of present.flatMap(({ paths }: { paths: string[] }) => paths)) {
    symlinkSync(join(source, path), join(target, path));
  }
  writeFileSync(join(target, 'model.json'), JSON.stringify(present));
  return join(target, 'model.json');
}

function extent(values: Float32Array): [number, number] {
  return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
}
