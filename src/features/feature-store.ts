import fs from 'node:fs';
import path from 'node:path';
import { makeFolder } from '../runtime/make-folder.js';
import { isAbandoned } from '../runtime/part-file.js';
import { sizeOf } from '../formats/tensors.js';
import {
  openSegment,
  readSegment,
  rowDigest,
  type Segment,
  segmentEnding,
  SegmentWriter,
} from './feature-segment.js';

/** Rows that were there are there no more, or are damaged: they must be extracted anew. */
export class FeaturesLost extends Error {
  override readonly name = 'FeaturesLost';
}

/** What was made of pictures, by their names. */
export type FeatureRows = Pick<FeatureStore, 'shape' | 'has' | 'read'>;

/**
 * Activations of a frozen prefix, kept on disk: one row of float32 values a picture and view.
 *
 * A store is a folder (its name is a digest of all that the activations depend on) of immutable segment files.
 * A segment is written under a temporary name and renamed when it is whole, so a killed run leaves nothing
 * half-written and two runs at once only ever add segments. Rows are read when they are needed, and held against
 * their digests then: nothing holds the whole data set in memory, and no damage on disk gets into a training.
 */
export class FeatureStore {
  readonly folder: string;
  /** The shape of one row, without the batch. */
  readonly shape: readonly number[];
  readonly #rowBytes: number;
  readonly #segments = new Set<Segment>();
  readonly #rows = new Map<string, { readonly segment: Segment; readonly index: number }>();
  readonly #descriptors = new Map<Segment, number>();
  readonly #borrowed: readonly string[];
  #open: SegmentWriter | undefined;

  /**
   * Opens the store in `folder`, creating the folder when it is missing. Damaged segments are removed.
   *
   * @param borrowed other folders with rows of this store, which are only read: a cache that belongs to somebody else,
   *   shards that other machines have computed. Of a picture that several have, the first one's row is taken.
   */
  constructor(folder: string, shape: readonly number[], borrowed: readonly string[] = []) {
    this.folder = folder;
    this.shape = shape;
    this.#rowBytes = 4 * sizeOf(shape);
    this.#borrowed = borrowed;
    makeFolder(folder);
    for (const place of [...borrowed, folder]) {
      for (const { name, isFile } of entriesOf(place)) {
        if (isFile && name.endsWith(segmentEnding)) this.#load(path.join(place, name));
      }
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
    try {
      for (const [i, name] of names.entries()) {
        if (this.#rows.has(name) || this.#open?.has(name)) continue;
        this.#open ??= new SegmentWriter(this.folder);
        this.#open.write(name, values.subarray(i * rowLength, (i + 1) * rowLength));
      }
    } catch (error) {
      this.#open?.discard();
      this.#open = undefined;
      throw error;
    }
    if (this.#open && this.#open.rows * this.#rowBytes >= segmentBytes) this.flush();
  }

  /** Makes what was added since the last flush permanent and readable. */
  flush(): void {
    const open = this.#open;
    this.#open = undefined;
    if (!open) return;
    try {
      const segment = open.finish(this.shape);
      if (segment) this.#keep(segment);
    } catch (error) {
      open.discard();
      throw error;
    }
  }

  /** The named rows, one after the other. Throws FeaturesLost when one is missing or damaged. */
  read(names: readonly string[]): Float32Array {
    const values = new Float32Array((names.length * this.#rowBytes) / 4);
    const bytes = new Uint8Array(values.buffer);
    for (const [i, name] of names.entries()) {
      this.#readRow(name, bytes.subarray(i * this.#rowBytes, (i + 1) * this.#rowBytes));
    }
    return values;
  }

  /**
   * Reads the named rows once and forgets segments that are damaged or gone, and all their rows, so that afterwards
   * `has` tells what is really there.
   */
  verify(names: Iterable<string>): void {
    const row = new Uint8Array(this.#rowBytes);
    // In the order of the disk: segment by segment.
    const known = [...names].flatMap((name) => (this.#rows.has(name) ? [name] : []));
    const places = new Map([...this.#segments].map((segment, i) => [segment, i]));
    const place = (name: string) => places.get(this.#rows.get(name)!.segment)!;
    const order = known.map((name) => ({ name, place: place(name) })).sort((a, b) => a.place - b.place);
    for (const { name } of order) {
      while (this.#rows.has(name)) {
        try {
          this.#readRow(name, row);
          break;
        } catch (error) {
          if (!(error instanceof FeaturesLost)) throw error; // else its segment is dropped: another may have the row
        }
      }
    }
  }

  /** Keeps what was added and closes the files. */
  close(): void {
    try {
      this.flush();
    } finally {
      for (const descriptor of this.#descriptors.values()) fs.closeSync(descriptor);
      this.#descriptors.clear();
      this.#segments.clear();
      this.#rows.clear();
    }
  }

  #readRow(name: string, into: Uint8Array): void {
    const place = this.#rows.get(name);
    if (!place) throw new FeaturesLost(`the feature store has no row '${name}'`);
    const { segment, index } = place;
    const descriptor = this.#descriptorOf(segment);
    const read =
      descriptor === undefined ? 0 : fs.readSync(descriptor, into, 0, this.#rowBytes, index * this.#rowBytes);
    if (read === this.#rowBytes && rowDigest(into) === segment.digests[index]) return;
    this.#drop(segment);
    throw new FeaturesLost(`the feature store's row '${name}' is ${read === 0 ? 'gone' : 'damaged'}`);
  }

  /** Open files are few, however many segments there are; the one used longest ago is closed for another. */
  #descriptorOf(segment: Segment): number | undefined {
    const known = this.#descriptors.get(segment);
    const descriptor = known ?? openSegment(segment.file);
    if (descriptor === undefined) return undefined;
    this.#descriptors.delete(segment);
    this.#descriptors.set(segment, descriptor);
    const [oldest, itsDescriptor] = this.#descriptors.entries().next().value!;
    if (this.#descriptors.size > mostOpenFiles) {
      fs.closeSync(itsDescriptor);
      this.#descriptors.delete(oldest);
    }
    return descriptor;
  }

  #load(file: string): void {
    const segment = readSegment(file, this.shape, this.#rowBytes);
    if (segment === 'damaged') this.#remove(file);
    if (segment === undefined || segment === 'damaged') return;
    this.#keep(segment);
    if (!this.#isBorrowed(file)) touch(file);
  }

  #keep(segment: Segment): void {
    this.#segments.add(segment);
    for (const [index, name] of segment.names.entries()) {
      if (!this.#rows.has(name)) this.#rows.set(name, { segment, index });
    }
  }

  /** A damaged row speaks for its whole segment. */
  #drop(segment: Segment): void {
    const descriptor = this.#descriptors.get(segment);
    if (descriptor !== undefined) fs.closeSync(descriptor);
    this.#descriptors.delete(segment);
    this.#segments.delete(segment);
    this.#remove(segment.file);
    const rest = [...this.#segments];
    this.#segments.clear();
    this.#rows.clear();
    for (const other of rest) this.#keep(other);
  }

  #isBorrowed(file: string): boolean {
    return this.#borrowed.includes(path.dirname(file));
  }

  #remove(file: string): void {
    if (!this.#isBorrowed(file)) tryToRemove(file);
  }
}

const segmentBytes = 32 * 2 ** 20;
const mostOpenFiles = 64;

/** Notes the time as "last used", for the eviction; a file that belongs to somebody else is left as it is. */
function touch(file: string): void {
  const now = new Date();
  try {
    fs.utimesSync(file, now, now);
  } catch {
    // Not ours, on a disk that is read only, or evicted just now: it can be read all the same.
  }
}

/** Whether the file is gone. */
function tryToRemove(file: string): boolean {
  try {
    fs.rmSync(file, { force: true });
    return true;
  } catch {
    return false; // it is somebody else's
  }
}

/** What lies in a folder; nothing where it is gone or may not be looked into. */
function entriesOf(folder: string): { name: string; isFile: boolean; isFolder: boolean }[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true }).map((entry) => ({
      name: entry.name,
      isFile: entry.isFile(),
      isFolder: entry.isDirectory(),
    }));
  } catch {
    return [];
  }
}

/**
 * Deletes the segments that were used longest ago until what lies under `root` fits into `limitBytes`, and parts
 * that a killed run left behind. A store that is open elsewhere extracts anew what it then misses.
 *
 * @returns how many bytes were freed.
 */
export function evictFeatures(root: string, limitBytes: number): number {
  const folders = [root, ...entriesOf(root).flatMap((e) => (e.isFolder ? [path.join(root, e.name)] : []))];
  const files = folders
    .flatMap((folder) => entriesOf(folder).flatMap((e) => (e.isFile ? [path.join(folder, e.name)] : [])))
    .flatMap((file) => {
      const stat = statOf(file);
      return stat ? [{ file, size: stat.size, used: stat.mtimeMs }] : [];
    })
    .sort((a, b) => a.used - b.used);
  let total = files.reduce((sum, { size }) => sum + size, 0);
  const before = total;
  for (const { file, size, used } of files) {
    if (isAbandoned(file, used) || (total > limitBytes && file.endsWith(segmentEnding))) {
      if (tryToRemove(file)) total -= size;
    }
  }
  return before - total;
}

/** Undefined where another run has removed the file just now, or it may not be looked at. */
function statOf(file: string): fs.Stats | undefined {
  try {
    return fs.statSync(file);
  } catch {
    return undefined;
  }
}
