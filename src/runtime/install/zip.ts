import { createWriteStream } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';

/** A file inside a zip archive. */
export interface ZipMember {
  readonly name: string;
  /** Bytes once unpacked. */
  readonly size: number;
  readonly compressedSize: number;
  readonly method: number;
  /** Where its local header begins in the archive. */
  readonly offset: number;
}

const endSignature = 0x06054b50;
const directorySignature = 0x02014b50;
const localSignature = 0x04034b50;
const methods = { stored: 0, deflated: 8 } as const;

/**
 * The files in a zip archive, from its central directory (APPNOTE 6.3, sections 4.3.12 and 4.3.16).
 * @throws Error when the file is no zip archive, or one of more than 4 GB (zip64).
 */
export async function zipMembers(archive: string): Promise<ZipMember[]> {
  const handle = await open(archive);
  try {
    const { size } = await handle.stat();
    // The end record is 22 bytes and a comment of at most 65,535.
    const tail = await readAt(handle, Math.max(0, size - 65_557), Math.min(size, 65_557));
    const end = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
    if (end < 0 || tail.length - end < 22 || tail.readUInt32LE(end) !== endSignature) {
      throw new Error(`${archive} is not a zip archive`);
    }
    const count = tail.readUInt16LE(end + 10);
    const directory = await readAt(handle, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
    return parseDirectory(archive, directory, count);
  } finally {
    await handle.close();
  }
}

function parseDirectory(archive: string, directory: Buffer, count: number): ZipMember[] {
  const members: ZipMember[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== directorySignature) {
      throw new Error(`the directory of ${archive} is damaged`);
    }
    const nameLength = directory.readUInt16LE(at + 28);
    const member = {
      name: directory.toString('utf8', at + 46, at + 46 + nameLength),
      method: directory.readUInt16LE(at + 10),
      compressedSize: directory.readUInt32LE(at + 20),
      size: directory.readUInt32LE(at + 24),
      offset: directory.readUInt32LE(at + 42),
    };
    if ([member.size, member.compressedSize, member.offset].includes(0xffffffff)) {
      throw new Error(`${archive} is a zip64 archive, which is not supported`);
    }
    if (!member.name.endsWith('/')) members.push(member);
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return members;
}

/**
 * Streams one file out of a zip archive; nothing large is held in memory.
 *
 * @param onBytes called with the number of unpacked bytes of every piece written.
 * @throws Error when the member is damaged or packed in another way than stored or deflated.
 */
export async function extractMember(
  archive: string,
  member: ZipMember,
  destination: string,
  onBytes: (bytes: number) => void = () => undefined,
): Promise<void> {
  await mkdir(path.dirname(destination), { recursive: true });
  const handle = await open(archive);
  try {
    const header = await readAt(handle, member.offset, 30);
    if (header.readUInt32LE(0) !== localSignature) throw new Error(`${member.name} in ${archive} is damaged`);
    if (member.method !== methods.stored && member.method !== methods.deflated) {
      throw new Error(`${member.name} in ${archive} is packed by unknown method ${member.method}`);
    }
    const start = member.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
    let written = 0;
    const count = new Transform({
      transform(piece: Buffer, _encoding, done) {
        written += piece.length;
        onBytes(piece.length);
        done(null, piece);
      },
    });
    const source =
      member.compressedSize === 0
        ? Readable.from([])
        : handle.createReadStream({
            start,
            end: start + member.compressedSize - 1,
            highWaterMark: 1 << 20,
            autoClose: false,
          });
    const out = createWriteStream(destination);
    if (member.method === methods.stored) await pipeline(source, count, out);
    else await pipeline(source, createInflateRaw({ chunkSize: 1 << 20 }), count, out);
    if (written !== member.size) {
      throw new Error(`${member.name} in ${archive}: expected ${member.size} bytes, got ${written}`);
    }
  } finally {
    await handle.close();
  }
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}
