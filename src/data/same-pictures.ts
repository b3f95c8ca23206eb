import { type CopyPair, joinedNames } from './copies/copy-groups.js';
import type { Picture } from './pictures.js';
import type { ScannedFolder } from './scan.js';

/**
 * A name for each picture, the same for pictures that belong together: of its group, where --group-by or the folder's
 * layout tells one, joined with those that show the same photograph.
 */
export function groupsOf(
  pictures: readonly Picture[],
  { heldOutGroups }: Pick<ScannedFolder, 'heldOutGroups'>,
  copies: readonly CopyPair[],
): string[] {
  return joinedNames(pictures, copies, ({ path, group, digest }) =>
    heldOutGroups ? path.split('/')[0]! : (group ?? digest),
  );
}
