import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodePicture } from './decode.js';
import { inspect } from './inspect.js';

const shared = process.env['FINETUNE_SHARED'];

/** What becomes of each file: used, or the reason it is not. Decided by looking at each of them. */
const expected: Readonly<Record<string, string>> = {
  '16bit/pngsuite_basi2c16.png': 'used',
  '16bit/pngsuite_basn6a16.png': 'used',
  '16bit/sharp_Flag_of_the_Netherlands-16bit.png': 'used',
  '16bit/sharp_bggn4a16.png': 'used',
  'alpha/sharp_alpha-premultiply-1024x768-paper.png': 'used',
  'alpha/sharp_image-in-alpha.png': 'used',
  'animated/sharp_rotating-squares.webp': 'used',
  'cmyk/pillow_pil_sample_cmyk.jpg': 'used',
  'cmyk/sharp_Channel_digital_image_CMYK_color.jpg': 'used',
  'cmyk/sharp_Channel_digital_image_CMYK_color_no_profile.jpg': 'used',
  // Its pixels end in the middle.
  'corrupt/exifsamples_corrupted.jpg': 'damaged: ',
  // Whole pictures with odd metadata.
  'corrupt/exifsamples_image00971.jpg': 'used',
  'corrupt/exifsamples_image01713.jpg': 'used',
  'corrupt/exifsamples_image01980.jpg': 'used',
  'corrupt/exifsamples_image02206.jpg': 'used',
  'corrupt/imagers_Bad_shortfile.bmp': 'damaged: the pixels end early',
  'corrupt/pillow_broken.png': 'damaged: its header',
  // Stray bytes between two segments; every pixel is there.
  'corrupt/pillow_photoshop-200dpi-broken.jpg': 'used',
  'corrupt/pngsuite_xc1n0g08.png': 'damaged: its header',
  'corrupt/pngsuite_xd3n2c08.png': 'damaged: its header',
  'corrupt/pngsuite_xd9n2c08.png': 'damaged: its header',
  // The PNG suite's broken signatures.
  'corrupt/pngsuite_xlfn0g04.png': 'not a picture of a known kind',
  'corrupt/pngsuite_xs1n0g01.png': 'not a picture of a known kind',
  'corrupt/pngsuite_xs2n0g01.png': 'not a picture of a known kind',
  'corrupt/pngsuite_xs4n0g01.png': 'not a picture of a known kind',
  'exif-bad/exifsamples_87_OSError.jpg': 'used',
  'exif-bad/pillow_invalid-exif.jpg': 'used',
  'exif-orientation/exif_Landscape_1.jpg': 'used',
  'exif-orientation/exif_Landscape_2.jpg': 'used',
  'exif-orientation/exif_Landscape_3.jpg': 'used',
  'exif-orientation/exif_Landscape_4.jpg': 'used',
  'exif-orientation/exif_Landscape_8.jpg': 'used',
  'exif-orientation/exif_Portrait_2.jpg': 'used',
  'exif-orientation/exif_Portrait_5.jpg': 'used',
  'exif-orientation/exif_Portrait_6.jpg': 'used',
  'exif-orientation/exif_Portrait_7.jpg': 'used',
  'exif-orientation/exif_Portrait_8.jpg': 'used',
  'grayscale/pillow_hopper_gray.jpg': 'used',
  'grayscale/sharp_16-bit-grey-alpha.png': 'used',
  'grayscale/sharp_gamma_dalai_lama_gray.jpg': 'used',
  'grayscale/sharp_grey-8bit-alpha.png': 'used',
  // Its first frame is an ordinary 100 × 100.
  'huge-dimensions/pillow_decompression_bomb_extents.gif': 'used',
  'made-here/text-named.jpg': 'plain text, not a picture',
  'made-here/zero-byte.jpg': 'empty file',
  'other-formats/pillow_hopper.bmp': 'used',
  'other-formats/pillow_hopper.gif': 'used',
  'other-formats/sharp_4.webp': 'used',
  'other-formats/sharp_8bit_depth.tiff': 'used',
  'palette/pngsuite_basn3p02.png': 'used',
  'palette/sharp_blackbug.png': 'used',
  'tiny/sharp_2x2_fdcce6.png': 'used',
  // Only the closing chunk is cut; every pixel is there.
  'truncated/pillow_truncated_end_chunk.png': 'used',
  'truncated/pillow_truncated_image.png': 'damaged: ',
  'truncated/sharp_truncated.jpg': 'damaged: the pixels end early',
  'truncated/sharp_truncated.png': 'damaged: ',
  'wrong-extension/Abyssinian_34.jpg': 'used',
  'wrong-extension/Abyssinian_5.jpg': 'used',
};

describe.skipIf(!shared)('odd pictures (needs FINETUNE_SHARED)', () => {
  const root = join(shared ?? '', 'datasets/odd-images');

  test('the table names every file', () => {
    expect(existsSync(root)).toBe(true);
    const files = readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
    expect(files.sort()).toEqual(Object.keys(expected).sort());
  });

  test.each(Object.entries(expected))('%s: %s', async (path, outcome) => {
    expect(await fate(join(root, path))).toMatch(new RegExp(`^${outcome}`));
  });

  test('a picture stored turned eight ways is one picture', async () => {
    const small = { height: 32, width: 32, channels: 3, resize: 'squash' } as const;
    const turned = await Promise.all(
      [1, 2, 3, 4, 8].map((n) =>
        decodePicture(join(root, `exif-orientation/exif_Landscape_${n}.jpg`), small),
      ),
    );
    for (const pixels of turned.slice(1)) {
      const difference = pixels.reduce((sum, value, i) => sum + Math.abs(value - turned[0]![i]!), 0);
      // The pictures bear different digits; turned wrongly they differ by more than 40.
      expect(difference / pixels.length).toBeLessThan(6);
    }
  });

  test('CMYK with and without its profile: the same photograph in natural colours', async () => {
    const name = 'cmyk/sharp_Channel_digital_image_CMYK_color';
    const small = { height: 32, width: 32, channels: 3, resize: 'squash' } as const;
    const [with_, without] = await Promise.all(
      [`${name}.jpg`, `${name}_no_profile.jpg`].map((path) => decodePicture(join(root, path), small)),
    );
    const difference = with_!.reduce((sum, value, i) => sum + Math.abs(value - without![i]!), 0);
    expect(difference / with_!.length).toBeLessThan(10);
  });

  test('the flag of the Netherlands in 16 bits: red, white, blue', async () => {
    const rows = { height: 9, width: 1, channels: 3, resize: 'squash' } as const;
    const flag = await decodePicture(join(root, '16bit/sharp_Flag_of_the_Netherlands-16bit.png'), rows);
    const middles = [1, 4, 7].map((row) => [...flag.subarray(row * 3, row * 3 + 3)]);
    expect(middles).toEqual([
      [0xae, 0x1c, 0x28],
      [0xff, 0xff, 0xff],
      [0x21, 0x46, 0x8b],
    ]);
  });
});

/** `used`, or the reason that scanning or decoding gives. */
async function fate(file: string): Promise<string> {
  try {
    await inspect(file);
    await decodePicture(file, { height: 32, width: 32, channels: 3, resize: 'squash' });
    return 'used';
  } catch (error) {
    return (error as Error).message;
  }
}
