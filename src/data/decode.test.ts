import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { folderOf, hollowPng, pictureBytes } from '../../test/helpers/picture-folders.js';
import { type DecodeOptions, decodeBatches, decodePicture } from './decode.js';
import type { Picture, SkippedFile } from './pictures.js';

type Rgb = readonly [number, number, number];
const red: Rgb = [255, 0, 0];
const green: Rgb = [0, 255, 0];
const blue: Rgb = [0, 0, 255];
const white: Rgb = [255, 255, 255];

/** A picture of coloured quarters: top left, top right, bottom left, bottom right. */
function quarters(width: number, height: number, colours: readonly [Rgb, Rgb, Rgb, Rgb]) {
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const quarter = (y < height / 2 ? 0 : 2) + (x < width / 2 ? 0 : 1);
      pixels.set(colours[quarter]!, (y * width + x) * 3);
    }
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

/** Colours in the middle of the four quarters of decoded pixels. */
function quartersOf(pixels: Uint8Array, { height, width, channels }: DecodeOptions) {
  const at = (y: number, x: number) => {
    const start = (Math.floor(y * height) * width + Math.floor(x * width)) * channels;
    return [...pixels.subarray(start, start + channels)];
  };
  return [at(0.25, 0.25), at(0.25, 0.75), at(0.75, 0.25), at(0.75, 0.75)];
}

const square: DecodeOptions = { height: 16, width: 16, channels: 3, resize: 'squash' };
const decoded = async (input: Buffer | string, options = square) =>
  quartersOf(await decodePicture(input, options), options);
const colours = [red, green, blue, white] as const;

describe('what comes out', () => {
  test('RGB in rows, from bytes and from a file', async () => {
    const bytes = await quarters(32, 32, colours).png().toBuffer();
    const root = await folderOf({ 'a/1.png': bytes });
    expect(await decoded(bytes)).toEqual(colours);
    expect(await decoded(join(root, 'a/1.png'))).toEqual(colours);
  });

  test.each([
    { height: 7, width: 5, channels: 3 },
    { height: 5, width: 7, channels: 1 },
    { height: 1, width: 1, channels: 3 },
  ] as const)('height $height, width $width, channels $channels', async (shape) => {
    for (const resize of ['squash', 'crop', 'letterbox'] as const) {
      const pixels = await decodePicture(await pictureBytes(1), { ...shape, resize });
      expect(pixels).toHaveLength(shape.height * shape.width * shape.channels);
    }
  });

  test('grey as one channel and as three', async () => {
    const grey = await quarters(32, 32, [white, white, white, white]).greyscale().png().toBuffer();
    expect(await decoded(grey)).toEqual([white, white, white, white]);
    const one = await decoded(await quarters(32, 32, colours).png().toBuffer(), { ...square, channels: 1 });
    const [fromRed, fromGreen, fromBlue, fromWhite] = one.map(([value]) => value!);
    expect(fromWhite).toBe(255);
    expect(fromGreen).toBeGreaterThan(fromRed!);
    expect(fromRed).toBeGreaterThan(fromBlue!);
  });

  test('Exif orientation: the camera was turned, the picture is not', async () => {
    // What the viewer should see, turned as the tag says cameras store it.
    const stored = {
      1: [red, green, blue, white],
      2: [green, red, white, blue],
      3: [white, blue, green, red],
      4: [blue, white, red, green],
      5: [red, blue, green, white],
      6: [green, white, red, blue],
      7: [white, green, blue, red],
      8: [blue, red, white, green],
    } as const;
    for (const [orientation, asStored] of Object.entries(stored)) {
      const bytes = await quarters(32, 32, asStored)
        .withMetadata({ orientation: Number(orientation) })
        .png()
        .toBuffer();
      expect(await decoded(bytes), `orientation ${orientation}`).toEqual(colours);
    }
  });

  test('16 bits come to 8 by their high byte', async () => {
    const deep = await quarters(32, 32, colours).toColourspace('rgb16').png().toBuffer();
    expect((await sharp(deep).metadata()).depth).toBe('ushort');
    expect(await decoded(deep)).toEqual(colours);
    const grey = Uint16Array.from({ length: 256 }, () => 0x8000);
    const middle = await sharp(grey, { raw: { width: 16, height: 16, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    expect((await sharp(middle).metadata()).depth).toBe('ushort');
    expect((await decoded(middle))[0]).toEqual([128, 128, 128]);
  });

  test('transparency lies over white', async () => {
    const clear = { r: 0, g: 0, b: 0, alpha: 0 };
    const bytes = await sharp({ create: { width: 8, height: 8, channels: 4, background: clear } })
      .png()
      .toBuffer();
    expect((await decoded(bytes))[0]).toEqual(white);
  });

  test('CMYK becomes RGB', async () => {
    // Colours that ink can print; bright red, green and blue lie outside what CMYK holds.
    const printable = [[190, 60, 50], [0, 128, 64], [40, 70, 130], white] as const;
    const bytes = await quarters(64, 64, printable).toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer();
    expect((await sharp(bytes).metadata()).space).toBe('cmyk');
    const differences = (await decoded(bytes))
      .flat()
      .map((value, i) => Math.abs(value - printable.flat()[i]!));
    expect(Math.max(...differences)).toBeLessThan(30);
  });

  test('an animation is its first frame', async () => {
    const frames = Buffer.concat(
      await Promise.all([red, green].map((c) => quarters(16, 16, [c, c, c, c]).raw().toBuffer())),
    );
    const animation = sharp(frames, { raw: { width: 16, height: 32, channels: 3, pageHeight: 16 } });
    for (const bytes of [
      await animation.gif().toBuffer(),
      await animation.webp({ lossless: true }).toBuffer(),
    ]) {
      expect((await sharp(bytes).metadata()).pages).toBe(2);
      expect((await decoded(bytes))[3]).toEqual(red);
    }
  });
});

describe('resizing', () => {
  // Three upright stripes: red, green, blue, each as wide as the picture is high.
  const stripes = async () => {
    const pixels = new Uint8Array(96 * 32 * 3);
    for (let i = 0; i < 96 * 32; i++) pixels.set([red, green, blue][Math.floor((i % 96) / 32)]!, i * 3);
    return sharp(pixels, { raw: { width: 96, height: 32, channels: 3 } })
      .png()
      .toBuffer();
  };
  const row = async (resize: DecodeOptions['resize'], y: number) => {
    const pixels = await decodePicture(await stripes(), { ...square, height: 24, width: 24, resize });
    return [2, 12, 21].map((x) => [...pixels.subarray((y * 24 + x) * 3, (y * 24 + x) * 3 + 3)]);
  };

  test('squash shows everything', async () => {
    expect(await row('squash', 0)).toEqual([red, green, blue]);
  });

  test('crop shows the middle', async () => {
    expect(await row('crop', 12)).toEqual([green, green, green]);
  });

  test('letterbox shows everything between bars', async () => {
    const bar = [124, 116, 104];
    expect(await row('letterbox', 12)).toEqual([red, green, blue]);
    expect(await row('letterbox', 2)).toEqual([bar, bar, bar]);
    expect(await row('letterbox', 21)).toEqual([bar, bar, bar]);
  });

  test('reducing averages: a fine chequerboard becomes grey', async () => {
    const pixels = Uint8Array.from({ length: 256 * 256 }, (_, i) => ((i ^ (i >> 8)) & 1) * 255);
    const bytes = await sharp(pixels, { raw: { width: 256, height: 256, channels: 1 } })
      .png()
      .toBuffer();
    const small = await decodePicture(bytes, { ...square, channels: 1 });
    for (const value of small) expect(Math.abs(value - 127.5)).toBeLessThan(3);
  });
});

test('a view mirrors left to right', async () => {
  const bytes = await quarters(32, 32, colours).png().toBuffer();
  const flipped = await decoded(bytes, { ...square, view: { name: 'flip', flip: true } });
  expect(flipped).toEqual([green, red, white, blue]);
});

describe('damage', () => {
  test.each([
    ['text', Buffer.from('text'), 'not a picture of a known kind'],
    ['nothing', Buffer.alloc(0), 'not a picture of a known kind'],
    ['a bomb', hollowPng(100_000, 100_000), 'more than the 200 megapixels allowed'],
  ])('%s', async (_, bytes, reason) => {
    await expect(decodePicture(bytes, square)).rejects.toThrow(reason);
  });

  test('a missing file', async () => {
    await expect(decodePicture('/nowhere/1.png', square)).rejects.toThrow(/^the file is missing$/);
  });

  test.each(['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const)('half a %s', async (format) => {
    const bytes = await pictureBytes(1, format, 64, 64);
    await expect(decodePicture(bytes.subarray(0, bytes.length / 2), square)).rejects.toThrow(
      expect.objectContaining({ name: 'PictureError', message: expect.stringMatching(/^[^\n]+$/) }),
    );
  });
});

describe('batches', () => {
  const folder = async (count: number) => {
    const files = Object.fromEntries(Array.from({ length: count }, (_, i) => [`a/${i}.png`, i]));
    const root = await folderOf(files);
    return Array.from({ length: count }, (_, i): Picture => {
      const file = join(root, `a/${i}.png`);
      const digest = createHash('sha256').update(readFileSync(file)).digest('hex');
      return { path: `a/${i}.png`, file, label: 0, digest };
    });
  };
  const size = 16 * 16 * 3;

  test.each([1, 3, 4, 100])('of %i: every picture once, in order, as decoded alone', async (batchSize) => {
    const pictures = await folder(10);
    const seen: Picture[] = [];
    const sizes: number[] = [];
    for await (const batch of decodeBatches(pictures, { ...square, batchSize, onBroken: () => {} })) {
      sizes.push(batch.pictures.length);
      expect(batch.pixels).toHaveLength(batch.pictures.length * size);
      for (const [i, picture] of batch.pictures.entries()) {
        const alone = await decodePicture(picture.file, square);
        expect(Buffer.compare(batch.pixels.subarray(i * size, (i + 1) * size), alone)).toBe(0);
        seen.push(picture);
      }
    }
    expect(seen).toEqual(pictures);
    expect(sizes.slice(0, -1).every((count) => count === batchSize)).toBe(true);
  });

  test('broken pictures are reported and the batches filled up without them', async () => {
    const pictures = (await folder(7)).map((picture) => ({ ...picture, digest: '' }));
    await writeFile(pictures[1]!.file, 'text');
    await writeFile(pictures[6]!.file, (await readFile(pictures[6]!.file)).subarray(0, 60));
    const broken: SkippedFile[] = [];
    const sizes: number[] = [];
    const options = { ...square, batchSize: 3, onBroken: (skipped: SkippedFile) => broken.push(skipped) };
    for await (const batch of decodeBatches(pictures, options)) sizes.push(batch.pictures.length);
    expect(sizes).toEqual([3, 2]);
    expect(broken.map(({ path }) => path)).toEqual(['a/1.png', 'a/6.png']);
    expect(broken[0]!.reason).toBe('not a picture of a known kind');
  });

  test('a picture that was replaced since its digest was taken is broken, even of the same size and time', async () => {
    const pictures = await folder(3);
    const { file } = pictures[1]!;
    const other = Uint8Array.from(await readFile(file));
    other[other.length - 20]! ^= 1;
    await writeFile(file, other);
    await utimes(file, 0, 0);
    const broken: SkippedFile[] = [];
    const left: string[] = [];
    const options = { ...square, batchSize: 3, onBroken: (skipped: SkippedFile) => broken.push(skipped) };
    for await (const batch of decodeBatches(pictures, options))
      left.push(...batch.pictures.map((p) => p.path));
    expect(left).toEqual(['a/0.png', 'a/2.png']);
    expect(broken).toEqual([{ path: 'a/1.png', reason: 'changed since it was checked: run again' }]);
  });

  test('no pictures, no batches; none good, none either', async () => {
    const options = { ...square, batchSize: 2, onBroken: () => {} };
    const none = decodeBatches([], options);
    expect(await none.next()).toEqual({ done: true, value: undefined });
    const missing = { path: 'a', file: '/nowhere', label: 0, digest: '' };
    const broken = decodeBatches([missing, missing, missing], options);
    expect(await broken.next()).toEqual({ done: true, value: undefined });
  });

  test('looks ahead, but never further than two batches', async () => {
    const pictures = await folder(20);
    let taken = 0;
    const counting = (function* () {
      for (const picture of pictures) {
        taken++;
        yield picture;
      }
    })();
    let used = 0;
    for await (const batch of decodeBatches(counting, { ...square, batchSize: 2, onBroken: () => {} })) {
      used += batch.pictures.length;
      expect(taken).toBe(Math.min(20, used + 4));
    }
    expect(used).toBe(20);
  });

  test('asks for the size of each batch', async () => {
    const pictures = await folder(10);
    let next = 1;
    const sizes: number[] = [];
    const batchSize = () => next;
    for await (const batch of decodeBatches(pictures, { ...square, batchSize, onBroken: () => {} })) {
      sizes.push(batch.pictures.length);
      next *= 2;
    }
    expect(sizes).toEqual([1, 2, 4, 3]);
  });

  test('stops when told, and when the consumer leaves', async () => {
    const pictures = await folder(8);
    const controller = new AbortController();
    const options = { ...square, batchSize: 2, onBroken: () => {}, signal: controller.signal };
    const batches = decodeBatches(pictures, options);
    await batches.next();
    controller.abort();
    await expect(batches.next()).rejects.toThrow(/abort/i);

    let count = 0;
    for await (const _ of decodeBatches(pictures, { ...square, batchSize: 2, onBroken: () => {} })) {
      if (++count === 2) break;
    }
    expect(count).toBe(2);
  });
});

test('why a picture is damaged is told beside many that are not', async () => {
  const whole = await sharp({ create: { width: 300, height: 200, channels: 3, background: '#8a4' } })
    .jpeg()
    .toBuffer();
  const cut = whole.subarray(0, whole.length - 200);
  const small = { height: 32, width: 32, channels: 3, resize: 'squash' } as const;
  const outcomes = await Promise.all(
    Array.from({ length: 60 }, (_, i) =>
      decodePicture(i % 3 === 0 ? cut : whole, small).then(
        () => 'fine',
        (error: Error) => error.message,
      ),
    ),
  );
  const told = outcomes.filter((_, i) => i % 3 === 0);
  expect(new Set(outcomes.filter((_, i) => i % 3 !== 0))).toEqual(new Set(['fine']));
  for (const message of told)
    expect(message).toMatch(/^damaged: (the pixels end early|its pixels cannot be read)$/);
  expect(told.filter((message) => message === 'damaged: the pixels end early').length).toBeGreaterThan(10);
});
