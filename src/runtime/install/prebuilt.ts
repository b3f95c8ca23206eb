import fs from 'node:fs';
import { rm } from 'node:fs/promises';
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
 * Puts an addon that was compiled elsewhere beside the library in `release`, and opens it in a process of its own: it may
 * be for a newer C library than this system's.
 *
 * @returns why it does not fit; undefined when it does.
 */
export async function tryPrebuilt(addon: string, release: string): Promise<string | undefined> {
  const place = addonFile(release);
  makeFolder(path.dirname(place));
  fs.copyFileSync(addon, `${place}.partial`);
  fs.renameSync(`${place}.partial`, place);
  try {
    await openAddon(place);
    return undefined;
  } catch (error) {
    await rm(path.dirname(place), { recursive: true, force: true });
    return messageOf(error);
  }
}
