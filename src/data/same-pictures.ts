import { findLookAlikes } from './duplicates.js';
import type { Fingerprint } from './fingerprint.js';
import type { Picture } from './pictures.js';
import type { ScannedFolder } from './scan.js';

/** A name for each picture: of its group where the folder's layout is groups, joined with those that look like it. */
export function groupsOf(
  pictures: readonly Picture[],
  { heldOutGroups }: Pick<ScannedFolder, 'heldOutGroups'>,
  fingerprints: ReadonlyMap<string, Fingerprint>,
): string[] {
  const names = pictures.map(({ path, digest }) => (heldOutGroups ? path.split('/')[0]! : digest));
  const known = pictures.flatMap(({ digest }, place) => {
    const fingerprint = fingerprints.get(digest);
    return fingerprint ? [{ place, fingerprint }] : [];
  });
  const parent = new Map<string, string>();
  const root = (name: string): string => {
    const above = parent.get(name);
    return above === undefined ? name : root(above);
  };
  // the later half is held against the earlier one, and each against itself: a chain of look-alikes is one group
  const join = (from: number, to: number) => {
    if (to - from < 2) return;
    const middle = Math.floor((from + to) / 2);
    const fingerprintsOf = (part: typeof known) => part.map(({ fingerprint }) => fingerprint);
    const [earlier, later] = [known.slice(from, middle), known.slice(middle, to)];
    for (const [i, alike] of findLookAlikes(fingerprintsOf(earlier), fingerprintsOf(later)).entries()) {
      if (alike === undefined) continue;
      const [one, other] = [root(names[earlier[alike]!.place]!), root(names[later[i]!.place]!)];
      if (one !== other) parent.set(other, one);
    }
    join(from, middle);
    join(middle, to);
  };
  join(0, known.length);
  return names.map(root);
}
