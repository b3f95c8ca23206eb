import fs from 'node:fs';
import path from 'node:path';
import { sizeOf } from '../formats/tensors.js';

/**
 * Activations of a frozen prefix, kept on disk: one row of float32 values a picture and view.
 *
 * A store is a folder (its name is a digest of all that the activations depend on) of immutable segment files.
 * A segment is written under a temporary name and renamed when it is whole, so a killed run leaves nothing
 * half-written and two runs at once only ever add segments. Rows are read when they are needed: nothing holds the
 * whole data set in memory.
 *
 * A segment file: rows of float32 little-endian values, then a JSON footer (shape and row names), then the footer's
 * length as uint32 and a magic word.
 */
export class FeatureStore {
  readonly folder: string;
  /** The shape of one row, without the batch. */
  readonly shape: readonly number[];
  readonly #rowBytes: number;
  readonly #rows = new Map<string, { descriptor: number; offset: number }>();
  readonly #descriptors: number[] = [];
  #open: OpenSegment | undefined;

  /** Opens the store in `folder`, creating the folder when it is missing. Damaged segments are removed. */
  constructor(folder: string, shape: readonly number[]) {
    this.folder = folder;
    this.shape = shape;
    this.#rowBytes = 4 * sizeOf(shape);
    fs.mkdirSync(folder, { recursive: true });
    for (const name of fs.readdirSync(folder)) {
      if (name.endsWith(segmentEnding)) this.#load(path.join(folder, name));
    }
  }

  has(row: string): boolean {
    return this.#rows.has(row);
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Adds rows; `values` holds them one after the other. Rows already there are left as they are. */
  add(names: readonly string[], values: Float32Array): void {
    const rowLength = this.#rowBytes / 4;
    if (values.length !== names.length * rowLength) {
      throw new Error(
        `expected ${names.length} rows of ${rowLength} values but received ${values.length} values`,
      );
    }
    for (const [i, name] of names.entries()) {
      if (this.#rows.has(name) || this.#open?.names.has(name)) continue;
      this.#open ??= new OpenSegment(this.folder);
      this.#open.write(name, values.subarray(i * rowLength, (i + 1) * rowLength));
    }
    if (this.#open && this.#open.names.size * this.#rowBytes >= segmentBytes) this.flush();
  }

  /** Makes what was added since the last flush permanent and readable. */
  flush(): void {
    const file = this.#open?.finish(this.shape);
    this.#open = undefined;
    if (file) this.#load(file);
  }

  /** The named rows, one after the other. Throws when one is missing. */
  read(names: readonly string[]): Float32Array {
    const values = new Float32Array((names.length * this.#rowBytes) / 4);
    const bytes = new Uint8Array(values.buffer);
    for (const [i, name] of names.entries()) {
      const row = this.#rows.get(name);
      if (!row) throw new Error(`the feature store has no row '${name}'`);
      const read = fs.readSync(row.descriptor, bytes, i * this.#rowBytes, this.#rowBytes, row.offset);
      if (read !== this.#rowBytes) throw new Error(`the feature store's row '${name}' is cut short`);
    }
    return values;
  }

  /** Keeps what was added and closes the files. */
  close(): void {
    this.flush();
    for (const descriptor of this.#descriptors) fs.closeSync(descriptor);
    this.#descriptors.length = 0;
    this.#rows.clear();
  }

  #load(file: string): void {
    const descriptor = fs.openSync(file, 'r');
    const names = readFooter(descriptor, this.shape, this.#rowBytes);
    if (!names) {
      fs.closeSync(descriptor);
      fs.rmSync(file, { force: true });
      return;
    }
    this.#descriptors.push(descriptor);
    for (const [i, name] of names.entries()) {
      if (!this.#rows.has(name)) this.#rows.set(name, { descriptor, offset: i * this.#rowBytes });
    }
    const now = new Date();
    fs.utimesSync(file, now, now); // "last used", for the eviction
  }
}

const segmentEnding = '.features';
const partEnding = '.part';
const segmentBytes = 32 * 2 ** 20;
const magic = 0x46454154;

class OpenSegment {
  readonly names = new Set<string>();
  readonly #file: string;
  readonly #descriptor: number;

  constructor(folder: string) {
    this.#file = path.join(folder, `${Date.now().toString(36)}-${process.pid}-${process.hrtime.bigint()}`);
    this.#descriptor = fs.openSync(this.#file + partEnding, 'wx');
  }

  write(name: string, row: Float32Array): void {
    fs.writeSync(this.#descriptor, new Uint8Array(row.buffer, row.byteOffset, row.byteLength));
    this.names.add(name);
  }

  finish(shape: readonly number[]): string {
    const footer = Buffer.from(JSON.stringify({ shape, names: [...this.names] }));
    const tail = Buffer.alloc(8);
    tail.writeUInt32LE(footer.length, 0);
    tail.writeUInt32LE(magic, 4);
    fs.writeSync(this.#descriptor, Buffer.concat([footer, tail]));
    fs.fsyncSync(this.#descriptor);
    fs.closeSync(this.#descriptor);
    const file = this.#file + segmentEnding;
    fs.renameSync(this.#file + partEnding, file);
    return file;
  }
}

/** The row names of a segment, or undefined when it is damaged or of another shape. */
function readFooter(descriptor: number, shape: readonly number[], rowBytes: number): string[] | undefined {
  const { size } = fs.fstatSync(descriptor);
  if (size < 8) return undefined;
  const tail = Buffer.alloc(8);
  fs.readSync(descriptor, tail, 0, 8, size - 8);
  const length = tail.readUInt32LE(0);
  if (tail.readUInt32LE(4) !== magic || length > size - 8) return undefined;
  const text = Buffer.alloc(length);
  fs.readSync(descriptor, text, 0, length, size - 8 - length);
  try {
    const footer = JSON.parse(text.toString()) as { shape: number[]; names: string[] };
    const whole = size === footer.names.length * rowBytes + length + 8;
    return whole && String(footer.shape) === String(shape) ? footer.names : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Deletes the segments that were used longest ago until what lies under `root` fits into `limitBytes`, and parts
 * that a killed run left behind more than a day ago. A store that is open elsewhere goes on reading what it opened.
 *
 * @returns how many bytes were freed.
 */
export function evictFeatures(root: string, limitBytes: number): number {
  if (!fs.existsSync(root)) return 0;
  const files = fs
    .readdirSync(root, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .flatMap((file) => {
      const stat = fs.statSync(file, { throwIfNoEntry: false }); // another run may have evicted it just now
      return stat ? [{ file, size: stat.size, used: stat.mtimeMs }] : [];
    })
    .sort((a, b) => a.used - b.used);
  const dayAgo = Date.now() - 86_400_000;
  let total = files.reduce((sum, { size }) => sum + size, 0);
  const before = total;
  for (const { file, size, used } of files) {
    const abandoned = file.endsWith(partEnding) && used < dayAgo;
    if (abandoned || (total > limitBytes && file.endsWith(segmentEnding))) {
      fs.rmSync(file, { force: true });
      total -= size;
    }
  }
  return before - total;
}
