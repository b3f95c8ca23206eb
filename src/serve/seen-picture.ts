import sharp from '../runtime/sharp.js';
import { type DecodeOptions, decodePicture } from '../data/decode.js';
import { overlay } from '../explain/overlay.js';
import type { Grid } from '../explain/resize-map.js';
import type { PictureAnswer } from './answer.js';

/** The longer side of a picture that is shown, in pixels. */
const longest = 384;

/**
 * What the network saw of a picture, and the map over it, as data URLs. Where the picture was squashed it is shown in its
 * own proportions; else it is what cropping or bars left.
 */
export async function seenPicture(
  bytes: Buffer,
  decode: DecodeOptions,
  map: Grid,
): Promise<NonNullable<PictureAnswer['images']>> {
  const aspect = decode.resize === 'squash' ? await aspectOf(bytes) : decode.width / decode.height;
  const width = Math.max(1, Math.round(aspect >= 1 ? longest : longest * aspect));
  const height = Math.max(1, Math.round(aspect >= 1 ? longest / aspect : longest));
  const rgb = await decodePicture(bytes, { height, width, channels: 3, resize: decode.resize });
  const drawn = overlay(rgb, { height, width }, map);
  const [seen, over] = await Promise.all([rgb, drawn].map((pixels) => jpegUrl(pixels, { height, width })));
  return { seen: seen!, map: over! };
}

async function jpegUrl(rgb: Uint8Array, size: { height: number; width: number }): Promise<string> {
  const bytes = await sharp(rgb, { raw: { ...size, channels: 3 } })
    .jpeg({ quality: 84 })
    .toBuffer();
  return `data:image/jpeg;base64,${bytes.toString('base64')}`;
}

/** Width by height as it is looked at; 1 for kinds that sharp doesn't know. */
async function aspectOf(bytes: Buffer): Promise<number> {
  return sharp(bytes)
    .metadata()
    .then(({ autoOrient: { width, height } }) => width / height)
    .catch(() => 1);
}
