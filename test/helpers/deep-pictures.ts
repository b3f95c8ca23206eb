import sharp from 'sharp';
import { pngChunk } from './picture-folders.js';

type Samples = Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array;

/** An uncompressed TIFF of any kind of values; `range`: what it says is the smallest and the largest. */
export function tiffOf(
  values: Samples,
  { width, channels = 1, range }: { width: number; channels?: 1 | 3; range?: readonly [number, number] },
): Buffer {
  const height = values.length / width / channels;
  const pixels = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  const format = values instanceof Float32Array ? 3 : /^Int/.test(values.constructor.name) ? 2 : 1;
  const [short, long, float] = [3, 4, 11] as const;
  const bits = Array<number>(channels).fill(8 * values.BYTES_PER_ELEMENT);
  const count = range ? 12 : 10;
  const after = 8 + 2 + 12 * count + 4;
  const fields: [tag: number, type: number, values: readonly number[]][] = [
    [256, long, [width]],
    [257, long, [height]],
    [258, short, bits],
    [259, short, [1]],
    [262, short, [channels === 3 ? 2 : 1]],
    [273, long, [after + 64]],
    [277, short, [channels]],
    [278, long, [height]],
    [279, long, [pixels.length]],
    [339, short, bits.map(() => format)],
    ...(range ?? []).map((value, i): [number, number, number[]] => [340 + i, float, [value]]),
  ];
  const head = Buffer.alloc(after + 64);
  head.write('II*\0', 'latin1');
  head.writeUInt32LE(8, 4);
  head.writeUInt16LE(count, 8);
  let beyond = after;
  for (const [i, [tag, type, entries]] of fields.entries()) {
    const at = 10 + 12 * i;
    const size = type === short ? 2 : 4;
    head.writeUInt16LE(tag, at);
    head.writeUInt16LE(type, at + 2);
    head.writeUInt32LE(entries.length, at + 4);
    let to = at + 8;
    if (size * entries.length > 4) {
      head.writeUInt32LE(beyond, to);
      to = beyond;
      beyond += size * entries.length;
    }
    for (const entry of entries) {
      if (type === short) head.writeUInt16LE(entry, to);
      else if (type === long) head.writeUInt32LE(entry, to);
      else head.writeFloatLE(entry, to);
      to += size;
    }
  }
  return Buffer.concat([head, pixels]);
}

/** A PNG of 16 bits a value; `significantBits`: what its sBIT chunk says. */
export async function deepPng(
  values: Uint16Array,
  { width, channels = 1, significantBits }: { width: number; channels?: 1 | 3; significantBits?: number },
): Promise<Buffer> {
  const png = await sharp(values, { raw: { width, height: values.length / width / channels, channels } })
    .toColourspace(channels === 3 ? 'rgb16' : 'grey16')
    .png()
    .toBuffer();
  if (significantBits === undefined) return png;
  const chunk = pngChunk(Buffer.concat([Buffer.from('sBIT'), Buffer.alloc(channels, significantBits)]));
  const afterHeader = 8 + 25;
  return Buffer.concat([png.subarray(0, afterHeader), chunk, png.subarray(afterHeader)]);
}
