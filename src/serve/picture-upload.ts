import { decodePicture } from '../data/decode.js';
import { readHeader } from '../data/open-picture.js';
import { PictureError } from '../data/pictures.js';
import { isOneColour } from '../data/odd-pictures.js';
import type { DecodeOptions } from '../data/decode.js';

/** A request that cannot be met, with its HTTP status; the message is for the sender. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

/** Kinds of pictures that are taken, as sharp calls them. SVG is not: it is a program that draws. */
const takenKinds = new Set(['jpeg', 'png', 'webp', 'gif', 'tiff', 'bmp', 'ppm', 'heif', 'jp2k']);

/** What a picture's header says. */
export interface CheckedPicture {
  readonly bytes: Buffer;
  readonly format: string;
  readonly width: number;
  readonly height: number;
}

/**
 * Looks at a picture's header, before anything of it is decoded.
 *
 * @throws Refusal 415 for what is no picture of a kind that is taken, 413 for too many pixels, 422 for a damaged header.
 */
export async function checkPicture(bytes: Buffer, mostMegapixels: number): Promise<CheckedPicture> {
  if (bytes.length === 0) throw new Refusal(400, 'Expected a picture but received no bytes.');
  const { format, width, height } = await readHeader(bytes).catch((error: unknown) => {
    if (!(error instanceof PictureError)) throw error;
    throw new Refusal(statusOf(error), `Expected a picture but this one cannot be used: ${error.message}.`);
  });
  if (!takenKinds.has(format)) {
    throw new Refusal(415, `Expected a photograph or another grid of pixels but received ${format}.`);
  }
  if (width * height > mostMegapixels * 1e6) {
    throw new Refusal(
      413,
      `Expected at most ${mostMegapixels} megapixels but the picture has ${width} × ${height}.`,
    );
  }
  return { bytes, format, width, height };
}

/** @throws Refusal 422 when the pixels are damaged. */
export async function pixelsOf(bytes: Buffer, decode: DecodeOptions): Promise<Uint8Array> {
  return decodePicture(bytes, decode).catch((error: unknown) => {
    if (!(error instanceof PictureError)) throw error;
    throw new Refusal(422, `Expected a whole picture but this one cannot be used: ${error.message}.`);
  });
}

/** Whether there is nothing to see in decoded pixels. */
export function isPlain(pixels: Uint8Array, { channels, resize }: DecodeOptions): boolean {
  return isOneColour(pixels, channels, resize === 'letterbox');
}

function statusOf({ message }: PictureError): number {
  if (/megapixels/.test(message)) return 413;
  return /known kind|cannot be decoded here/.test(message) ? 415 : 422;
}
