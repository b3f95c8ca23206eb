import fs from 'node:fs';
import path from 'node:path';

/** The folders that kinds of machine have left under one plan or key, in the order of their names. */
export function kindsOf(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder)
    .sort()
    .flatMap((kind) => {
      const place = path.join(folder, kind);
      return fs.statSync(place, { throwIfNoEntry: false })?.isDirectory() ? [place] : [];
    });
}

/** @returns tells which files are there, of whatever kind of machine. */
export function filesOfKinds(folder: string): ReadonlySet<string> {
  return new Set(kindsOf(folder).flatMap((kind) => fs.readdirSync(kind)));
}
