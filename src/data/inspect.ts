import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { deepRange, isPerhapsDeep } from './deep-picture.js';
import { type PictureHeader, readHeader } from './open-picture.js';
import { pathToOpen } from './names.js';
import { PictureError } from './pictures.js';
import type { ValueRange } from './value-range.js';

/** Files up to this many bytes are read in one piece; larger ones are digested as a stream. */
export const readWhole = 32 * 2 ** 20;

/** What can be known of a picture without looking at it. */
export interface FileFacts {
  /** Of the upright picture. */
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  /** As `Inspected.format`. */
  readonly format: string;
}

export interface Inspected {
  /** SHA-256 of the file's bytes, hexadecimal. */
  readonly digest: string;
  /** What the bytes are, as sharp calls it: jpeg, png, webp … */
  readonly format: string;
  readonly facts: FileFacts;
  /** What is taken for black and white where values are not eight bits wide. */
  readonly range?: ValueRange;
}

/** Reads a file once, digests it and checks its header. Throws a PictureError with the reason. */
export async function inspect(file: string): Promise<Inspected> {
  const handle = await open(pathToOpen(file)).catch(cannotRead);
  try {
    const { size } = await handle.stat();
    if (size === 0) throw new PictureError('empty file');
    return await (size <= readWhole ? inspectBytes(handle) : inspectStream(handle, size));
  } finally {
    await handle.close();
  }
}

/** Checks a file's header without reading all of it. Throws a PictureError with the reason. */
export async function checkHeader(file: string): Promise<void> {
  const handle = await open(pathToOpen(file)).catch(cannotRead);
  try {
    const { size } = await handle.stat();
    if (size === 0) throw new PictureError('empty file');
    await readHeader(`/proc/self/fd/${handle.fd}`).catch(async (error: PictureError) => {
      const head = Buffer.alloc(Math.min(size, 1024));
      await handle.read(head, 0, head.length, 0).catch(cannotRead);
      throw new PictureError(kindOf(head) ?? error.message);
    });
  } finally {
    await handle.close();
  }
}

async function inspectBytes(handle: FileHandle): Promise<Inspected> {
  const bytes = await handle.readFile().catch(cannotRead);
  const header = await readHeader(bytes).catch((error: PictureError) => {
    throw new PictureError(kindOf(bytes) ?? error.message);
  });
  return {
    format: header.format,
    digest: createHash('sha256').update(bytes).digest('hex'),
    facts: factsOf(header, bytes.length),
    ...(await rangeOf(bytes)),
  };
}

function factsOf({ format, width, height, autoOrient }: PictureHeader, bytes: number): FileFacts {
  return { format, bytes, width: autoOrient?.width ?? width, height: autoOrient?.height ?? height };
}

async function inspectStream(handle: FileHandle, size: number): Promise<Inspected> {
  // by the open handle: libvips takes no path that is not UTF-8
  const path = `/proc/self/fd/${handle.fd}`;
  const header = await readHeader(path);
  const hash = createHash('sha256');
  await pipeline(handle.createReadStream({ autoClose: false, highWaterMark: 2 ** 20 }), hash).catch(
    cannotRead,
  );
  return {
    format: header.format,
    digest: hash.digest('hex'),
    facts: factsOf(header, size),
    ...(await rangeOf(path)),
  };
}

async function rangeOf(input: string | Buffer): Promise<{ range?: ValueRange }> {
  // Damaged pixels show when they are decoded.
  const range = isPerhapsDeep(input) ? await deepRange(input).catch(() => undefined) : undefined;
  return range ? { range } : {};
}

/** A system's error of reading a picture, in a reader's words. */
export function cannotRead(error: NodeJS.ErrnoException): never {
  if (error.code === 'EACCES' || error.code === 'EPERM') throw new PictureError('no permission to read it');
  if (error.code === 'ENOENT') throw new PictureError('the file is missing');
  // No fault of the picture's: every further one would be left out too.
  if (error.code === 'EMFILE' || error.code === 'ENFILE') throw error;
  throw new PictureError(`cannot be read: ${error.code ?? error.message}`);
}

/** First bytes of kinds of pictures that are not read here. */
const unreadKinds: Readonly<Record<string, readonly string[]>> = {
  'JPEG 2000 pictures': ['\0\0\0\x0cjP  \r\n\x87\n', '\xff\x4f\xff\x51'],
  'JPEG XL pictures': ['\0\0\0\x0cJXL \r\n\x87\n', '\xff\x0a'],
  'Photoshop files': ['8BPS'],
  'OpenEXR pictures': ['v/1\x01'],
  'PAM and PFM pictures': ['P7\n', 'PF\n', 'Pf\n'],
};

/** Names what often lies among pictures and is not read, from its first bytes. */
function kindOf(bytes: Buffer): string | undefined {
  const starts = (...heads: string[]) =>
    heads.some((head) => bytes.subarray(0, head.length).equals(latin1(head)));
  const unread = Object.keys(unreadKinds).find((kind) => starts(...unreadKinds[kind]!));
  if (unread) return `${unread} are not read: convert it to PNG or JPEG`;
  if (bytes.toString('latin1', 128, 132) === 'DICM')
    return 'a DICOM file is not read: export its picture as PNG';
  if (starts('%PDF')) return 'a PDF document, not a picture';
  if (starts('PK\x03\x04', '\x1f\x8b', 'Rar!', '7z\xbc\xaf'))
    return 'an archive, not a picture: unpack it first';
  if (!bytes.subarray(0, 1024).some((byte) => byte < 9 || (byte > 13 && byte < 32))) {
    return 'plain text, not a picture';
  }
  return undefined;
}

function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

const endings: Readonly<Record<string, readonly string[]>> = {
  jpeg: ['jpg', 'jpeg', 'jpe', 'jfif'],
  png: ['png', 'apng'],
  webp: ['webp'],
  gif: ['gif'],
  tiff: ['tif', 'tiff'],
  bmp: ['bmp', 'dib'],
  ppm: ['ppm', 'pgm', 'pbm', 'pnm'],
  heif: ['avif', 'heif', 'heic'],
  svg: ['svg', 'svgz'],
};

/** Whether the file's name ends as another kind of picture would: a GIF called `cat.jpg`. */
export function hasWrongEnding(file: string, format: string): boolean {
  const ending = extname(file).slice(1).toLowerCase();
  const promised = Object.keys(endings).find((kind) => endings[kind]!.includes(ending));
  return promised !== undefined && promised !== format;
}

/** Whether the file's name ends as a picture's does. */
export function hasPictureEnding(file: string): boolean {
  const ending = extname(file).slice(1).toLowerCase();
  return ending === 'bmp' || Object.values(endings).some((known) => known.includes(ending));
}

/** Whether a file may be a picture by its name: that of one, or one without an ending. */
export function looksLikePicture(file: string): boolean {
  return hasPictureEnding(file) || extname(basename(file)) === '';
}
