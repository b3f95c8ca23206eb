import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { messageOf, UserError } from '../runtime/errors.js';

/** What an idx file holds: unsigned bytes of any shape. */
export interface IdxArray {
  /** Dimensions, outermost first: [pictures, height, width] or [labels]. */
  readonly shape: readonly number[];
  /** Values in row-major order. */
  readonly data: Uint8Array;
}

/** Pictures with their labels, in the files' order. */
export interface IdxPart {
  /** [pictures, height, width], grey 0 to 255. */
  readonly images: IdxArray;
  /** [pictures], classes from 0. */
  readonly labels: IdxArray;
}

export interface IdxFolder {
  readonly train: IdxPart;
  readonly test: IdxPart;
}

/** MNIST's file names, with `-` or `.` before `idx` and with or without `.gz`. */
const fileNames = {
  trainImages: /^train-images[-.]idx3-ubyte(\.gz)?$/,
  trainLabels: /^train-labels[-.]idx1-ubyte(\.gz)?$/,
  testImages: /^t10k-images[-.]idx3-ubyte(\.gz)?$/,
  testLabels: /^t10k-labels[-.]idx1-ubyte(\.gz)?$/,
};

/**
 * Reads a folder in the layout of MNIST (and of Fashion-MNIST, KMNIST …); undefined when it holds none of the
 * four files. Throws a UserError when one is missing or damaged, or pictures and labels differ in number.
 */
export async function idxFolder(directory: string): Promise<IdxFolder | undefined> {
  const names = await readdir(directory).catch((error: unknown) => {
    throw new UserError(`Expected a folder at '${directory}' but it cannot be opened (${messageOf(error)}).`);
  });
  const found = Object.entries(fileNames).map(([role, pattern]) => ({
    role,
    name: names.find((name) => pattern.test(name)),
  }));
  if (found.every(({ name }) => name === undefined)) return undefined;
  const missing = found.filter(({ name }) => name === undefined);
  if (missing.length > 0) {
    const expected = '{train,t10k}-{images-idx3,labels-idx1}-ubyte, each perhaps with .gz';
    const roles = missing.map(({ role }) => role.replace(/(?=[A-Z])/, ' ').toLowerCase()).join(', ');
    throw new UserError(`Expected four files ${expected}, in '${directory}' but found none for ${roles}.`);
  }
  const [trainImages, trainLabels, testImages, testLabels] = found.map(({ name }) => join(directory, name!));
  return {
    train: await readPart(trainImages!, trainLabels!),
    test: await readPart(testImages!, testLabels!),
  };
}

async function readPart(imageFile: string, labelFile: string): Promise<IdxPart> {
  const [images, labels] = await Promise.all([readIdx(imageFile), readIdx(labelFile)]);
  if (images.shape.length !== 3 || labels.shape.length !== 1) {
    const shapes = `[${images.shape}] and [${labels.shape}]`;
    throw new UserError(
      `Expected shapes [n, height, width] and [n] in '${imageFile}' and '${labelFile}' but found ${shapes}.`,
    );
  }
  if (images.shape[0] !== labels.shape[0]) {
    throw new UserError(
      `Expected a label for each picture but '${imageFile}' has ${images.shape[0]} pictures and '${labelFile}' ${labels.shape[0]} labels.`,
    );
  }
  return { images, labels };
}

/** Deflate makes nothing more than 1,032 times smaller (zlib's technical details). */
const largestExpansion = 1032;

/**
 * Reads an idx file of unsigned bytes, unzipping it when its name ends in `.gz`. The format (Y. LeCun, "The MNIST
 * database"): two zero bytes, the type (8: unsigned byte), the number of dimensions, each dimension as a
 * big-endian 32-bit number, then the values.
 *
 * Throws a UserError when the file is damaged; memory is claimed only for a size that the file can hold.
 */
export async function readIdx(file: string): Promise<IdxArray> {
  const damaged = (what: string) =>
    new UserError(`Expected an idx file of bytes at '${file}' but ${what}: fetch it again.`);
  const zipped = file.endsWith('.gz');
  const { size } = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw damaged(error.code === 'ENOENT' ? 'nothing is there' : messageOf(error));
  });

  let head = Buffer.alloc(0);
  let shape: number[] | undefined;
  let data = new Uint8Array();
  let filled = 0;
  try {
    for await (const chunk of chunksOf(file, zipped)) {
      let values = chunk;
      if (!shape) {
        head = Buffer.concat([head, chunk]);
        shape = readShape(head, damaged);
        if (!shape) continue;
        const length = shape.reduce((product, side) => product * side, 1);
        if (length > (zipped ? size * largestExpansion : size)) {
          throw damaged(`it claims ${length} values in ${size} bytes`);
        }
        data = new Uint8Array(length);
        values = head.subarray(headerLength(shape.length));
      }
      if (filled + values.length > data.length) throw damaged(`it goes on after its ${data.length} values`);
      data.set(values, filled);
      filled += values.length;
    }
  } catch (error) {
    throw error instanceof UserError ? error : damaged(`reading it failed (${messageOf(error)})`);
  }
  if (!shape) throw damaged('it ends within its header');
  if (filled < data.length) throw damaged(`it ends after ${filled} of ${data.length} values`);
  return { shape, data };
}

async function* chunksOf(file: string, zipped: boolean): AsyncGenerator<Buffer> {
  const stream = createReadStream(file, { highWaterMark: 2 ** 18 });
  if (!zipped) {
    yield* stream;
    return;
  }
  const gunzip = createGunzip({ chunkSize: 2 ** 18 });
  stream.on('error', (error) => gunzip.destroy(error));
  try {
    yield* stream.pipe(gunzip);
  } finally {
    stream.destroy();
  }
}

/** The dimensions, or undefined while `head` is too short to hold them. */
function readShape(head: Buffer, damaged: (what: string) => UserError): number[] | undefined {
  if (head.length < 4) return undefined;
  if (head.readUInt16BE(0) !== 0) throw damaged(`it starts with ${head.subarray(0, 4).toString('hex')}`);
  if (head[2] !== 8) throw damaged(`its values are of type ${head[2]} instead of 8, unsigned byte`);
  const dimensions = head[3]!;
  if (dimensions < 1 || dimensions > 4) throw damaged(`it claims ${dimensions} dimensions`);
  if (head.length < headerLength(dimensions)) return undefined;
  return Array.from({ length: dimensions }, (_, i) => head.readUInt32BE(4 + 4 * i));
}

function headerLength(dimensions: number): number {
  return 4 + 4 * dimensions;
}
