import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { type Bytes, FormatError, textOf } from './bytes.js';
import { Cursor } from './cursor.js';

/** A file inside a zip archive. */
export interface ZipEntry {
  readonly name: string;
  /** Length in bytes, unpacked. */
  readonly size: number;
  /** Unpacks it and checks it against its checksum. */
  read(): Promise<Uint8Array>;
}

interface Directory {
  start: number;
  length: number;
  entries: number;
}

interface ZipRecord {
  name: string;
  method: number;
  checksum: number;
  packed: number;
  size: number;
  /** Where its local header starts. */
  start: number;
}

const inflate = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(zlib.inflateRaw);

/** Refuses archives that unpack to more than this plus twenty times their own size: weights hardly shrink. */
const smallEnough = 2 ** 28;

/**
 * The files in a zip archive, by name; stored and deflated ones, zip64 too (APPNOTE.TXT 6.3.10, PKWARE).
 * Throws a FormatError when the directory is damaged, entries overlap, or the archive unpacks to too much.
 */
export async function openZip(bytes: Bytes): Promise<Map<string, ZipEntry>> {
  const directory = await findDirectory(bytes);
  const cursor = new Cursor(await bytes.read(directory.start, directory.length));
  const records = Array.from({ length: directory.entries }, () => readRecord(cursor));
  let end = 0;
  let total = 0;
  for (const record of records.toSorted((a, b) => a.start - b.start)) {
    if (record.start < end) throw new FormatError(`its entry '${record.name}' overlaps another one`);
    end = record.start + 30 + record.packed;
    total += record.size;
  }
  if (end > directory.start) throw new FormatError('its entries reach into its directory');
  if (total > smallEnough + 20 * bytes.size) throw new FormatError(`it would unpack to ${total} bytes`);
  const entries = new Map(
    records.map((record) => {
      const { name, size } = record;
      return [name, { name, size, read: () => unpack(bytes, record) }] as const;
    }),
  );
  if (entries.size < records.length) throw new FormatError('it has two entries of one name');
  return entries;
}

async function findDirectory(bytes: Bytes): Promise<Directory> {
  const length = Math.min(bytes.size, 22 + 0xffff);
  const tailStart = bytes.size - length;
  const tail = Buffer.from(await bytes.read(tailStart, length));
  const at = tail.lastIndexOf('PK\x05\x06', tail.length - 22, 'latin1');
  if (at < 0 || tail.length < 22) throw new FormatError('it has no zip directory at its end');
  const cursor = new Cursor(tail, at + 10);
  const directory = { entries: cursor.uint16(), length: cursor.uint32(), start: cursor.uint32() };
  const isZip64 =
    directory.entries === 0xffff || directory.length === 2 ** 32 - 1 || directory.start === 2 ** 32 - 1;
  const found = isZip64 ? await findDirectory64(bytes, tailStart + at) : directory;
  if (found.start + found.length > tailStart + at || found.entries > found.length / 46) {
    throw new FormatError('its zip directory is damaged');
  }
  return found;
}

async function findDirectory64(bytes: Bytes, endRecord: number): Promise<Directory> {
  const locator = new Cursor(await bytes.read(endRecord - 20, 20));
  if (locator.uint32() !== 0x07064b50) throw new FormatError('its zip64 directory is missing');
  locator.take(4);
  const cursor = new Cursor(await bytes.read(locator.length64(), 56));
  if (cursor.uint32() !== 0x06064b50) throw new FormatError('its zip64 directory is missing');
  cursor.take(28);
  return { entries: cursor.length64(), length: cursor.length64(), start: cursor.length64() };
}

function readRecord(cursor: Cursor): ZipRecord {
  if (cursor.uint32() !== 0x02014b50) throw new FormatError('its zip directory is damaged');
  cursor.take(4);
  const flags = cursor.uint16();
  const method = cursor.uint16();
  cursor.take(4);
  const checksum = cursor.uint32();
  let packed = cursor.uint32();
  let size = cursor.uint32();
  const nameLength = cursor.uint16();
  const extraLength = cursor.uint16();
  const commentLength = cursor.uint16();
  cursor.take(8);
  let start = cursor.uint32();
  const name = textOf(cursor.take(nameLength));
  const extra = zip64Extra(cursor.take(extraLength));
  cursor.take(commentLength);
  if (size === 2 ** 32 - 1) size = extra.length64();
  if (packed === 2 ** 32 - 1) packed = extra.length64();
  if (start === 2 ** 32 - 1) start = extra.length64();
  if (flags & 1) throw new FormatError(`its entry '${name}' is encrypted`);
  if (method !== 0 && method !== 8)
    throw new FormatError(`its entry '${name}' is packed by method ${method}`);
  if (method === 0 && size !== packed) throw new FormatError(`its entry '${name}' has two lengths`);
  return { name, method, checksum, packed, size, start };
}

/** The part of an entry's extra fields that holds the numbers too big for 32 bits. */
function zip64Extra(extra: Uint8Array): Cursor {
  const cursor = new Cursor(extra);
  while (cursor.left >= 4) {
    const id = cursor.uint16();
    const content = cursor.take(cursor.uint16());
    if (id === 1) return new Cursor(content);
  }
  return cursor;
}

async function unpack(
  bytes: Bytes,
  { name, method, checksum, packed, size, start }: ZipRecord,
): Promise<Uint8Array> {
  const header = new Cursor(await bytes.read(start, 30));
  if (header.uint32() !== 0x04034b50) throw new FormatError(`its entry '${name}' has no header`);
  header.take(22);
  const dataStart = start + 30 + header.uint16() + header.uint16();
  const stored = await bytes.read(dataStart, packed);
  const content = method === 0 ? stored : await inflateTo(stored, size, name);
  // PyTorch can be told to leave the checksum out; Node 20.9 to 20.14 has no crc32.
  if (checksum !== 0 && typeof zlib.crc32 === 'function' && zlib.crc32(content) !== checksum) {
    throw new FormatError(`its entry '${name}' does not match its checksum`);
  }
  return content;
}

async function inflateTo(packed: Uint8Array, size: number, name: string): Promise<Uint8Array> {
  const content = await inflate(packed, { maxOutputLength: Math.max(1, size) }).catch(() => undefined);
  if (content?.length !== size) throw new FormatError(`its entry '${name}' does not unpack to ${size} bytes`);
  return content;
}
