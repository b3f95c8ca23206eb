import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { folderOf, temporaryFolder } from '../../test/helpers/picture-folders.js';
import { Random } from '../runtime/random.js';
import { idxFolder, readIdx } from './idx.js';

function idxBytes(shape: readonly number[], values: Iterable<number>, type = 8): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, type, shape.length]);
  for (const [i, side] of shape.entries()) header.writeUInt32BE(side, 4 + 4 * i);
  return Buffer.concat([header, Uint8Array.from(values)]);
}

const good = idxBytes([2, 3], [1, 2, 3, 4, 5, 6]);

describe('an idx file', () => {
  test('reads back, plain and zipped', async () => {
    const side = fc.integer({ min: 0, max: 6 });
    await fc.assert(
      fc.asyncProperty(fc.array(side, { minLength: 1, maxLength: 4 }), async (shape) => {
        const length = shape.reduce((a, b) => a * b, 1);
        const values = Array.from({ length }, (_, i) => (i * 37) % 256);
        const bytes = idxBytes(shape, values);
        const root = await folderOf({ plain: bytes, 'zipped.gz': gzipSync(bytes) });
        for (const name of ['plain', 'zipped.gz']) {
          const { shape: read, data } = await readIdx(join(root, name));
          expect([read, [...data]]).toEqual([shape, values]);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('longer than one chunk', async () => {
    const values = Uint8Array.from({ length: 1_000_000 }, (_, i) => i % 251);
    const bytes = idxBytes([1000, 1000], values);
    const root = await folderOf({ plain: bytes, 'zipped.gz': gzipSync(bytes) });
    for (const name of ['plain', 'zipped.gz']) {
      expect(Buffer.compare((await readIdx(join(root, name))).data, values)).toBe(0);
    }
  });

  test.each([
    ['short', good.subarray(0, -1), 'ends after 5 of 6 values|claims 6 values'],
    ['long', Buffer.concat([good, Buffer.from([7])]), 'goes on after its 6 values'],
    ['cut in the header', good.subarray(0, 7), 'ends within its header'],
    ['empty', Buffer.alloc(0), 'ends within its header|unexpected end of file'],
    ['of floats', idxBytes([1], [0, 0, 0, 0], 13), 'type 13 instead of 8'],
    ['something else', Buffer.from('hello, world'), 'starts with 68656c6c'],
    ['a claim of gigabytes', idxBytes([60000, 60000, 60000], []), 'claims 216000000000000 values'],
    ['of no dimension', idxBytes([], [1]), 'claims 0 dimensions'],
  ])('%s is refused', async (_, bytes, reason) => {
    const root = await folderOf({ plain: bytes, 'zipped.gz': gzipSync(bytes) });
    for (const name of ['plain', 'zipped.gz']) {
      await expect(readIdx(join(root, name))).rejects.toThrow(
        new RegExp(`Expected an idx file of bytes at '.*${name}' but .*(${reason}).*: fetch it again.$`),
      );
    }
  });

  test('a damaged archive', async () => {
    const random = new Random(1);
    const values = Array.from({ length: 1000 }, () => random.below(256));
    const zipped = gzipSync(idxBytes([1000], values));
    const flipped = Buffer.from(zipped);
    flipped[flipped.length - 6]! ^= 0xff;
    const root = await folderOf({ 'half.gz': zipped.subarray(0, 300), 'sum.gz': flipped, 'no.gz': 'text' });
    for (const name of ['half.gz', 'sum.gz', 'no.gz', 'missing.gz']) {
      await expect(readIdx(join(root, name))).rejects.toThrow(/^Expected an idx file of bytes at '.*' but/);
    }
  });
});

describe('a folder of idx files', () => {
  const files = {
    'train-images-idx3-ubyte.gz': gzipSync(idxBytes([2, 1, 2], [1, 2, 3, 4])),
    'train-labels-idx1-ubyte.gz': gzipSync(idxBytes([2], [5, 6])),
    't10k-images.idx3-ubyte': idxBytes([1, 1, 2], [7, 8]),
    't10k-labels.idx1-ubyte': idxBytes([1], [9]),
  };

  test('by MNIST names, zipped or not, with a dash or a dot', async () => {
    const folder = await idxFolder(await folderOf(files));
    expect(folder?.train.images).toEqual({ shape: [2, 1, 2], data: Uint8Array.of(1, 2, 3, 4) });
    expect([...folder!.train.labels.data]).toEqual([5, 6]);
    expect(folder?.test.images.shape).toEqual([1, 1, 2]);
    expect([...folder!.test.labels.data]).toEqual([9]);
  });

  test('anything else is none', async () => {
    expect(await idxFolder(await temporaryFolder())).toBeUndefined();
    expect(await idxFolder(await folderOf({ 'cat/1.png': 1 }))).toBeUndefined();
  });

  test('with a file missing, or numbers that do not match', async () => {
    const { 'train-labels-idx1-ubyte.gz': _, ...rest } = files;
    await expect(idxFolder(await folderOf(rest))).rejects.toThrow(/but found none for train labels/);
    const other = { ...files, 't10k-labels.idx1-ubyte': idxBytes([2], [9, 9]) };
    await expect(idxFolder(await folderOf(other))).rejects.toThrow(/has 1 pictures and '.*' 2 labels/);
    const flat = { ...files, 't10k-images.idx3-ubyte': idxBytes([2], [7, 8]) };
    await expect(idxFolder(await folderOf(flat))).rejects.toThrow(/but found \[2\] and \[1\]/);
    await expect(idxFolder('/nowhere')).rejects.toThrow(/Expected a folder at '\/nowhere'/);
  });
});

const shared = process.env['FINETUNE_SHARED'];

describe.skipIf(!shared)('MNIST (needs FINETUNE_SHARED)', () => {
  test('60,000 and 10,000 digits, mean brightness 0.1307', async () => {
    const directory = join(shared!, 'datasets/mnist');
    expect(existsSync(directory)).toBe(true);
    const mnist = (await idxFolder(directory))!;
    expect(mnist.train.images.shape).toEqual([60_000, 28, 28]);
    expect(mnist.test.images.shape).toEqual([10_000, 28, 28]);
    expect([...mnist.train.labels.data.subarray(0, 5)]).toEqual([5, 0, 4, 1, 9]);
    // The mean that PyTorch's MNIST example normalises with.
    const { data } = mnist.train.images;
    expect(data.reduce((sum, value) => sum + value, 0) / data.length / 255).toBeCloseTo(0.1307, 4);
  });
});
