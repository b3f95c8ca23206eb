import { open, readFile } from 'node:fs/promises';
import sharp, { type Sharp } from '../runtime/sharp.js';
import { decodeBmp, readBmpHeader } from './bmp.js';
import { decodeNetpbm, readNetpbmHeader } from './netpbm.js';
import type { BitmapHeader } from './pixels.js';

/** Pictures of the kinds that libvips, as sharp ships it, does not read: BMP and the PPM family. */

const readers = {
  bmp: { header: readBmpHeader, decode: decodeBmp },
  ppm: { header: readNetpbmHeader, decode: decodeNetpbm },
} as const;

/** The header of a picture (a path, or a file's bytes); undefined where it is of none of these kinds. */
export async function bitmapHeader(input: string | Buffer): Promise<BitmapHeader | undefined> {
  const head = typeof input === 'string' ? await firstBytes(input) : input;
  const format = formatOf(head);
  return format && readers[format].header(head);
}

/**
 * A picture (a path, or a file's bytes) as sharp takes it; undefined where it is of none of these kinds.
 *
 * @param check is asked before any memory is taken for the pixels.
 */
export async function openBitmap(
  input: string | Buffer,
  check: (header: BitmapHeader) => void,
): Promise<Sharp | undefined> {
  const format = formatOf(typeof input === 'string' ? await firstBytes(input) : input);
  if (!format) return undefined;
  const file = typeof input === 'string' ? await readFile(input) : input;
  check(readers[format].header(file));
  const { data, width, height, channels } = readers[format].decode(file);
  return sharp(data, { raw: { width, height, channels }, limitInputPixels: false });
}

function formatOf(head: Buffer): 'bmp' | 'ppm' | undefined {
  const text = head.toString('latin1', 0, 3);
  if (/^P[1-6][\s#]/.test(text)) return 'ppm';
  // A text may begin so, but does not go on with the length of a header.
  return text.startsWith('BM') && head.length >= 26 && head.readUInt32LE(14) <= 256 ? 'bmp' : undefined;
}

/** As much as a header takes, palette and comments included. */
async function firstBytes(path: string): Promise<Buffer> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(8192), 0, 8192, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
