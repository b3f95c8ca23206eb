import { type BatchOptions, decodeBatches } from '../data/decode.js';
import type { Picture } from '../data/pictures.js';
import type { PixelBatch } from './prefix.js';

/** Some pictures in memory, in batches, to try a network on; those that cannot be decoded are left out. */
export async function pixelBatches(
  pictures: readonly Picture[],
  options: Omit<BatchOptions, 'onBroken'>,
): Promise<PixelBatch[]> {
  const batches: PixelBatch[] = [];
  const source = decodeBatches(pictures, { ...options, onBroken: () => {} });
  for await (const { pixels, pictures: decoded } of source) batches.push({ pixels, count: decoded.length });
  return batches;
}

/**
 * As many pictures as are wanted, in one batch: the first that can be decoded, in order; fewer where there are not as many.
 * Others are not begun before it is known that they are needed: their decoding would go on while networks are timed.
 */
export async function goodPictures(
  pictures: readonly Picture[],
  wanted: number,
  options: Omit<BatchOptions, 'onBroken' | 'batchSize'>,
): Promise<PixelBatch> {
  const { height, width, channels } = options;
  const size = height * width * channels;
  const good = { pixels: new Uint8Array(wanted * size), count: 0 };
  for (let next = 0; next < pictures.length && good.count < wanted;) {
    const missing = wanted - good.count;
    const some = pictures.slice(next, next + missing);
    next += missing;
    for (const { pixels, count } of await pixelBatches(some, { ...options, batchSize: missing })) {
      good.pixels.set(pixels, good.count * size);
      good.count += count;
    }
  }
  return { pixels: good.pixels.subarray(0, good.count * size), count: good.count };
}

/** The pictures `from` … `to` − 1 of a batch, in the same memory. */
export function partOf({ pixels, count }: PixelBatch, from: number, to: number): PixelBatch {
  const size = pixels.length / count;
  return { pixels: pixels.subarray(from * size, to * size), count: to - from };
}
