import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { altered } from '../data/augmentation/apply.js';
import { drawAlteration } from '../data/augmentation/alteration.js';
import type { Augmentation } from '../data/augmentation/kinds.js';
import { type DecodeOptions, decodeBatches } from '../data/decode.js';
import type { Picture, SkippedFile } from '../data/pictures.js';
import { type Hooks, Interrupted } from '../runtime/progress.js';
import { inFile } from '../runtime/system-errors.js';
import type { Examples } from './examples.js';

/** Decoded pictures in a temporary file, a byte a value: so many that memory is not the place for them. */
export interface PixelFile {
  readonly decode: DecodeOptions;
  readonly broken: readonly SkippedFile[];
  readonly decodeMsPerImage: number;
  /** Whether it could be decoded. */
  has(picture: Picture): boolean;
  /** The values of one picture, [height, width, channels]. */
  read(picture: Picture): Uint8Array;
  /** Removes the file. */
  close(): void;
}

/** @throws Interrupted when the signal fires. */
export async function writePixels(
  pictures: readonly Picture[],
  decode: DecodeOptions,
  { onProgress, signal }: Hooks,
): Promise<PixelFile> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'finetune-pixels-'));
  const file = path.join(folder, 'pixels');
  const size = decode.height * decode.width * decode.channels;
  const places = new Map<string, number>();
  const broken: SkippedFile[] = [];
  const descriptor = fs.openSync(file, 'wx+');
  let isOpen = true;
  const close = () => {
    if (isOpen) fs.closeSync(descriptor);
    isOpen = false;
    fs.rmSync(folder, { recursive: true, force: true });
  };
  const different = [...new Map(pictures.map((picture) => [picture.digest, picture])).values()];
  const started = performance.now();
  try {
    const onBroken = (skipped: SkippedFile) => broken.push(skipped);
    const source = decodeBatches(different, {
      ...decode,
      batchSize: 32,
      onBroken,
      ...(signal && { signal }),
    });
    for await (const batch of source) {
      inFile(file, () => fs.writeSync(descriptor, batch.pixels, 0, batch.pixels.length, places.size * size));
      for (const { digest } of batch.pictures) places.set(digest, places.size);
      const [done, total] = [places.size + broken.length, different.length];
      onProgress?.({ kind: 'work', stage: 'Reading pictures', done, total, unit: 'pictures' });
    }
  } catch (error) {
    close();
    if (signal?.aborted) throw new Interrupted('Reading pictures was interrupted.');
    throw error;
  }
  return {
    decode,
    broken,
    decodeMsPerImage: (performance.now() - started) / Math.max(1, different.length),
    has: ({ digest }) => places.has(digest),
    read: ({ digest }) => {
      const values = new Uint8Array(size);
      inFile(file, () => fs.readSync(descriptor, values, 0, size, places.get(digest)! * size));
      return values;
    },
    close,
  };
}

/** What is done to a value of each channel before the network reads it. */
export type Prepare = (value: number, channel: number) => number;

/** Pictures as a network's inputs. */
export function pixelExamples(pixels: PixelFile, pictures: readonly Picture[], prepare: Prepare): Examples {
  const { height, width, channels } = pixels.decode;
  return {
    size: pictures.length,
    shape: [height, width, channels],
    labels: pictures.map(({ label }) => label),
    ...(pictures.some(({ group }) => group !== undefined) && {
      groups: pictures.map(({ group }) => group),
    }),
    read: (places) => inputs(places, channels, prepare, (place) => pixels.read(pictures[place]!)),
  };
}

/** The same, which training sees altered, afresh in every epoch. @param larger the pictures as they are before that. */
export function alteredExamples(
  pixels: PixelFile,
  larger: PixelFile,
  pictures: readonly Picture[],
  augmentation: Augmentation,
  prepare: Prepare,
): Examples {
  const { height, width, channels } = pixels.decode;
  return {
    ...pixelExamples(pixels, pictures, prepare),
    draw: (places, random) =>
      inputs(places, channels, prepare, (place) => {
        const values = larger.read(pictures[place]!);
        return altered({ ...larger.decode, values }, drawAlteration(augmentation, random), height, width);
      }),
  };
}

function inputs(
  places: readonly number[],
  channels: number,
  prepare: Prepare,
  read: (place: number) => Uint8Array,
): Float32Array {
  const table = Array.from({ length: channels }, (_, channel) =>
    Float32Array.from({ length: 256 }, (__, value) => prepare(value, channel)),
  );
  let out: Float32Array | undefined;
  for (const [i, place] of places.entries()) {
    const values = read(place);
    out ??= new Float32Array(places.length * values.length);
    const offset = i * values.length;
    for (let at = 0; at < values.length; at++) out[offset + at] = table[at % channels]![values[at]!]!;
  }
  return out ?? new Float32Array();
}
