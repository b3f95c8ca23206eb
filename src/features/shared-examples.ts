import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { sizeOf } from '../formats/tensors.js';
import { UserError } from '../runtime/errors.js';
import { makeFolder } from '../runtime/make-folder.js';
import { type Examples, heldInMemory } from './examples.js';
import { openSegment, readSegment, rowDigest, segmentEnding, SegmentWriter } from './feature-segment.js';
import { bytesOf } from '../runtime/bytes-of.js';

/** Examples in a folder that machines share: all of them but their values, which are in a file. */
export interface SharedExamples {
  /** A digest of all values: the file's name, without its ending. */
  readonly values: string;
  /** Of one example. */
  readonly shape: readonly number[];
  readonly labels: readonly number[];
  /** As in `Examples`, null standing for what belongs to no group. */
  readonly groups?: readonly (string | null)[];
}

/** Examples of a file, until they are closed. */
export interface OpenExamples extends Examples {
  close(): void;
}

/** Rows that are read at once. */
const atOnce = 256;

/**
 * Writes examples to a folder as one segment, whole or not at all: their rows are called 0, 1, 2 …, and the file after
 * what is in it, so that nobody writes what is there already.
 */
export async function writeExamples(folder: string, examples: Examples): Promise<SharedExamples> {
  const { size, shape, labels, groups, views, draw } = examples;
  if (views || draw) throw new Error('Expected examples without other looks of their own.');
  const row = sizeOf(shape);
  const hash = createHash('sha256').update(JSON.stringify(shape));
  for (const { values } of rowsOf(examples)) hash.update(bytesOf(values));
  const name = hash.digest('hex').slice(0, 32);
  const file = path.join(folder, name + segmentEnding);
  const there = readSegment(file, shape, 4 * row);
  if (there === undefined || there === 'damaged') {
    makeFolder(folder);
    const writer = new SegmentWriter(folder, name);
    try {
      for (const { from, count, values } of rowsOf(examples)) {
        for (let i = 0; i < count; i++)
          writer.write(String(from + i), values.subarray(i * row, (i + 1) * row));
      }
      if (size > 0 && !writer.finish(shape))
        throw new Error(`the unfinished '${file}' was removed by somebody else`);
    } catch (error) {
      writer.discard();
      throw error;
    }
  }
  return {
    values: name,
    shape,
    labels,
    ...(groups && { groups: groups.map((group) => group ?? null) }),
  };
}

/** @throws UserError when the file is not there or is damaged; so does reading a row that is. */
export function openExamples(
  folder: string,
  { values, shape, labels, groups }: SharedExamples,
): OpenExamples {
  const row = sizeOf(shape);
  const file = path.join(folder, values + segmentEnding);
  const segment = readSegment(file, shape, 4 * row);
  const descriptor = openSegment(file);
  const isWhole = typeof segment === 'object' && segment.names.length === labels.length;
  if (!isWhole || descriptor === undefined) {
    if (descriptor !== undefined) fs.closeSync(descriptor);
    throw new UserError(
      `Expected the examples of a study in '${file}' but it ${segment === undefined ? 'is not there' : 'is damaged'}. Run the study's command again: it writes them anew.`,
    );
  }
  const read = (places: readonly number[]) => {
    const out = new Float32Array(places.length * row);
    const bytes = bytesOf(out);
    for (const [i, place] of places.entries()) {
      const one = bytes.subarray(4 * row * i, 4 * row * (i + 1));
      const length = fs.readSync(descriptor, one, 0, one.length, 4 * row * place);
      if (length === one.length && rowDigest(one) === segment.digests[place]) continue;
      throw new UserError(
        `Expected the examples of a study in '${file}' but they are damaged. Remove the file and run the study's command again.`,
      );
    }
    return out;
  };
  const all = { size: labels.length, shape, labels, read };
  const named = groups ? { ...all, groups: groups.map((group) => group ?? undefined) } : all;
  let open = true;
  const close = () => {
    if (open) fs.closeSync(descriptor);
    open = false;
  };
  try {
    return { ...heldInMemory(named), close };
  } catch (error) {
    close();
    throw error;
  }
}

function* rowsOf({ size, read }: Pick<Examples, 'size' | 'read'>) {
  for (let from = 0; from < size; from += atOnce) {
    const count = Math.min(atOnce, size - from);
    yield { from, count, values: read(Array.from({ length: count }, (_, i) => from + i)) };
  }
}
