import { PictureError } from './pictures.js';
import type { Bitmap, BitmapHeader } from './pixels.js';

/** Layout: netpbm.sourceforge.net, "ppm", "pgm", "pbm". P1 to P3 are text, P4 to P6 bytes. */
interface Header extends BitmapHeader {
  readonly kind: number;
  readonly channels: 1 | 3;
  /** The value of white. */
  readonly most: number;
  /** Where the values start. */
  readonly offset: number;
}

const space = /\s/;

export function readNetpbmHeader(file: Buffer): BitmapHeader {
  const { width, height } = parse(file);
  return { format: 'ppm', width, height };
}

/** The pixels of a PPM, PGM or PBM file, the first where there are several. */
export function decodeNetpbm(file: Buffer): Bitmap {
  const { kind, width, height, channels, most, offset } = parse(file);
  const length = width * height * channels;
  const data = new Uint8Array(kind === 4 || length <= file.length ? length : tooShort());
  const scaled = (value: number) => Math.round((Math.min(value, most) / most) * 255);
  if (kind <= 3) {
    const values = tokens(file, offset, kind === 1);
    for (let i = 0; i < length; i++) {
      const value = values.next().value ?? tooShort();
      data[i] = kind === 1 ? 255 - scaled(value) : scaled(value);
    }
  } else if (kind === 4) {
    const stride = Math.ceil(width / 8);
    if (offset + stride * height > file.length) tooShort();
    for (let i = 0; i < length; i++) {
      const x = i % width;
      const byte = file[offset + Math.floor(i / width) * stride + (x >> 3)]!;
      data[i] = (byte >> (7 - (x & 7))) & 1 ? 0 : 255;
    }
  } else {
    const bytes = most > 255 ? 2 : 1;
    if (offset + length * bytes > file.length) tooShort();
    for (let i = 0; i < length; i++) {
      data[i] = scaled(bytes === 1 ? file[offset + i]! : file.readUInt16BE(offset + 2 * i));
    }
  }
  return { data, width, height, channels };
}

function tooShort(): never {
  throw new PictureError('damaged: the pixels end early');
}

function parse(file: Buffer): Header {
  const kind = file[1]! - 0x30;
  const isBitmap = kind === 1 || kind === 4;
  const values = tokens(file, 2, false);
  const numbers: number[] = [];
  let offset = 2;
  while (numbers.length < (isBitmap ? 2 : 3)) {
    const { value, done } = values.next();
    if (done) throw new PictureError('damaged: its header ends early');
    numbers.push(value);
    offset = values.end();
  }
  const [width, height, most] = [numbers[0]!, numbers[1]!, isBitmap ? 1 : numbers[2]!];
  if (width === 0 || height === 0 || most === 0 || most > 65_535) {
    throw new PictureError('damaged: its header cannot be read');
  }
  // One space, or the end of a comment, ends the header.
  return { format: 'ppm', kind, width, height, channels: kind % 3 === 0 ? 3 : 1, most, offset: offset + 1 };
}

/** The whole numbers of a text with comments; digits alone where bits stand side by side. */
function tokens(file: Buffer, start: number, digits: boolean) {
  let at = start;
  const next = (): { value: number; done?: false } | { value: undefined; done: true } => {
    for (; at < file.length; at++) {
      const letter = String.fromCharCode(file[at]!);
      if (letter === '#') {
        while (at < file.length && file[at] !== 0x0a) at++;
      } else if (!space.test(letter)) break;
    }
    const first = at;
    let value = 0;
    while (at < file.length && file[at]! >= 0x30 && file[at]! <= 0x39 && !(digits && at > first)) {
      value = value * 10 + file[at++]! - 0x30;
    }
    if (at >= file.length && first === at) return { value: undefined, done: true };
    if (at === first) throw new PictureError('damaged: a number of it cannot be read');
    return { value };
  };
  return { next, end: () => at };
}
