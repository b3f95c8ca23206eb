import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { pythonHas, python } from '../../test/helpers/python.js';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { enlarge } from './enlarge.js';
import { letterboxColour, type ResizeOptions, resizePicture } from './resize.js';

/** A smooth picture with an edge, so that a shift would be seen; lossless. */
async function photograph(width: number, height: number, orientation?: number): Promise<Buffer> {
  const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const [c, x, y] = [i % 3, Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    const wave = 100 + 60 * Math.sin(x / (4 + c)) + 60 * Math.cos(y / (5 - c));
    return x * height > y * width ? wave : 255 - wave;
  });
  const picture = sharp(pixels, { raw: { width, height, channels: 3 } });
  return (orientation ? picture.withMetadata({ orientation }) : picture).png().toBuffer();
}

const { scratch } = scratchFolders();
const options: ResizeOptions = { height: 32, width: 32, channels: 3, resize: 'squash' };

describe('enlarging', () => {
  test('is linear between the centres of pixels', () => {
    const ramp = Uint8Array.from({ length: 8 }, (_, x) => 10 * x);
    const result = enlarge({ pixels: ramp, height: 1, width: 8, channels: 1 }, { height: 3, width: 20 });
    const row = Array.from({ length: 20 }, (_, x) =>
      Math.round(10 * Math.min(7, Math.max(0, ((x + 0.5) * 8) / 20 - 0.5))),
    );
    expect([...result]).toEqual([...row, ...row, ...row]);
  });

  test('leaves a side as it is that has its size', () => {
    const pixels = Uint8Array.from({ length: 24 }, (_, i) => i * 10);
    const source = { pixels, height: 2, width: 4, channels: 3 };
    expect(enlarge(source, source)).toEqual(pixels);
  });

  test('a window is a part of the whole', () => {
    const pixels = Uint8Array.from({ length: 35 }, (_, i) => (i * 37) % 251);
    const source = { pixels, height: 5, width: 7, channels: 1 };
    const whole = enlarge(source, { height: 11, width: 13 });
    const part = enlarge(source, { height: 11, width: 13 }, { left: 3, top: 2, height: 4, width: 6 });
    const rows = [2, 3, 4, 5].map((y) => [...whole.subarray(y * 13 + 3, y * 13 + 9)]);
    expect([...part]).toEqual(rows.flat());
  });
});

describe('the sides that libvips would enlarge', () => {
  test.each([
    [20, 20],
    [20, 48],
    [48, 20],
    [31, 33],
  ])('%i by %i: mirroring before and after are one', async (width, height) => {
    const bytes = await photograph(width, height);
    const plain = await resizePicture(sharp(bytes), options);
    const mirrored = await resizePicture(sharp(bytes), { ...options, view: { name: 'flip', flip: true } });
    const worst = Math.max(
      ...plain.map((value, i) => {
        const [c, x, y] = [i % 3, Math.floor(i / 3) % 32, Math.floor(i / 96)];
        return Math.abs(value - mirrored[(y * 32 + 31 - x) * 3 + c]!);
      }),
    );
    expect(worst).toBeLessThanOrEqual(1);
  });

  test('Exif orientation holds for the middle of a small picture too', async () => {
    const upright = await photograph(20, 60);
    const turned = await sharp(upright).rotate(-90).withMetadata({ orientation: 6 }).png().toBuffer();
    const crop = { ...options, resize: 'crop' } as const;
    expect(await resizePicture(sharp(turned), crop)).toEqual(await resizePicture(sharp(upright), crop));
  });

  test('a strip of one pixel fills the square, and lies between bars', async () => {
    const strip = await photograph(3000, 1);
    for (const resize of ['squash', 'crop', 'letterbox'] as const) {
      expect(await resizePicture(sharp(strip), { ...options, resize })).toHaveLength(32 * 32 * 3);
    }
  });

  test('grey bars are the grey that libvips makes of their colour', async () => {
    const strip = await photograph(12, 2);
    const grey = await resizePicture(sharp(strip), { ...options, channels: 1, resize: 'letterbox' });
    const colour = sharp({ create: { width: 1, height: 1, channels: 3, background: letterboxColour } });
    const [expected] = await colour.toColourspace('b-w').raw().toBuffer();
    expect(grey[0]).toBe(expected);
  });
});

const pillow = `
import json, sys
from PIL import Image, ImageOps
file, mode, colour = sys.argv[1], sys.argv[2], tuple(json.loads(sys.argv[3]))
picture, size = Image.open(file).convert('RGB'), (32, 32)
if mode == 'squash': picture = picture.resize(size, Image.BILINEAR)
elif mode == 'crop': picture = ImageOps.fit(picture, size, Image.BILINEAR)
else: picture = ImageOps.pad(picture, size, Image.BILINEAR, color=colour)
sys.stdout.buffer.write(picture.tobytes())
`;

describe.skipIf(!pythonHas('PIL'))('Pillow gives the same', () => {
  test.each([
    [20, 20, 'squash', 1],
    [20, 20, 'crop', 1],
    [9, 23, 'squash', 1],
    [9, 23, 'crop', 1],
    [9, 23, 'letterbox', 1],
    [23, 9, 'letterbox', 1],
    [40, 24, 'crop', 1],
    // one side is enlarged and the other reduced, which libvips does in steps of its own
    [40, 24, 'squash', 3],
    [50, 24, 'squash', 3],
  ] as const)('%i by %i, %s: to within a step or three', async (width, height, resize, tolerance) => {
    const bytes = await photograph(width, height);
    const file = join(scratch(), 'picture.png');
    await writeFile(file, bytes);
    const { r, g, b } = letterboxColour;
    const theirs = execFileSync(python!, ['-c', pillow, file, resize, JSON.stringify([r, g, b])]);
    const ours = await resizePicture(sharp(bytes), { ...options, resize });
    expect(Math.max(...ours.map((value, i) => Math.abs(value - theirs[i]!)))).toBeLessThanOrEqual(tolerance);
  });
});
