import { readFile } from 'node:fs/promises';
import sharp from '../runtime/sharp.js';
import { deepRange, isPerhapsDeep, toEightBits } from './deep-picture.js';
import { pathToOpen } from './names.js';
import { isUntold, openOtherwise, openPicture, pictureError } from './open-picture.js';
import { type Picture, PictureError, type SkippedFile } from './pictures.js';
import type { ValueRange } from './value-range.js';
import { readChecked } from './read-checked.js';
import { type ResizeOptions, resizePicture } from './resize.js';

export { letterboxColour, letterboxGrey, type ResizeMode } from './resize.js';

export type DecodeOptions = ResizeOptions;

/** Rises when the same picture comes out with other pixels than before, so that stored features are not used again. */
export const decoderVersion = 3;

/**
 * A picture (a path, or a file's bytes) as RGB or grey values 0 to 255, [height, width, channels] in row-major
 * order. Exif orientation is applied, transparency laid over white, CMYK, 16 bits and embedded colour profiles
 * converted to 8-bit sRGB; of an animation, the first frame. Values that are not eight bits wide are scaled by what the
 * file says or holds: see `valueRange`.
 *
 * Resized as Pillow's and torchvision's antialiased bilinear does it, smaller (on photographs of 256 pixels the mean
 * difference from Pillow is 0.2 of 255) and larger. A large JPEG is reduced by up to 8 while it is decoded.
 *
 * Throws a PictureError with the reason on one line.
 */
export async function decodePicture(input: string | Buffer, options: DecodeOptions): Promise<Uint8Array> {
  return (await decodeScaled(input, options)).pixels;
}

/** The pixels, and what was taken for black and white where libvips' own way to eight bits would not do. */
interface Scaled {
  readonly pixels: Uint8Array;
  readonly range?: ValueRange;
}

async function decodeScaled(given: string | Buffer, options: DecodeOptions): Promise<Scaled> {
  const path = typeof given === 'string' ? pathToOpen(given) : undefined;
  // libvips takes no path that is not UTF-8: of such a file, its bytes
  const input = Buffer.isBuffer(path) ? await readBytes(path) : given;
  try {
    // In the usual case nothing is waited for before the job is queued: see `decodeBatches`.
    const range = isPerhapsDeep(input) ? await deepRange(input) : undefined;
    if (!range) return { pixels: await resizePicture(openPicture(input), options) };
    const { pixels, ...raw } = await toEightBits(input, range);
    return { pixels: await resizePicture(sharp(pixels, { raw }), options), range };
  } catch (error) {
    return { pixels: await decodeOtherwise(input, options, error) };
  }
}

async function readBytes(path: Buffer): Promise<Buffer> {
  return readFile(path).catch((error: unknown) => {
    throw pictureError(error);
  });
}

/**
 * What libvips does not know, it refuses at once: so the usual kinds wait for nothing. Why it refused a picture is one text
 * for the whole process, which jobs that end meanwhile clear: it is then asked again.
 */
async function decodeOtherwise(
  input: string | Buffer,
  options: DecodeOptions,
  refusal: unknown,
): Promise<Uint8Array> {
  let told = refusal;
  for (let tries = 0; tries < 3 && isUntold(told); tries++) {
    told = await resizePicture(openPicture(input), options).catch((error: unknown) => error);
    if (told instanceof Uint8Array) return told;
  }
  try {
    return await resizePicture(await openOtherwise(input, told), options);
  } catch (error) {
    throw pictureError(error);
  }
}

export interface DecodedBatch {
  readonly pictures: readonly Picture[];
  /** [pictures, height, width, channels], row-major. */
  readonly pixels: Uint8Array;
}

/** Pictures being decoded, or decoded and waiting, while a batch is used. */
const batchesAhead = 2;

/** Bytes of files that wait to be decoded: large pictures in large batches would fill the memory. */
const bytesAhead = 2 ** 28;

export interface BatchOptions extends DecodeOptions {
  /** Asked anew for each batch where it is a function. */
  readonly batchSize: number | (() => number);
  /** Told of each picture that cannot be decoded; it is left out of the batches. */
  readonly onBroken: (skipped: SkippedFile) => void;
  /** Told of each picture whose values were not eight bits wide, and what was taken for black and white. */
  readonly onScaled?: (path: string, range: ValueRange) => void;
  readonly signal?: AbortSignal;
}

/**
 * Decodes pictures in order, in batches; the last one may be smaller.
 *
 * Decoding goes on while the consumer uses a batch, even when it blocks the JavaScript thread: the jobs for the
 * next batches are queued on libuv's threads before a batch is handed over, and need JavaScript only to be
 * collected. Memory is bounded by three batches and the files that wait.
 *
 * A picture with a digest is decoded from bytes of this digest, or is broken.
 */
export async function* decodeBatches(
  pictures: Iterable<Picture>,
  options: BatchOptions,
): AsyncGenerator<DecodedBatch, void, undefined> {
  const { onBroken, signal } = options;
  const batchSize =
    typeof options.batchSize === 'number' ? () => options.batchSize as number : options.batchSize;
  const size = options.height * options.width * options.channels;
  const source = pictures[Symbol.iterator]();
  const started: Decoding[] = [];
  let waiting = 0;
  const startMore = () => {
    while (started.length < batchesAhead * batchSize() && (waiting < bytesAhead || started.length === 0)) {
      const next = source.next();
      if (next.done) return;
      const one = decode(next.value, options);
      waiting += one.bytes;
      started.push(one);
    }
  };

  startMore();
  while (started.length > 0) {
    const batch: Picture[] = [];
    const wanted = batchSize();
    const pixels = new Uint8Array(wanted * size);
    while (batch.length < wanted && started.length > 0) {
      signal?.throwIfAborted();
      const { picture, bytes, result } = started.shift()!;
      const outcome = await result;
      waiting -= bytes;
      startMore();
      if (outcome instanceof PictureError) {
        onBroken({ path: picture.path, reason: outcome.message });
      } else {
        pixels.set(outcome.pixels, batch.length * size);
        if (outcome.range) options.onScaled?.(picture.path, outcome.range);
        batch.push(picture);
      }
    }
    if (batch.length > 0) yield { pictures: batch, pixels: pixels.subarray(0, batch.length * size) };
  }
}

interface Decoding {
  readonly picture: Picture;
  /** Held in memory until it is decoded. */
  readonly bytes: number;
  /** Never rejects, so that a batch that is never collected leaves no unhandled rejection. */
  readonly result: Promise<Scaled | PictureError>;
}

function decode(picture: Picture, options: DecodeOptions): Decoding {
  const { file, digest } = picture;
  try {
    const input = digest === '' ? file : readChecked(file, digest);
    const result = decodeScaled(input, options).catch((error: unknown) => pictureError(error));
    return { picture, bytes: typeof input === 'string' ? 0 : input.length, result };
  } catch (error) {
    if (!(error instanceof PictureError)) throw error;
    return { picture, bytes: 0, result: Promise.resolve(error) };
  }
}
