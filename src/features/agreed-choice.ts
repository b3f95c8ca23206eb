import { open, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { makeFolder } from '../runtime/make-folder.js';
import { type ChosenPrecision, readChoice, writeRecord } from './precision-records.js';

const lookEveryMs = 50;
/** A record is a few kilobytes, written at once: one that is not whole by then is a killed process's. */
const patienceMs = 10_000;

/**
 * The first choice that was written counts: machines that choose at the same moment may come to different ones, and each
 * would keep features of its own. The file is made where there is none (O_EXCL, which NFS has since version 3), so that one
 * machine alone writes it; the others read until it is whole. Where a folder cannot do that the last one written counts.
 *
 * @returns the choice that counts, `own` where the folder cannot be written: who may only read it computes nothing for it.
 */
export async function agreedChoice(
  file: string,
  own: ChosenPrecision,
  patience = patienceMs,
): Promise<ChosenPrecision> {
  try {
    if (await claim(file, own)) return readChoice(file) ?? own;
    const start = performance.now();
    do {
      const agreed = readChoice(file);
      if (agreed) return agreed;
      await wait(lookEveryMs);
    } while (performance.now() - start < patience);
    await writeRecord(file, own);
  } catch {
    // said above
  }
  return readChoice(file) ?? own;
}

/** @returns whether the file is ours: false where there was one. */
async function claim(file: string, own: ChosenPrecision): Promise<boolean> {
  makeFolder(path.dirname(file));
  const handle = await open(file, 'wx').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return undefined;
    throw error;
  });
  if (!handle) return false;
  try {
    await handle.writeFile(`${JSON.stringify(own, null, 1)}\n`);
    await handle.sync();
  } catch (error) {
    // nobody shall wait for what never comes
    await rm(file, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  return true;
}
