import sharp, { type Metadata, type Sharp } from 'sharp';
import { messageOf } from '../runtime/errors.js';
import { PictureError } from './pictures.js';

// Many small pictures: libvips' cache of operations never hits, and one thread a picture with several pictures
// at once (libuv's pool runs four) is as fast as any split of a picture over threads.
sharp.cache(false);
sharp.concurrency(1);

/**
 * The most pixels a picture may claim. It lets through the largest telephone sensors (200 megapixels) and keeps
 * out files of a few kilobytes that unpack to gigabytes.
 */
export const largestPicture = 200_000_000;

/**
 * A picture to decode; `input` is a path or the bytes of the file. Of an animation, the first frame.
 *
 * Pixels that end early or cannot be read are an error. Milder warnings are not: a stray byte between two
 * JPEG segments or a bad Exif field costs nobody a picture. (A JPEG carries no checksum: a flipped bit that
 * still decodes goes unnoticed in every reader.)
 */
export function openPicture(input: string | Buffer): Sharp {
  return sharp(input, { failOn: 'error', limitInputPixels: largestPicture });
}

/** Reads a picture's header only; throws a PictureError for what cannot be a usable picture. */
export async function readHeader(input: string | Buffer): Promise<Metadata> {
  const header = await sharp(input, { failOn: 'error', limitInputPixels: false })
    .metadata()
    .catch((error: unknown) => {
      throw pictureError(error);
    });
  const { width, height } = header;
  if (width * height > largestPicture) {
    const megapixels = Math.round((width * height) / 1e6);
    throw new PictureError(
      `${width} × ${height} pixels, ${megapixels} megapixels: more than the ${largestPicture / 1e6} allowed`,
    );
  }
  if (header.compression === 'hevc') {
    throw new PictureError('HEIC pictures cannot be decoded here: convert it to JPEG or PNG');
  }
  return header;
}

/** What libvips said, in a reader's words. */
export function pictureError(thrown: unknown): PictureError {
  if (thrown instanceof PictureError) return thrown;
  const message = messageOf(thrown);
  if (/is missing/.test(message)) return new PictureError('the file is missing');
  if (/unsupported image format|Buffer is empty/.test(message)) {
    return new PictureError('not a picture of a known kind');
  }
  if (/pixel limit/.test(message)) {
    return new PictureError(`more than the ${largestPicture / 1e6} megapixels allowed`);
  }
  if (/corrupt header/.test(message)) return new PictureError('damaged: its header cannot be read');
  if (/premature end of JPEG image/.test(message)) return new PictureError('damaged: the pixels end early');
  const detail = message.replace(/^(vips)?(jpeg|png|webp|gif|tiff|heif)\w*: (VipsJpeg: )?/i, '');
  return new PictureError(`damaged: ${detail.slice(0, 120)}`);
}
