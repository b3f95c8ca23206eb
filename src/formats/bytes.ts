import { constants, type FileHandle, open } from 'node:fs/promises';
import { UserError } from '../runtime/errors.js';
import { asUserError } from '../runtime/system-errors.js';

/** Random access to a file, or to bytes already in memory. */
export interface Bytes {
  /** What to call it in an error message. */
  readonly name: string;
  /** Length in bytes. */
  readonly size: number;
  /** `length` bytes from `offset` on; throws a FormatError when they are not all there. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** What is wrong with a file's content. `readAs` turns it into a UserError that names the file and its format. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
  /** What to do next, where another copy of the file would not help. */
  readonly advice: string | undefined;

  constructor(message: string, advice?: string) {
    super(message);
    this.advice = advice;
  }
}

/**
 * Opens `file` (a path, or the bytes themselves), parses it and closes it again.
 *
 * @param format how the message calls the format: "a safetensors file".
 * @throws UserError when the file cannot be read, is damaged or is of another format.
 */
export async function readAs<T>(
  format: string,
  file: string | Uint8Array,
  parse: (bytes: Bytes) => Promise<T>,
): Promise<T> {
  const name = typeof file === 'string' ? `'${file}'` : 'these bytes';
  let handle: FileHandle | undefined;
  try {
    if (typeof file === 'string') handle = await openFile(file);
    const bytes = handle ? await bytesOfFile(name, handle) : bytesInMemory(name, file as Uint8Array);
    return await parse(bytes);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const advice = error.advice ?? 'Fetch the file again, or give another one.';
    throw new UserError(`Expected ${name} to be ${format} but ${readable(error.message)}. ${advice}`);
  } finally {
    await handle?.close();
  }
}

/** Names in a damaged file may hold anything: one line of letters, of a length that can be read. */
function readable(message: string): string {
  return message.replace(/[\p{C}\p{Z}\uFFFD]+/gu, ' ').slice(0, 400);
}

/** Bytes in memory; what `read` returns is a view, not a copy. */
export function bytesInMemory(name: string, content: Uint8Array): Bytes {
  return {
    name,
    size: content.length,
    read: async (offset, length) => {
      checkRange(offset, length, content.length);
      return content.subarray(offset, offset + length);
    },
  };
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    // A pipe would be waited for without end, and is refused once it is open.
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw asUserError(error);
    throw new UserError(`There is no file '${path}'. Check the path.`);
  }
}

async function bytesOfFile(name: string, handle: FileHandle): Promise<Bytes> {
  const stat = await handle.stat();
  if (!stat.isFile()) throw new FormatError('it is not a file', 'Give another one.');
  const { size } = stat;
  return {
    name,
    size,
    read: async (offset, length) => {
      checkRange(offset, length, size);
      const content = new Uint8Array(length);
      for (let done = 0; done < length;) {
        const chunk = Math.min(length - done, 2 ** 30);
        const { bytesRead } = await handle.read(content, done, chunk, offset + done);
        if (bytesRead === 0) throw new FormatError('it became shorter while being read');
        done += bytesRead;
      }
      return content;
    },
  };
}

function checkRange(offset: number, length: number, size: number): void {
  const valid = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
  if (!valid || offset + length > size) {
    throw new FormatError(`it ends after ${size} bytes, where ${length} from byte ${offset} on are needed`);
  }
}

const decoder = new TextDecoder('utf-8');
const strictDecoder = new TextDecoder('utf-8', { fatal: true });

/** The text that UTF-8 bytes spell; damaged letters become U+FFFD. */
export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** What JSON text says; throws a FormatError where it is not UTF-8 or not JSON. */
export function jsonOf(bytes: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(strictDecoder.decode(bytes));
  } catch {
    throw new FormatError(`${what} is not JSON`);
  }
}

/** Whether a value read from JSON is an object with names, not a list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
