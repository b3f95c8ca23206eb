import { describe, expect, it } from 'vitest';
import { BatchSize, batchSizeFor } from './batch-size.js';

/** The sizes of twelve batches when a picture takes `msAt(size)`. */
function sizes(batchSize: BatchSize, msAt: (size: number) => number): number[] {
  return Array.from({ length: 12 }, () => {
    const { size } = batchSize;
    batchSize.took(size, size * msAt(size));
    return size;
  });
}

describe('the size of batches', () => {
  it('doubles while that makes a picture faster, and goes back when it does not', () => {
    const saturatesAt64 = (size: number) => 1000 / Math.min(size, 64);
    expect(sizes(new BatchSize(16, 256), saturatesAt64)).toEqual([
      16, 16, 32, 32, 64, 64, 128, 128, 64, 64, 64, 64,
    ]);
  });

  it('stops at the most that memory holds', () => {
    expect(sizes(new BatchSize(16, 32), (size) => 1000 / size).at(-1)).toBe(32);
  });

  it('does not count the first batch of a size, which sets things up, nor a last, smaller one', () => {
    const batchSize = new BatchSize(16, 64);
    batchSize.took(16, 16_000);
    batchSize.took(5, 50_000);
    batchSize.took(16, 160);
    expect(batchSize.size).toBe(32);
  });

  it('is 16 on a CPU, fewer where memory is short, one at least', () => {
    const vgg16 = 4 * 2 * 224 * 224 * 64;
    expect(sizes(batchSizeFor('cpu', vgg16, 16e9), (size) => 1 / size).at(-1)).toBe(16);
    expect(batchSizeFor('cpu', vgg16, 2e9).size).toBe(8);
    expect(batchSizeFor('cpu', vgg16, 1e6).size).toBe(1);
    expect(sizes(batchSizeFor('gpu', vgg16, 80e9), (size) => 1 / size).at(-1)).toBe(256);
    expect(sizes(batchSizeFor('gpu', vgg16), (size) => 1 / size).at(-1)).toBe(16);
  });
});
