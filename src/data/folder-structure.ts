import { UserError } from '../runtime/errors.js';
import { looksLikePicture } from './inspect.js';
import type { Folder, Listing } from './folder-tree.js';
import { byCodePoints } from './pictures.js';
import { type FolderPart, isGroupName, type LayoutName, splitNameOf } from './split-names.js';

/** A folder directly in the data folder. */
export interface TopFolder {
  readonly folder: Folder;
  /** What lies in it; where it holds a single folder of folders, what lies in that. */
  readonly inside: Listing;
}

/** What the folders mean. */
export type Structure =
  /** DIR/CLASS/… */
  | { readonly kind: 'classes' }
  /** DIR/PART/CLASS/…; `beside` is not used. */
  | {
      readonly kind: 'splits';
      readonly parts: ReadonlyMap<FolderPart, readonly TopFolder[]>;
      readonly beside: readonly TopFolder[];
      /** Where the test part is groups that were chosen here: their names. */
      readonly heldOutGroups?: readonly string[];
      /** What a person should know. */
      readonly said?: string;
    }
  /** DIR/CLASS/PART/… */
  | {
      readonly kind: 'splits-inside';
      readonly partOf: (folder: Folder) => FolderPart | undefined;
      readonly said: string;
    };

/**
 * What the folders of a data folder mean, by their names and by whether they hold the same folders.
 *
 * Several folders that hold the same folders are seldom classes: they are a split, or groups (folds, patients,
 * cameras), and a classifier trained to tell them apart would come with fine figures that mean nothing.
 *
 * @param list lists a folder, where its name is not enough.
 * @throws UserError when it may be one or the other, or is not what `layout` says it is.
 */
export async function structureOf(
  directory: string,
  tops: readonly TopFolder[],
  layout: LayoutName,
  list: (folder: Folder) => Promise<Listing>,
): Promise<Structure> {
  if (layout === 'classes') return { kind: 'classes' };
  if (layout === 'groups') return groupsOf(directory, tops);
  const found = splitsOf(tops) ?? splitsInsideOf(tops);
  if (layout === 'splits') {
    if (found) return found;
    throw new UserError(
      `Expected folders whose names say train, val or test in '${directory}', or in each class, with --layout splits but found ${quoted(tops)}: rename them.`,
    );
  }
  if (found?.kind === 'splits') {
    await refuseDropping(directory, found, tops, list);
    return found;
  }
  if (found && splitInEvery(tops)) {
    // parts that hold folders instead of pictures: several data sets side by side, perhaps
    const inside = await Promise.all(tops.flatMap((top) => top.inside.folders.map(list)));
    if (inside.some(hasPictures)) return found;
  }
  const shared = await sharedFolders(tops, list);
  if (!found && shared.length < 2) return { kind: 'classes' };
  const holders = tops.filter(({ inside }) => inside.folders.length > 0);
  const topsAreGroups = holders.every(({ folder }) => isGroupName(folder.name));
  const groupsBelow = shared.every((name) => isGroupName(name));
  if (topsAreGroups && !groupsBelow && holders.length === tops.filter(hasContent).length) {
    return groupsOf(directory, tops);
  }
  if (groupsBelow && !topsAreGroups && !found) return { kind: 'classes' };
  const below = found ? 'train, val and test are' : `${listedNames(shared)} are the classes`;
  throw new UserError(
    `Expected to tell classes from other folders in '${directory}' but cannot: ${quoted(holders)} hold the same folders. ` +
      (found
        ? `If those are parts of a split, in each class, say --layout splits; if ${quoted(tops)} are classes all the same, with whatever lies in them, --layout classes.`
        : `If ${quoted(tops)} are the classes, say --layout classes; if ${below}, --layout groups, and whole folders are held out; or name the folders train, val and test.`),
  );
}

/** DIR/PART/CLASS by the names of the folders; undefined where they are no split. */
function splitsOf(tops: readonly TopFolder[]): Extract<Structure, { kind: 'splits' }> | undefined {
  const named = tops.flatMap((top) => {
    const name = splitNameOf(top.folder.name);
    return name && top.inside.folders.length > 0 ? [{ top, ...name }] : [];
  });
  const plain = named.filter((one) => one.plain);
  // `steam train` and `test tube` are a split only if they hold the same folders.
  const alike = named.filter(
    (one) => one.plain || named.some((other) => other.part !== one.part && shareFolders(one.top, other.top)),
  );
  const used = new Set(alike.map(({ part }) => part)).size > 1 ? alike : plain;
  if (used.length === 0) return undefined;
  const taken = new Set(used.map(({ part }) => part));
  const parts = new Map<FolderPart, TopFolder[]>();
  for (const { top, part: said } of used) {
    const part = said !== 'evaluation' ? said : taken.has('validation') ? 'test' : 'validation';
    const twin = parts.get(part)?.[0];
    if (twin) {
      throw new UserError(
        `Expected one ${part} folder but found '${twin.folder.name}' and '${top.folder.name}': merge or rename one.`,
      );
    }
    parts.set(part, [top]);
  }
  const beside = tops.filter((top) => !used.some((one) => one.top === top));
  const unusual = used.filter(({ top }) => !usualNames.has(top.folder.name.toLowerCase()));
  const read = [...parts].map(([part, [top]]) => `'${top!.folder.path}' as ${part}`).join(', ');
  return {
    kind: 'splits',
    parts,
    beside,
    ...(unusual.length > 0 && { said: `Read as a split: ${read}. If these are classes: --layout classes.` }),
  };
}

const usualNames = new Set(['train', 'val', 'valid', 'validation', 'test']);

/** Whether two folders hold a folder of the same name, but for capitals. */
function shareFolders(a: TopFolder, b: TopFolder): boolean {
  const names = new Set(a.inside.folders.map(({ name }) => name.toLowerCase()));
  return b.inside.folders.some(({ name }) => names.has(name.toLowerCase()));
}

/** Pictures beside a split may be meant to be held out: they are not left out without being asked for. */
async function refuseDropping(
  directory: string,
  { parts, beside }: Extract<Structure, { kind: 'splits' }>,
  tops: readonly TopFolder[],
  list: (folder: Folder) => Promise<Listing>,
): Promise<void> {
  const used = [...parts.values()].flat();
  for (const top of beside) {
    const { folder, inside } = top;
    const labelled = await filled(inside.folders, list);
    // A single `train` may be a class among classes; beside a whole split, loose pictures are an unlabelled test set.
    const loose = parts.size === 1 && !splitNameOf(folder.name) && hasPictures(inside);
    if (labelled.length === 0 && !loose) continue;
    throw new UserError(
      `Expected only parts of a split beside ${quoted(used)} in '${directory}' but '${folder.name}' holds pictures too: ` +
        `name it train, val or test or move it away; --layout splits leaves it out; if ${quoted(tops)} are classes, --layout classes.`,
    );
  }
}

/** DIR/CLASS/PART where at least two folders hold a train folder and another part. */
function splitsInsideOf(
  tops: readonly TopFolder[],
): Extract<Structure, { kind: 'splits-inside' }> | undefined {
  const split = tops.filter(isSplitInside);
  if (split.length < 2) return undefined;
  const names = split.flatMap(({ inside }) => inside.folders.map(({ name }) => name));
  const validation = names.some((name) => splitNameOf(name)?.part === 'validation');
  const partOf = ({ name }: Folder): FolderPart | undefined => {
    const part = splitNameOf(name)?.part;
    return part === 'evaluation' ? (validation ? 'test' : 'validation') : part;
  };
  const shown = listedNames([...new Set(names)]);
  return {
    kind: 'splits-inside',
    partOf,
    said: `Read as a split inside each class, by the folders ${shown}. If all of it is for training: --layout classes.`,
  };
}

function isSplitInside({ inside }: TopFolder): boolean {
  const parts = new Set(inside.folders.map(({ name }) => splitNameOf(name)?.part));
  return parts.has('train') && [...parts].some((part) => part && part !== 'train');
}

/** Whether every folder with anything in it holds a split and nothing else. */
function splitInEvery(tops: readonly TopFolder[]): boolean {
  return tops
    .filter(hasContent)
    .every(
      (top) =>
        isSplitInside(top) &&
        !hasPictures(top.inside) &&
        top.inside.folders.every(({ name }) => splitNameOf(name)),
    );
}

/** The names of folders with pictures that are in several of the top folders, where those hold no pictures themselves. */
async function sharedFolders(
  tops: readonly TopFolder[],
  list: (folder: Folder) => Promise<Listing>,
): Promise<string[]> {
  const holders = new Map<string, Folder[]>();
  for (const { inside } of tops) {
    if (hasPictures(inside)) continue;
    for (const folder of inside.folders) {
      const name = folder.name.toLowerCase();
      holders.set(name, [...(holders.get(name) ?? []), folder]);
    }
  }
  const several = [...holders.values()].filter((folders) => folders.length > 1);
  const shared: string[] = [];
  for (const folders of several) {
    if ((await filled(folders, list)).length > 1) shared.push(folders[0]!.name);
  }
  return shared.sort(byCodePoints);
}

/** Those of the folders that hold pictures, or folders. */
async function filled(
  folders: readonly Folder[],
  list: (folder: Folder) => Promise<Listing>,
): Promise<Folder[]> {
  const full: Folder[] = [];
  for (const folder of folders) {
    const inside = await list(folder);
    if (inside.folders.length > 0 || hasPictures(inside)) full.push(folder);
  }
  return full;
}

/** DIR/GROUP/CLASS: whole groups are held out, so that what they have in common can't help; as many as make 15 %. */
function groupsOf(directory: string, tops: readonly TopFolder[]): Structure {
  const groups = tops
    .filter(({ inside }) => inside.folders.length > 0)
    .sort(
      (a, b) => inOrder.compare(a.folder.name, b.folder.name) || byCodePoints(a.folder.name, b.folder.name),
    );
  const wanted = Math.max(1, Math.round(0.15 * groups.length));
  const left = new Map<string, number>();
  for (const { inside } of groups) {
    for (const { name } of inside.folders) left.set(name, (left.get(name) ?? 0) + 1);
  }
  const heldOut: TopFolder[] = [];
  for (const group of [...groups].reverse()) {
    if (heldOut.length === wanted) break;
    const classes = group.inside.folders.map(({ name }) => name);
    if (classes.some((name) => left.get(name) === 1)) continue;
    for (const name of classes) left.set(name, left.get(name)! - 1);
    heldOut.unshift(group);
  }
  if (heldOut.length === 0) {
    throw new UserError(
      `Expected groups of which one can be held out, with every class in another, in '${directory}' but found ${quoted(tops)}: ` +
        'with --layout classes these are the classes.',
    );
  }
  return {
    kind: 'splits',
    parts: new Map([
      ['train', groups.filter((group) => !heldOut.includes(group))],
      ['test', heldOut],
    ]),
    beside: tops.filter((top) => !groups.includes(top)),
    heldOutGroups: heldOut.map(({ folder }) => folder.name),
    said: `Read as groups that hold the same classes; held out ${heldOut.length === 1 ? 'is' : 'are'} ${quoted(heldOut)}. If these are classes: --layout classes.`,
  };
}

const inOrder = new Intl.Collator('en', { numeric: true });

function hasContent({ inside }: TopFolder): boolean {
  return inside.folders.length > 0 || hasPictures(inside);
}

function hasPictures({ files }: Listing): boolean {
  return files.some(({ path }) => looksLikePicture(path));
}

function quoted(tops: readonly TopFolder[]): string {
  return listedNames(tops.map(({ folder }) => folder.name));
}

/** `'a', 'b' and 'c'`, at most five. */
function listedNames(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => `'${name}'`);
  if (names.length > shown.length) return `${shown.join(', ')} and ${names.length - shown.length} more`;
  return [shown.slice(0, -1).join(', '), ...shown.slice(-1)].filter(Boolean).join(' and ');
}
