import type { ValueRange } from './value-range.js';

/**
 * What a file's head says about which values are black and white: PNG's significant bits (sBIT) and TIFF's sample
 * values. Everything that cannot be read is as if it were not there.
 *
 * @param head the first bytes of the file; what lies beyond is not looked for.
 */
export function declaredValues(head: Buffer): Partial<ValueRange> {
  try {
    return isPng(head) ? pngValues(head) : isTiff(head) ? tiffValues(head) : {};
  } catch {
    return {}; // the head ends before what it points to
  }
}

/** Whether a file that begins so may hold values wider than eight bits. */
export function mayBeDeep(head: Buffer): boolean {
  return isPng(head) ? head[24] === 16 : isTiff(head);
}

function isPng(head: Buffer): boolean {
  return head.length > 24 && head.subarray(0, 8).equals(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'));
}

function isTiff(head: Buffer): boolean {
  return /^(II[*+]\0|MM\0[*+])/.test(head.toString('latin1', 0, 4));
}

/** A file whose values keep to its significant bits has them unscaled, whatever the standard says. */
function pngValues(head: Buffer): Partial<ValueRange> {
  for (let at = 8; at + 8 < head.length; at += 12 + head.readUInt32BE(at)) {
    const type = head.toString('latin1', at + 4, at + 8);
    if (type === 'IDAT') break;
    if (type !== 'sBIT') continue;
    const colours = head.subarray(at + 8, at + 8 + Math.min(head.readUInt32BE(at), 3));
    return { high: 2 ** Math.max(...colours) - 1 };
  }
  return {};
}

const tags = { smallest: 340, largest: 341 } as const;

/** TIFF 6.0, page 80: SMinSampleValue and SMaxSampleValue. (Those without the S are statistics, page 36.) */
function tiffValues(head: Buffer): Partial<ValueRange> {
  const little = head[0] === 0x49;
  const u16 = (at: number) => (little ? head.readUInt16LE(at) : head.readUInt16BE(at));
  const u32 = (at: number) => (little ? head.readUInt32LE(at) : head.readUInt32BE(at));
  if (u16(2) !== 42) return {}; // BigTIFF keeps its directory wherever it likes, mostly at the end
  const readers: Readonly<Record<number, readonly [size: number, read: (at: number) => number]>> = {
    1: [1, (at) => head.readUInt8(at)],
    3: [2, u16],
    4: [4, u32],
    6: [1, (at) => head.readInt8(at)],
    8: [2, (at) => (little ? head.readInt16LE(at) : head.readInt16BE(at))],
    9: [4, (at) => (little ? head.readInt32LE(at) : head.readInt32BE(at))],
    11: [4, (at) => (little ? head.readFloatLE(at) : head.readFloatBE(at))],
    12: [8, (at) => (little ? head.readDoubleLE(at) : head.readDoubleBE(at))],
  };
  const found = new Map<number, number>();
  const directory = u32(4);
  for (let entry = 0; entry < u16(directory); entry++) {
    const at = directory + 2 + 12 * entry;
    const [tag, reader] = [u16(at), readers[u16(at + 2)]];
    if (!Object.values<number>(tags).includes(tag) || !reader) continue;
    const [size, read] = reader;
    found.set(tag, read(size * u32(at + 4) <= 4 ? at + 8 : u32(at + 8)));
  }
  const [low, high] = [found.get(tags.smallest), found.get(tags.largest)];
  return {
    ...(low !== undefined && Number.isFinite(low) && { low }),
    ...(high !== undefined && Number.isFinite(high) && { high }),
  };
}
