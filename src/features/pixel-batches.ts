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
