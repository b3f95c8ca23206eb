import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipFile {
  name: string;
  content: Uint8Array;
  deflated?: boolean;
}

/** What a test may get wrong on purpose, for the first file. */
export interface ZipLies {
  size?: number;
  checksum?: number;
  flags?: number;
  method?: number;
  localStart?: number;
  entries?: number;
}

/** Writes a zip archive, for tests of what reads them; with `zip64`, sizes and places stand in the 64-bit fields. */
export function zip(files: readonly ZipFile[], lies: ZipLies = {}, zip64 = false): Uint8Array {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let start = 0;
  for (const [index, { name, content, deflated }] of files.entries()) {
    const lie = index === 0 ? lies : {};
    const packed = deflated ? deflateRawSync(content) : Buffer.from(content);
    const size = lie.size ?? content.length;
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(lie.flags ?? 0, 2);
    common.writeUInt16LE(lie.method ?? (deflated ? 8 : 0), 4);
    common.writeUInt32LE(lie.checksum ?? crc32(content), 10);
    common.writeUInt32LE(zip64 ? 0xffffffff : packed.length, 14);
    common.writeUInt32LE(zip64 ? 0xffffffff : size, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), packed]);
    const place = lie.localStart ?? start;
    const extra = zip64
      ? Buffer.concat([Buffer.from([1, 0, 24, 0]), long(size), long(packed.length), long(place)])
      : Buffer.alloc(0);
    common.writeUInt16LE(extra.length, 24);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(zip64 ? 0xffffffff : place, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x00'), common, tail, Buffer.from(name), extra);
    locals.push(local);
    start += local.length;
  }
  const records = Buffer.concat(directory);
  const count = lies.entries ?? files.length;
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  end.writeUInt16LE(zip64 ? 0xffff : count, 10);
  end.writeUInt32LE(zip64 ? 0xffffffff : records.length, 12);
  end.writeUInt32LE(zip64 ? 0xffffffff : start, 16);
  const end64 = zip64
    ? [
        Buffer.from('PK\x06\x06'),
        Buffer.alloc(28),
        long(count),
        long(records.length),
        long(start),
        Buffer.from('PK\x06\x07\0\0\0\0'),
        long(start + records.length),
        Buffer.alloc(4),
      ]
    : [];
  return Buffer.concat([...locals, records, ...end64, end]);
}

function long(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
