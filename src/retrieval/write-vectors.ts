import fs from 'node:fs';
import path from 'node:path';
import { breathe } from '../runtime/breathe.js';
import type { Picture } from '../data/pictures.js';
import { npyHeader } from '../formats/numpy.js';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { makeFolder } from '../runtime/make-folder.js';
import { partName } from '../runtime/part-file.js';
import { inFile } from '../runtime/system-errors.js';
import type { CentredCosine } from './centred.js';
import type { Rows } from './rows.js';
import { bytesOf } from '../runtime/bytes-of.js';

/** Pictures with their vectors, and the names of the classes that `label` counts. */
export interface VectorsToWrite {
  readonly pictures: readonly Picture[];
  readonly rows: Rows;
  readonly labels: readonly string[];
}

/**
 * Writes vectors as they are compared, for another index: `file`, a NumPy array [pictures, values] of float32, block by
 * block; and `file`.json with the path and label of each row, and the mean that a query's vector needs.
 */
export async function writeVectors(
  file: string,
  { pictures, rows, labels }: VectorsToWrite,
  cosine: CentredCosine,
  signal?: AbortSignal,
): Promise<void> {
  makeFolder(path.dirname(path.resolve(file)));
  const part = partName(file);
  const descriptor = inFile(part, () => fs.openSync(part, 'wx'));
  try {
    const append = (bytes: Uint8Array) =>
      inFile(part, () => {
        for (let done = 0; done < bytes.length;) done += fs.writeSync(descriptor, bytes, done);
      });
    append(npyHeader([rows.count, rows.width]));
    for (const { values } of rows.blocks()) {
      await breathe(signal);
      append(bytesOf(cosine.apply(values)));
    }
    inFile(part, () => fs.fsyncSync(descriptor));
    fs.renameSync(part, file);
  } catch (error) {
    fs.rmSync(part, { force: true });
    throw error;
  } finally {
    fs.closeSync(descriptor);
  }
  const row = ({ path: shown, label }: Picture) => ({
    path: shown,
    ...(label >= 0 && { label: labels[label]! }),
  });
  const about = {
    vectors: 'v / |v|, less mean, to length 1 again; similarity is the dot product',
    mean: [...cosine.mean],
    rows: pictures.map(row),
  };
  await writeFileAtomic(`${file}.json`, `${JSON.stringify(about)}\n`);
}
