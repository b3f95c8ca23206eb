import sharp, { type Sharp } from '../runtime/sharp.js';
import { messageOf } from '../runtime/errors.js';
import { bitmapHeader, openBitmap } from './bitmap.js';
import { PictureError } from './pictures.js';

// Many small pictures: libvips' cache of operations never hits, and one thread a picture with several pictures
// at once (libuv's pool runs four) is as fast as any split of a picture over threads.
sharp.cache(false);
sharp.concurrency(1);

/**
 * The most pixels a picture may claim. It lets through the largest telephone sensors (200 megapixels) and keeps
 * out files of a few kilobytes that unpack to gigabytes.
 */
const largestPicture = 200_000_000;

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

/** As `openPicture`, for what libvips has refused with this error: a picture of a kind that is decoded here. */
export async function openOtherwise(input: string | Buffer, error: unknown): Promise<Sharp> {
  const picture = isUnknownKind(error) ? await openBitmap(input, checkSize) : undefined;
  if (!picture) throw error;
  return picture;
}

/** Whether the reason of a refusal got lost. */
export function isUntold(error: unknown): boolean {
  return /Unknown error/.test(messageOf(error));
}

function isUnknownKind(error: unknown): boolean {
  return /unsupported image format/.test(messageOf(error));
}

/** What a picture's header says that matters here. */
export interface PictureHeader {
  /** As sharp calls it: jpeg, png, webp … */
  readonly format: string;
  readonly width: number;
  readonly height: number;
  readonly compression?: string | undefined;
  /** Width and height once the picture is upright, where the file says how it lies. */
  readonly autoOrient?: { readonly width: number; readonly height: number };
}

/** Reads a picture's header only; throws a PictureError for what cannot be a usable picture. */
export async function readHeader(input: string | Buffer): Promise<PictureHeader> {
  const header = await headerOf(input).catch((error: unknown) => {
    throw pictureError(error);
  });
  checkSize(header);
  if (header.compression === 'hevc') {
    throw new PictureError('HEIC pictures cannot be decoded here: convert it to JPEG or PNG');
  }
  return header;
}

async function headerOf(input: string | Buffer): Promise<PictureHeader> {
  try {
    return await sharp(input, { failOn: 'error', limitInputPixels: false }).metadata();
  } catch (error) {
    const header = isUnknownKind(error) ? await bitmapHeader(input) : undefined;
    if (!header) throw error;
    return header;
  }
}

function checkSize({ width, height }: Pick<PictureHeader, 'width' | 'height'>): void {
  if (width * height <= largestPicture) return;
  const megapixels = Math.round((width * height) / 1e6);
  throw new PictureError(
    `${width} × ${height} pixels, ${megapixels} megapixels: more than the ${largestPicture / 1e6} allowed`,
  );
}

/** What libvips says of sound pictures, nearly all TIFFs: bits or numbers of a width, colours or channels it has no way with. */
const unreadValues =
  /not a whole number of bytes|unsupported tiff image type|samples out of range|bad labq format|no known route|channel limit|vector must have/;

/** What libvips said, in a reader's words. */
export function pictureError(thrown: unknown): PictureError {
  if (thrown instanceof PictureError) return thrown;
  const message = messageOf(thrown);
  if (isUntold(thrown)) return new PictureError('damaged: its pixels cannot be read');
  if (/is missing/.test(message)) return new PictureError('the file is missing');
  if (/unsupported image format|Buffer is empty/.test(message)) {
    return new PictureError('not a picture of a known kind');
  }
  if (/pixel limit/.test(message)) {
    return new PictureError(`more than the ${largestPicture / 1e6} megapixels allowed`);
  }
  const compression = /(\S+(?: JPEG)?) compression support is not configured|(Compression scheme \d+)/.exec(
    message,
  );
  if (compression) {
    const kind = compression[2]?.replace('C', 'c') ?? `${compression[1]} compression`;
    return new PictureError(`a TIFF with ${kind}, which is not read: convert it to PNG or JPEG`);
  }
  if (unreadValues.test(message)) {
    return new PictureError('values or colours of a kind that is not read: convert it to PNG or JPEG');
  }
  if (/corrupt header/.test(message)) return new PictureError('damaged: its header cannot be read');
  if (/premature end of JPEG image/.test(message)) return new PictureError('damaged: the pixels end early');
  const detail = message.replace(/^(vips)?(jpeg|png|webp|gif|tiff|heif)\w*: (VipsJpeg: )?/i, '');
  return new PictureError(`damaged: ${detail.slice(0, 120)}`);
}
