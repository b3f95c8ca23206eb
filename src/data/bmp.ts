import { PictureError } from './pictures.js';
import type { Bitmap, BitmapHeader } from './pixels.js';

/** What of a BMP file's head is needed. Layout: Microsoft, "Bitmap Header Types"; OS/2's first header is shorter. */
interface Header extends BitmapHeader {
  readonly topDown: boolean;
  readonly bits: number;
  readonly compression: number;
  /** Where the values start. */
  readonly offset: number;
  /** RGB, three bytes a colour. */
  readonly palette: Uint8Array;
  /** Of red, green, blue and alpha in a value of 16 or 32 bits. */
  readonly masks: readonly number[];
}

const compressions = { none: 0, rle8: 1, rle4: 2, masks: 3, alphaMasks: 6 } as const;

export function readBmpHeader(file: Buffer): BitmapHeader {
  const { width, height } = parse(file);
  return { format: 'bmp', width, height };
}

/** The pixels of a BMP file: palettes, runs, 16, 24 and 32 bits, upside down or not. */
export function decodeBmp(file: Buffer): Bitmap {
  const header = parse(file);
  const { width, height, bits, compression } = header;
  if (compression === compressions.rle8 || compression === compressions.rle4) {
    return fromPalette(header, runs(file, header));
  }
  const stride = Math.ceil((width * bits) / 32) * 4;
  const last = header.offset + stride * (height - 1) + Math.ceil((width * bits) / 8);
  if (last > file.length) throw new PictureError('damaged: the pixels end early');
  const rowAt = (y: number) => header.offset + stride * (header.topDown ? y : height - 1 - y);
  if (bits > 8) return fromColours(file, header, rowAt);
  const indices = new Uint8Array(width * height);
  const perByte = 8 / bits;
  for (let y = 0; y < height; y++) {
    const row = rowAt(y);
    for (let x = 0; x < width; x++) {
      const byte = file[row + Math.floor(x / perByte)]!;
      indices[y * width + x] = (byte >> (8 - bits * ((x % perByte) + 1))) & (2 ** bits - 1);
    }
  }
  return fromPalette(header, indices);
}

function parse(file: Buffer): Header {
  try {
    return parseFields(file);
  } catch (error) {
    if (error instanceof RangeError) throw new PictureError('damaged: its header ends early');
    throw error;
  }
}

function parseFields(file: Buffer): Header {
  const headerSize = file.readUInt32LE(14);
  const isOs2 = headerSize === 12;
  if (!isOs2 && (headerSize < 40 || headerSize > 256)) {
    throw new PictureError('damaged: its header cannot be read');
  }
  const width = isOs2 ? file.readUInt16LE(18) : file.readInt32LE(18);
  const signedHeight = isOs2 ? file.readUInt16LE(20) : file.readInt32LE(22);
  const bits = file.readUInt16LE(isOs2 ? 24 : 28);
  const compression = isOs2 ? compressions.none : file.readUInt32LE(30);
  const height = Math.abs(signedHeight);
  if (width <= 0 || height <= 0) throw new PictureError('damaged: it has no width or height');
  if (!isReadable(bits, compression)) {
    throw new PictureError(
      `a BMP picture of ${bits} bits with compression ${compression}, which is not read: convert it to PNG or JPEG`,
    );
  }
  const hasMasks = compression === compressions.masks || compression === compressions.alphaMasks;
  const masksAfter = headerSize === 40 && hasMasks ? (compression === compressions.masks ? 12 : 16) : 0;
  const hasAlpha = compression === compressions.alphaMasks || (hasMasks && headerSize >= 56);
  const masks = hasMasks
    ? [54, 58, 62, ...(hasAlpha ? [66] : [])].map((at) => file.readUInt32LE(at))
    : bits === 16
      ? [0x7c00, 0x3e0, 0x1f]
      : [0xff0000, 0xff00, 0xff];
  const used = isOs2 ? 0 : file.readUInt32LE(46);
  const colours = bits > 8 ? 0 : Math.min(used || 2 ** bits, 2 ** bits);
  const palette = readPalette(file, 14 + headerSize + masksAfter, isOs2 ? 3 : 4, colours);
  const topDown = signedHeight < 0;
  const offset = file.readUInt32LE(10);
  return { format: 'bmp', width, height, topDown, bits, compression, offset, palette, masks };
}

function isReadable(bits: number, compression: number): boolean {
  switch (compression) {
    case compressions.none:
      return [1, 2, 4, 8, 16, 24, 32].includes(bits);
    case compressions.rle8:
      return bits === 8;
    case compressions.rle4:
      return bits === 4;
    case compressions.masks:
    case compressions.alphaMasks:
      return bits === 16 || bits === 32;
    default:
      return false;
  }
}

/** Blue, green, red in the file. */
function readPalette(file: Buffer, start: number, width: 3 | 4, colours: number): Uint8Array {
  const palette = new Uint8Array(colours * 3);
  for (let i = 0; i < colours; i++) {
    for (let channel = 0; channel < 3; channel++) {
      palette[3 * i + channel] = file.readUInt8(start + width * i + 2 - channel);
    }
  }
  return palette;
}

function fromPalette({ width, height, palette }: Header, indices: Uint8Array): Bitmap {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < indices.length; i++) {
    for (let channel = 0; channel < 3; channel++)
      data[3 * i + channel] = palette[3 * indices[i]! + channel] ?? 0;
  }
  return { data, width, height, channels: 3 };
}

function fromColours(file: Buffer, header: Header, rowAt: (y: number) => number): Bitmap {
  const { width, height, bits, masks } = header;
  const channels = masks[3] ? 4 : 3;
  const bytes = bits / 8;
  const fields = masks.slice(0, channels).map((mask) => {
    const lowest = mask === 0 ? 1 : (mask & -mask) >>> 0;
    return { mask, lowest, most: Math.max(1, mask / lowest) };
  });
  const data = new Uint8Array(width * height * channels);
  let at = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0, from = rowAt(y); x < width; x++, from += bytes) {
      const value = file.readUIntLE(from, bytes);
      for (const { mask, lowest, most } of fields) {
        data[at++] = Math.round((((value & mask) >>> 0) / lowest / most) * 255);
      }
    }
  }
  return { data, width, height, channels };
}

/** Runs of equal values, lists of others, and jumps; what is jumped over has the first colour. */
function runs(file: Buffer, { width, height, topDown, bits, offset }: Header): Uint8Array {
  if (width * height > 256 * file.length) throw new PictureError('damaged: the pixels end early');
  const indices = new Uint8Array(width * height);
  const perByte = 8 / bits;
  let [at, x, y] = [offset, 0, 0];
  const put = (value: number) => {
    if (x < width && y < height) indices[(topDown ? y : height - 1 - y) * width + x] = value;
    x++;
  };
  const part = (byte: number, i: number) => (bits === 8 ? byte : (byte >> (i % 2 ? 0 : 4)) & 15);
  while (at + 1 < file.length && y < height) {
    const [count, value] = [file[at]!, file[at + 1]!];
    at += 2;
    if (count > 0) {
      for (let i = 0; i < count; i++) put(part(value, i));
    } else if (value === 0) {
      [x, y] = [0, y + 1];
    } else if (value === 1) {
      return indices;
    } else if (value === 2) {
      [x, y] = [x + (file[at] ?? 0), y + (file[at + 1] ?? 0)];
      at += 2;
    } else {
      for (let i = 0; i < value; i++) put(part(file[at + Math.floor(i / perByte)] ?? 0, i));
      at += Math.ceil(value / perByte / 2) * 2;
    }
  }
  if (y < height - 1) throw new PictureError('damaged: the pixels end early');
  return indices;
}
