import fs from 'node:fs/promises';
import path from 'node:path';
import { bytesPerNumber, elementsOf } from '../../formats/numbers.js';
import type { TfjsEntry, TfjsGroup } from '../../formats/tfjs.js';

/** The most values of a constant that says how to reshape, pad or reduce. */
const most = 16;

/**
 * Reads the small integer constants of a graph model, by name, and nothing else of its weight files: axes, paddings,
 * shapes. What cannot be read is left out.
 */
export async function readSmallIntegers(
  folder: string,
  groups: readonly TfjsGroup[],
): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>();
  for (const { paths, entries } of groups) {
    let offset = 0;
    for (const entry of entries) {
      const length = elementsOf(entry.name, entry.shape) * bytesPerNumber[entry.stored];
      if (isSmallInteger(entry)) {
        const bytes = await readAcross(folder, paths, offset, length);
        if (bytes) found.set(entry.name, integersOf(entry, bytes));
      }
      offset += length;
    }
  }
  return found;
}

function isSmallInteger({ name, shape, stored, affine }: TfjsEntry): boolean {
  const isWhole = affine ? stored !== 'float16' : stored === 'int32';
  return isWhole && shape.length <= 2 && elementsOf(name, shape) <= most;
}

function integersOf({ stored, affine }: TfjsEntry, bytes: Buffer): number[] {
  const size = bytesPerNumber[stored];
  return Array.from({ length: bytes.length / size }, (_, i) => {
    const value = stored === 'int32' ? bytes.readInt32LE(i * size) : bytes.readUIntLE(i * size, size);
    return affine ? Math.round(value * affine.scale + affine.min) : value;
  });
}

/** Bytes of the files as if they were one; undefined when they are not all there. */
async function readAcross(
  folder: string,
  paths: readonly string[],
  offset: number,
  length: number,
): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let [skip, left] = [offset, length];
  for (const name of paths) {
    const file = await fs.open(path.join(folder, name)).catch(() => undefined);
    if (!file) return undefined;
    try {
      const { size } = await file.stat();
      const here = Math.max(0, Math.min(left, size - skip));
      if (here > 0) {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(here), 0, here, skip);
        parts.push(buffer.subarray(0, bytesRead));
        left -= bytesRead;
      }
      skip = Math.max(0, skip - size);
    } finally {
      await file.close();
    }
    if (left === 0) return Buffer.concat(parts);
  }
  return left === 0 ? Buffer.concat(parts) : undefined;
}
