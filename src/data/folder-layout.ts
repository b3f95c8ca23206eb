import { UserError } from '../runtime/errors.js';
import {
  afresh,
  type Folder,
  type FoundFile,
  filesBelow,
  type Listing,
  list,
  rootFolder,
} from './folder-tree.js';
import { looksLikePicture } from './inspect.js';
import { byCodePoints, counted, type SkippedFile } from './pictures.js';
import { type FolderPart, type LayoutName, splitNameOf } from './split-names.js';
import { type Structure, structureOf, type TopFolder } from './folder-structure.js';

/** A file of a class folder, not yet looked into. */
export interface Candidate extends FoundFile {
  readonly part: FolderPart;
  readonly className: string;
}

export interface Layout {
  readonly layout: 'flat' | 'parts';
  /** In code-point order of their paths, part by part; those of a flat folder are all in `train`. */
  readonly candidates: readonly Candidate[];
  readonly classNames: readonly string[];
  /** Where the test part is groups that were chosen here: their names. */
  readonly heldOutGroups?: readonly string[];
  readonly warnings: readonly string[];
}

/** A folder whose files, at any depth, are of one class and one part. */
interface ClassFolder {
  readonly folder: Folder;
  readonly part: FolderPart;
  readonly className: string;
}

/**
 * Finds out how a folder is laid out, `CLASS/*`, `{train,val,test}/CLASS/*` or what comes near (structure.ts), and
 * lists its files.
 *
 * A folder named `train` (or `test` …) is a part when it holds folders; holding pictures it is a class of
 * that name. Whatever lies below a class folder, at any depth, belongs to the class.
 */
export async function readLayout(
  directory: string,
  skipped: SkippedFile[],
  options: { readonly layout?: LayoutName; readonly signal?: AbortSignal } = {},
): Promise<Layout> {
  const known = new Map<Folder, Listing>();
  const listed = async (folder: Folder) => {
    const listing = known.get(folder) ?? (await list(folder));
    known.set(folder, listing);
    return listing;
  };
  const top = await listed(await rootFolder(directory, options.signal));
  for (const fault of top.faults) skipped.push(fault);
  const tops: TopFolder[] = [];
  for (const folder of top.folders) tops.push({ folder, inside: await unwrapped(folder, listed) });
  const structure = await structureOf(directory, tops, options.layout ?? 'auto', listed);
  const classes = await readClasses(classFolders(structure, tops), skipped, listed);
  const flat = structure.kind === 'classes';
  if (flat) refuseUnsorted(directory, top, classes.candidates);
  const warnings = flat
    ? loose(top.files, directory)
    : besideClasses(structure, directory, top, tops, skipped);
  return {
    layout: flat ? 'flat' : 'parts',
    ...classes,
    ...('heldOutGroups' in structure && { heldOutGroups: structure.heldOutGroups }),
    warnings: [...warnings, ...classes.warnings],
  };
}

/** What lies in a folder; where that is a single folder of folders (`train/images/CLASS`), what lies in that. */
async function unwrapped(folder: Folder, listed: (folder: Folder) => Promise<Listing>): Promise<Listing> {
  const inside = await listed(folder);
  const [only, other] = inside.folders;
  if (!only || other || inside.files.some(({ path }) => looksLikePicture(path))) return inside;
  const below = await listed(only);
  const holdsFolders = below.folders.length > 1 && !below.files.some(({ path }) => looksLikePicture(path));
  return holdsFolders ? { ...below, faults: [...inside.faults, ...below.faults] } : inside;
}

function classFolders(structure: Structure, tops: readonly TopFolder[]): ClassFolder[] {
  if (structure.kind === 'classes') {
    return tops.map(({ folder }) => ({ folder, part: 'train', className: folder.name }));
  }
  if (structure.kind === 'splits') {
    return [...structure.parts].flatMap(([part, parts]) =>
      parts.flatMap(({ inside }) =>
        inside.folders.map((folder) => ({ folder, part, className: folder.name })),
      ),
    );
  }
  return tops.flatMap(({ folder: { name }, inside }) =>
    inside.folders.flatMap((folder) => {
      const part = structure.partOf(folder);
      return part ? [{ folder, part, className: name }] : [];
    }),
  );
}

/** What is said of how the folder was read, and of what lies beside the class folders. */
function besideClasses(
  structure: Exclude<Structure, { kind: 'classes' }>,
  directory: string,
  top: Listing,
  tops: readonly TopFolder[],
  skipped: SkippedFile[],
): string[] {
  const said = structure.said ? [structure.said] : [];
  if (structure.kind === 'splits-inside') {
    const unused = tops.flatMap(({ inside }) => inside.folders.filter((folder) => !structure.partOf(folder)));
    for (const { inside } of tops) for (const fault of inside.faults) skipped.push(fault);
    return [
      ...said,
      ...unused.map(({ path }) => `Folder '${path}' is no part of the split and is not used.`),
      ...loose(top.files, directory),
      ...tops.flatMap(({ folder, inside }) => loose(inside.files, folder.path)),
    ];
  }
  const used = [...structure.parts.values()].flat();
  for (const { inside } of used) for (const fault of inside.faults) skipped.push(fault);
  const names = used.map(({ folder }) => folder.path);
  return [
    ...said,
    ...structure.beside.map(({ folder: { name, path }, inside }) =>
      splitNameOf(name) && inside.folders.length === 0
        ? `Folder '${path}' has no class folders and is not used.`
        : `Folder '${path}' beside ${names.join(', ')} is not used.`,
    ),
    ...loose(top.files, directory),
    ...used.flatMap(({ folder, inside }) => loose(inside.files, folder.path)),
  ];
}

async function readClasses(
  folders: readonly ClassFolder[],
  skipped: SkippedFile[],
  listed: (folder: Folder) => Promise<Listing>,
) {
  const candidates: Candidate[] = [];
  const warnings: string[] = [];
  for (const { folder, part, className } of folders) {
    const files = await filesBelow(afresh(folder), skipped, listed);
    const depth = folder.path.split('/').length + 1;
    const nested = files.filter(({ path }) => path.split('/').length > depth).length;
    if (nested > 0) {
      warnings.push(
        `${counted(nested, 'file')} in folders below '${folder.path}' ${nested === 1 ? 'counts' : 'count'} as '${className}'.`,
      );
    }
    for (const file of files) candidates.push({ ...file, part, className });
  }
  const classNames = [...new Set(folders.map(({ className }) => className))].sort(byCodePoints);
  return { candidates: candidates.sort((a, b) => byCodePoints(a.path, b.path)), classNames, warnings };
}

function loose(files: readonly FoundFile[], where: string): string[] {
  const pictures = files.filter(({ path }) => looksLikePicture(path)).length;
  if (pictures === 0) return [];
  return [`${counted(pictures, 'picture')} directly in '${where}', outside any class folder, not used.`];
}

/** Pictures without class folders, or directly in train/ and test/: there is nothing to learn from them. */
function refuseUnsorted(directory: string, top: Listing, candidates: readonly Candidate[]): void {
  const expected = `Expected a folder for each class in '${directory}' (cats/…, dogs/…)`;
  if (candidates.length === 0) {
    if (top.files.some(({ path }) => /[-.]idx[13]-ubyte(\.gz)?$/.test(path))) {
      throw new UserError(
        `${expected} but found idx files like MNIST's: train LeNet-5 on them with 'npx tsx scripts/train-lenet-mnist.ts --data ${directory}'.`,
      );
    }
    const found =
      top.files.length === 0 ? 'no pictures at all' : `${counted(top.files.length, 'file')} directly in it`;
    throw new UserError(`${expected} but found ${found}: sort the pictures into folders named by class.`);
  }
  const names = top.folders.map(({ name }) => name);
  if (names.every((name) => splitNameOf(name)?.plain)) {
    const where = names.map((name) => `'${name}'`).join(' and ');
    throw new UserError(
      `Expected class folders inside ${where} of '${directory}' but found pictures there: sort them into folders named by class.`,
    );
  }
}
