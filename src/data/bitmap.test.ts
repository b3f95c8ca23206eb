import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { python, pythonHas } from '../../test/helpers/python.js';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { decodePicture } from './decode.js';
import { inspect } from './inspect.js';
import { PictureError } from './pictures.js';

const { scratch } = scratchFolders();
const folder = scratch();
const squash = { channels: 3, resize: 'squash' } as const;

/** A BMP of 2 × 2 pixels in 24 bits: red, green above blue, white. */
function bmp(width = 2, height = 2): Buffer {
  const head = Buffer.alloc(54);
  head.write('BM');
  head.writeUInt32LE(54, 10);
  head.writeUInt32LE(40, 14);
  head.writeInt32LE(width, 18);
  head.writeInt32LE(height, 22);
  head.writeUInt16LE(24, 28);
  return Buffer.concat([head, Buffer.of(255, 0, 0, 255, 255, 255, 0, 0, 0, 0, 255, 0, 255, 0, 0, 0)]);
}

/** One of 2 × 2 pixels in 32 bits with an alpha mask, whose last pixel is half there. */
function transparentBmp(): Buffer {
  const file = Buffer.concat([bmp().subarray(0, 54), Buffer.alloc(70 + 16)]);
  file.writeUInt32LE(54 + 70, 10);
  file.writeUInt32LE(124, 14);
  file.writeUInt16LE(32, 28);
  file.writeUInt32LE(3, 30);
  [0xff, 0xff00, 0xff0000, 0xff000000].forEach((mask, i) => file.writeUInt32LE(mask, 54 + 4 * i));
  file.fill(Buffer.of(200, 100, 0, 255), 124);
  file.writeUInt8(0, 124 + 3);
  return file;
}

const ppm = Buffer.concat([
  Buffer.from('P6 2 # comment\n2\n255\n'),
  Buffer.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255),
]);
const corners = [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255];

describe('BMP and PPM pictures', () => {
  test.each([
    ['bmp', bmp()],
    ['ppm', ppm],
    ['ppm', Buffer.from('P3\n2 2 255 255 0 0 0 255 0 0 0 255 255 255 255')],
  ])('%s from bytes and from a file', async (format, bytes) => {
    const size = { ...squash, height: 2, width: 2 };
    expect([...(await decodePicture(bytes, size))]).toEqual(corners);
    const file = join(folder, 'picture');
    writeFileSync(file, bytes);
    expect([...(await decodePicture(file, size))]).toEqual(corners);
    expect((await inspect(file)).format).toBe(format);
    const grey = await decodePicture(file, { ...size, channels: 1, height: 4, width: 4 });
    expect(grey).toHaveLength(16);
  });

  test('transparency lies over white', async () => {
    const pixels = [...(await decodePicture(transparentBmp(), { ...squash, height: 2, width: 2 }))];
    // Upside down: the first pixel of the file is the third of the picture.
    expect(pixels).toEqual([200, 100, 0, 200, 100, 0, 255, 255, 255, 200, 100, 0]);
  });

  test.each([
    ['a BMP that ends early', bmp().subarray(0, 60), 'damaged: the pixels end early'],
    ['the head of a BMP', bmp().subarray(0, 40), 'damaged: its header ends early'],
    ['a BMP without width', bmp(0), 'damaged: it has no width or height'],
    ['a BMP too large', bmp(20_000, 20_000), '400 megapixels: more than'],
    ['a PPM that ends early', ppm.subarray(0, -1), 'damaged: the pixels end early'],
    ['a PGM in text that ends early', Buffer.from('P2 2 2 255 1 2 3'), 'damaged: the pixels end early'],
    ['a PPM without a number', Buffer.from('P6 2 x'), 'damaged: a number of it cannot be read'],
    ['the head of a PPM', Buffer.from('P6 2'), 'damaged: its header ends early'],
    ['a PGM too large', Buffer.from('P5 99999 99999 255 '), 'megapixels: more than'],
    [
      'compressed otherwise',
      Buffer.from(bmp()).fill(4, 30, 31),
      'a BMP picture of 24 bits with compression 4, which is not read: convert it to PNG or JPEG',
    ],
  ])('%s', async (_, bytes, reason) => {
    await expect(decodePicture(bytes, { ...squash, height: 2, width: 2 })).rejects.toThrow(reason);
    await expect(decodePicture(bytes, { ...squash, height: 2, width: 2 })).rejects.toThrow(PictureError);
  });

  test.each([
    ['BMP', bmp()],
    ['BMP with masks', transparentBmp()],
    ['PPM', ppm],
  ])('damage to a %s', async (_, sound) => {
    const change = fc.tuple(fc.nat(sound.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.nat(sound.length),
        async (changes, cut) => {
          const damaged = Buffer.from(sound.subarray(0, cut % 3 ? sound.length : cut));
          for (const [at, value] of changes) if (at < damaged.length) damaged[at] = value;
          try {
            await decodePicture(damaged, { ...squash, height: 2, width: 2 });
          } catch (error) {
            if (!(error instanceof PictureError)) throw error;
            expect(error.message.length).toBeLessThan(200);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('text that begins like one of them is text', async () => {
    const file = join(folder, 'text');
    writeFileSync(file, 'BMW is a maker of cars, and this is no picture.');
    await expect(inspect(file)).rejects.toThrow('plain text, not a picture');
  });

  test.each([
    ['JPEG 2000', '\0\0\0\x0cjP  \r\n\x87\n'],
    ['JPEG 2000', '\xff\x4f\xff\x51\0\x2f'],
    ['JPEG XL', '\xff\x0a\xfa\x1f'],
    ['Photoshop', '8BPS\0\x01'],
    ['PAM and PFM', 'PF\n2 2\n-1.0\n\0\0'],
  ])('%s is refused by its name', async (kind, head) => {
    const file = join(folder, 'other');
    writeFileSync(file, Buffer.from(`${head}${'\0'.repeat(64)}`, 'latin1'));
    await expect(inspect(file)).rejects.toThrow(
      new RegExp(`^${kind} .* are not read: convert it to PNG or JPEG$`),
    );
  });
});

test('a DICOM file is refused by its name', async () => {
  const file = join(folder, 'scan.dcm');
  writeFileSync(file, Buffer.concat([Buffer.alloc(128), Buffer.from('DICM\x02\0\0\0')]));
  await expect(inspect(file)).rejects.toThrow('a DICOM file is not read: export its picture as PNG');
});

describe.skipIf(!pythonHas('PIL', 'numpy'))('BMP and PPM pictures agree with Pillow (needs Python)', () => {
  const made = scratch();
  const script = new URL('../../test/fixtures/write_bitmaps.py', import.meta.url).pathname;

  beforeAll(() => {
    const { status, stderr } = spawnSync(python!, [script, made], { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
  }, 60_000);

  test('every kind, to one level', async () => {
    const names = readdirSync(made).filter((name) => !name.endsWith('.rgb'));
    expect(names).toHaveLength(23);
    for (const name of names) {
      const pixels = await decodePicture(join(made, name), { ...squash, height: 13, width: 17 });
      const expected = readFileSync(join(made, `${name}.rgb`));
      expect(pixels, name).toHaveLength(expected.length);
      const furthest = Math.max(...pixels.map((value, i) => Math.abs(value - expected[i]!)));
      expect(furthest, name).toBeLessThanOrEqual(1);
    }
  });
});

/** A little-endian TIFF of 4 × 4 pixels of these bits (grey), compression and colour space. */
function tiff({ bits = 8, format = 1, compression = 1, photometric = 1 }): Buffer {
  const tags: [tag: number, value: number][] = [
    [256, 4],
    [257, 4],
    [258, bits],
    [259, compression],
    [262, photometric],
    [273, 200],
    [277, 1],
    [278, 4],
    [279, 2 * bits],
    [339, format],
  ];
  const file = Buffer.alloc(200 + 2 * bits);
  file.write('II*\0\x08\0\0\0', 'latin1');
  file.writeUInt16LE(tags.length, 8);
  for (const [i, [tag, value]] of tags.entries()) {
    const at = 10 + 12 * i;
    file.writeUInt16LE(tag, at);
    file.writeUInt16LE(3, at + 2);
    file.writeUInt32LE(1, at + 4);
    file.writeUInt16LE(value, at + 8);
  }
  return file;
}

test.each([
  ['10 bits', { bits: 10 }, 'values or colours of a kind that is not read: convert it to PNG or JPEG'],
  ['64-bit floats', { bits: 64, format: 3 }, 'values or colours of a kind that is not read'],
  ['complex numbers', { bits: 64, format: 6 }, 'values or colours of a kind that is not read'],
  ['values of a colour filter', { photometric: 32_803 }, 'values or colours of a kind that is not read'],
  [
    'a compression unknown',
    { compression: 34_712 },
    'a TIFF with compression scheme 34712, which is not read',
  ],
  [
    'LZMA',
    { compression: 34_925 },
    'a TIFF with LZMA compression, which is not read: convert it to PNG or JPEG',
  ],
])('a TIFF of %s is not called damaged', async (_, kind, reason) => {
  await expect(decodePicture(tiff(kind), { ...squash, height: 4, width: 4 })).rejects.toThrow(reason);
  expect(await decodePicture(tiff({}), { ...squash, height: 4, width: 4 })).toHaveLength(48);
});
