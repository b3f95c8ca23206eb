import fs from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../errors.js';
import { makeFolder } from '../make-folder.js';
import { addonFile } from './addon.js';
import { openAddon } from './open-addon.js';

/** Where addons lie that were compiled when the package was packed; the path is the same from src/ and from dist/. */
const folder = new URL('../../../prebuilt/', import.meta.url);

/** Where an addon compiled when packing lies, for one kind of machine and just these sources, whether it is there or not. */
export function prebuiltPlace(platform = `${process.platform}-${process.arch}`): string {
  const name = path.basename(path.dirname(addonFile('')));
  return path.join(fileURLToPath(folder), platform, name, 'tfjs_binding.node');
}

/** The addon that came with the package, compiled from just these sources for this kind of machine. */
export function prebuiltAddon(): string | undefined {
  const file = prebuiltPlace();
  return fs.existsSync(file) ? file : undefined;
}

/**
 * Opens an addon that was compiled elsewhere beside the library in `release`, in a process of its own, for it may be for
 * a newer C library than this system's, and only then puts it in place: what is in place is taken for a working one.
 *
 * @returns why it does not fit; undefined when it does.
 */
export async function tryPrebuilt(addon: string, release: string): Promise<string | undefined> {
  const final = addonFile(release);
  const place = path.dirname(final);
  const trying = `${place}.partial`;
  await rm(trying, { recursive: true, force: true });
  makeFolder(trying);
  const file = path.join(trying, path.basename(final));
  fs.copyFileSync(addon, file);
  try {
    await openAddon(file);
  } catch (error) {
    await rm(trying, { recursive: true, force: true });
    return messageOf(error);
  }
  await rm(place, { recursive: true, force: true });
  await rename(trying, place);
  return undefined;
}
