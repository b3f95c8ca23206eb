import { createHash } from 'node:crypto';
import { type DecodeOptions, decodePicture } from '../data/decode.js';
import { Random } from '../runtime/random.js';
import sharp from '../runtime/sharp.js';
import type { Extractor } from './extract.js';
import { bytesOf } from '../runtime/bytes-of.js';

/**
 * How this machine rounds, as 16 hexadecimal digits: a digest of what it makes, through the decoder and the network, of
 * the same invented pictures. Processors of different kinds add in different orders, so their features differ in the last
 * bits; what a processor is called does not say whether they do. Machines with one digest are taken for one kind.
 *
 * Takes as long as the features of a batch.
 *
 * @param batchSize as many as will go through the network at once.
 */
export async function machineKind(
  extractor: Extractor,
  decode: DecodeOptions,
  batchSize: number,
): Promise<string> {
  const random = new Random(14);
  const pictures: Uint8Array[] = [];
  for (let i = 0; i < batchSize; i++) {
    pictures.push(await decodePicture(await inventedPicture(random), decode));
  }
  const values = extractor.run(new Uint8Array(Buffer.concat(pictures)), batchSize);
  const bytes = bytesOf(values);
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}

/** A JPEG of coloured waves with some noise, of a size that must be brought to the network's. */
async function inventedPicture(random: Random): Promise<Buffer> {
  const [width, height] = [150 + random.below(200), 150 + random.below(200)];
  const pixels = new Uint8Array(3 * width * height);
  const waves = Array.from(
    { length: 3 },
    () => [random.between(0.01, 0.2), random.between(0.01, 0.2)] as const,
  );
  for (let i = 0; i < pixels.length; i++) {
    const place = Math.floor(i / 3);
    const [across, down] = waves[i % 3]!;
    const [x, y] = [place % width, Math.floor(place / width)];
    const triangle = Math.abs(((x * across + y * down) % 2) - 1); // no sine: it is not the same everywhere
    pixels[i] = Math.floor(200 * triangle + random.below(56));
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 90 })
    .toBuffer();
}
