import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { byCodePoints, type Picture } from '../data/pictures.js';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { makeFolder } from '../runtime/make-folder.js';

/** How the files of pictures end, by what sharp calls their format. */
const endings: Readonly<Record<string, string>> = {
  jpeg: 'jpg',
  png: 'png',
  webp: 'webp',
  gif: 'gif',
  tiff: 'tif',
  bmp: 'bmp',
  ppm: 'ppm',
  heif: 'avif',
};

/**
 * Pictures whose class somebody has put right, laid out as a data folder: a folder a class. A picture is named by its
 * bytes, so that nothing of what a sender calls it gets into a path, and is in one class only: the last word counts.
 */
export class Corrections {
  readonly directory: string;
  readonly #labels: readonly string[];

  /** Nothing is made before something is kept. */
  constructor(directory: string, labels: readonly string[]) {
    this.directory = path.resolve(directory);
    this.#labels = labels;
  }

  /** Keeps a picture as one of a class. @param format as sharp calls it. */
  async keep(bytes: Buffer, format: string, label: number): Promise<void> {
    const digest = digestOf(bytes);
    const name = `${digest}.${endings[format] ?? 'picture'}`;
    const folder = this.#folder(label);
    makeFolder(folder);
    await writeFileAtomic(path.join(folder, name), bytes);
    for (const other of this.#labels.keys()) {
      if (other !== label) fs.rmSync(path.join(this.#folder(other), name), { force: true });
    }
  }

  /** Takes a picture back. @returns whether it was there. */
  forget(digest: string): boolean {
    const found = this.pictures().filter((picture) => picture.digest === digest);
    for (const { file } of found) fs.rmSync(file, { force: true });
    return found.length > 0;
  }

  /** All that is kept; a file that is named otherwise than by its bytes, which somebody has put there, too. */
  pictures(): Picture[] {
    return this.#labels.flatMap((_, label) => {
      const folder = this.#folder(label);
      return filesOf(folder).map((name) => {
        const file = path.join(folder, name);
        const digest = digestOf(fs.readFileSync(file));
        return { path: `${path.basename(folder)}/${name}`, file, label, digest };
      });
    });
  }

  /** How many of each class, in the order of the labels. */
  counts(): number[] {
    return this.#labels.map((_, label) => filesOf(this.#folder(label)).length);
  }

  #folder(label: number): string {
    return path.join(this.directory, folderName(this.#labels[label]!));
  }
}

/** The name of a class as that of a folder in one place: it stays as it is where it can. */
export function folderName(label: string): string {
  if (!/[/\\\0]|^\.|^$/.test(label)) return label;
  return encodeURIComponent(label).replace(/^\./, '%2E') || '%';
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function filesOf(folder: string): string[] {
  try {
    return fs
      .readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && !/^\.|\.part$/.test(entry.name))
      .map(({ name }) => name)
      .sort(byCodePoints);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
