import fs from 'node:fs';
import { declaredValues, mayBeDeep } from './declared-values.js';
import { openPicture } from './open-picture.js';
import { PictureError } from './pictures.js';
import { type ValueRange, type Values, valueRange } from './value-range.js';

/** Enough for the directory of a TIFF that has it in front, and for a PNG's chunks before its pixels. */
const headBytes = 64 * 2 ** 10;

/** Whether the values of a picture may be wider than eight bits. Most never are: only a few bytes are read. */
export function isPerhapsDeep(input: string | Buffer): boolean {
  return mayBeDeep(headOf(input, 32));
}

const kinds: Readonly<Record<string, Values['kind']>> = {
  ushort: 'unsigned',
  uint: 'unsigned',
  char: 'signed',
  short: 'signed',
  int: 'signed',
  float: 'float',
  double: 'float',
};

/** Colour spaces whose values are amounts of light, so that a range of them can be taken for black to white. */
const spaces = new Set(['grey16', 'rgb16', 'b-w', 'srgb', 'scrgb', 'rgb']);

/**
 * What is black and white in a picture of other than eight bits; undefined for one of eight bits, and for one that uses
 * its sixteen bits in full, which libvips brings to eight by itself.
 *
 * @throws PictureError when none of its values is a number.
 */
export async function deepRange(input: string | Buffer): Promise<ValueRange | undefined> {
  const { depth, space, channels, hasAlpha } = await openPicture(input).metadata();
  const kind = kinds[depth];
  if (!kind || !spaces.has(space)) return undefined;
  const colours = hasAlpha ? channels - 1 : channels;
  const [min, max] =
    depth === 'uint' || kind === 'float' ? await realEnds(input, space) : await wholeEnds(input, colours);
  if (min > max) throw new PictureError('none of its values is a number');
  const range = valueRange({ kind, min, max, declared: declaredValues(headOf(input, headBytes)) });
  return depth === 'ushort' && range.low === 0 && range.high === 65_535 ? undefined : range;
}

type Ends = readonly [min: number, max: number];

/** sharp's statistics are of whole numbers up to 2³¹. */
async function wholeEnds(input: string | Buffer, colours: number): Promise<Ends> {
  const { channels } = await openPicture(input).stats();
  const seen = channels.slice(0, colours);
  return [Math.min(...seen.map(({ min }) => min)), Math.max(...seen.map(({ max }) => max))];
}

/** Over the values that are numbers: where there is nothing to see, NaN is common. */
async function realEnds(input: string | Buffer, space: string): Promise<Ends> {
  const { data } = await openPicture(input)
    .removeAlpha()
    .toColourspace(space)
    .raw({ depth: 'float' })
    .toBuffer({ resolveWithObject: true });
  const values = new Float32Array(data.buffer, data.byteOffset, data.byteLength / 4);
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return [min, max];
}

/**
 * The picture in eight bits a colour and its full size, upright, the range from black to white. Transparency is left
 * out: it has a range of its own, which nothing tells.
 */
export async function toEightBits(
  input: string | Buffer,
  { low, high }: ValueRange,
): Promise<{ pixels: Buffer; width: number; height: number; channels: 1 | 3 }> {
  const { space } = await openPicture(input).metadata();
  const scale = 255 / (high - low);
  const { data, info } = await openPicture(input)
    .autoOrient()
    .removeAlpha()
    .toColourspace(space) // as it is: no conversion before the values are scaled
    .linear(scale, 0.5 - low * scale)
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { pixels: data, width: info.width, height: info.height, channels: info.channels === 1 ? 1 : 3 };
}

function headOf(input: string | Buffer, bytes: number): Buffer {
  if (typeof input !== 'string') return input.subarray(0, bytes);
  let descriptor: number | undefined;
  try {
    descriptor = fs.openSync(input, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    const head = Buffer.alloc(bytes);
    return head.subarray(0, fs.readSync(descriptor, head, 0, bytes, 0));
  } catch {
    return Buffer.alloc(0); // who decodes it says why
  } finally {
    if (descriptor !== undefined) fs.closeSync(descriptor);
  }
}
