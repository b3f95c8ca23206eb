import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { partName } from '../runtime/part-file.js';
import { inFile } from '../runtime/system-errors.js';
import { bytesOf } from '../runtime/bytes-of.js';

export const segmentEnding = '.features';

/** The last four bytes of a segment: the version of its layout. */
const magic = 0x46454132;
const tailBytes = 24;

/**
 * A segment of a feature store, whole and never changed: rows of float32 little-endian values, then a JSON footer
 * (shape, names and digests of the rows), then the footer's digest (16 bytes) and length (uint32), and a magic word.
 */
export interface Segment {
  readonly file: string;
  readonly names: readonly string[];
  /** Of each row's bytes, as `rowDigest` has it. */
  readonly digests: readonly string[];
}

/** 64 bits of SHA-256: against damage, not against forgery. */
export function rowDigest(row: Uint8Array): string {
  return createHash('sha256').update(row).digest('hex').slice(0, 16);
}

/** What a segment says of itself; undefined when it is gone or may not be read. */
export function readSegment(
  file: string,
  shape: readonly number[],
  rowBytes: number,
): Segment | 'damaged' | undefined {
  const descriptor = openSegment(file);
  if (descriptor === undefined) return undefined;
  try {
    return readFooter(file, descriptor, shape, rowBytes) ?? 'damaged';
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Undefined when the segment is damaged or of another shape. */
function readFooter(
  file: string,
  descriptor: number,
  shape: readonly number[],
  rowBytes: number,
): Segment | undefined {
  const { size } = fs.fstatSync(descriptor);
  if (size < tailBytes) return undefined;
  const tail = readAt(descriptor, size - tailBytes, tailBytes);
  const length = tail.readUInt32LE(16);
  if (tail.readUInt32LE(20) !== magic || length > size - tailBytes) return undefined;
  const text = readAt(descriptor, size - tailBytes - length, length);
  if (!footerDigest(text).equals(tail.subarray(0, 16))) return undefined;
  const footer = JSON.parse(text.toString()) as Omit<Segment, 'file'> & { shape: number[] };
  const isWhole = size === footer.names.length * rowBytes + length + tailBytes;
  return isWhole && String(footer.shape) === String(shape) ? { ...footer, file } : undefined;
}

/** A descriptor to read the segment with; undefined when another run has evicted it, or it may not be read. */
export function openSegment(file: string): number | undefined {
  try {
    return fs.openSync(file, 'r');
  } catch (error) {
    if (['ENOENT', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

function readAt(descriptor: number, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  fs.readSync(descriptor, bytes, 0, length, offset);
  return bytes;
}

function footerDigest(text: Uint8Array): Buffer {
  return createHash('sha256').update(text).digest().subarray(0, 16);
}

/** A segment that is being written, under a name that `isAbandoned` understands. */
export class SegmentWriter {
  readonly #digests = new Map<string, string>();
  readonly #file: string;
  readonly #part: string;
  #descriptor: number | undefined;

  /** @param name of the file, without its ending; left out: one that nobody else has. */
  constructor(folder: string, name = `${Date.now().toString(36)}-${process.pid}-${process.hrtime.bigint()}`) {
    this.#file = path.join(folder, name + segmentEnding);
    this.#part = partName(this.#file);
    this.#descriptor = fs.openSync(this.#part, 'wx');
  }

  get rows(): number {
    return this.#digests.size;
  }

  has(name: string): boolean {
    return this.#digests.has(name);
  }

  write(name: string, row: Float32Array): void {
    const bytes = bytesOf(row);
    this.#append(bytes);
    this.#digests.set(name, rowDigest(bytes));
  }

  /** Puts the segment in place; undefined when somebody took its part for an abandoned one and removed it. */
  finish(shape: readonly number[]): Segment | undefined {
    const [names, digests] = [[...this.#digests.keys()], [...this.#digests.values()]];
    const footer = Buffer.from(JSON.stringify({ shape, names, digests }));
    const tail = Buffer.alloc(8);
    tail.writeUInt32LE(footer.length, 0);
    tail.writeUInt32LE(magic, 4);
    this.#append(Buffer.concat([footer, footerDigest(footer), tail]));
    inFile(this.#part, () => fs.fsyncSync(this.#descriptor!));
    this.#close();
    try {
      fs.renameSync(this.#part, this.#file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    return { file: this.#file, names, digests };
  }

  /** Gives up: nothing is left. */
  discard(): void {
    this.#close();
    fs.rmSync(this.#part, { force: true });
  }

  #close(): void {
    if (this.#descriptor !== undefined) fs.closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #append(bytes: Uint8Array): void {
    inFile(this.#part, () => {
      for (let done = 0; done < bytes.length;) done += fs.writeSync(this.#descriptor!, bytes, done);
    });
  }
}
