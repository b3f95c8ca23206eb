import { UserError } from '../runtime/errors.js';
import { type Folder, type FoundFile, filesBelow, type Listing, list, rootFolder } from './folder-tree.js';
import { byCodePoints, counted, type SkippedFile } from './pictures.js';

export type FolderPart = 'train' | 'validation' | 'test';

/** A file of a class folder, not yet looked into. */
export interface Candidate extends FoundFile {
  readonly part: FolderPart;
  readonly className: string;
}

export interface Layout {
  readonly layout: 'flat' | 'parts';
  /** In code-point order of their paths; those of a flat folder are all in `train`. */
  readonly candidates: readonly Candidate[];
  readonly classNames: readonly string[];
  readonly warnings: readonly string[];
}

const partNames: ReadonlyMap<string, FolderPart> = new Map([
  ['train', 'train'],
  ['val', 'validation'],
  ['valid', 'validation'],
  ['validation', 'validation'],
  ['test', 'test'],
]);

/**
 * Finds out how a folder is laid out, `CLASS/*` or `{train,val,test}/CLASS/*`, and lists its files.
 *
 * A folder named `train` (or `test` …) is a part when it holds folders; holding pictures it is a class of
 * that name. Whatever lies below a class folder, at any depth, belongs to the class.
 */
export async function readLayout(directory: string, skipped: SkippedFile[]): Promise<Layout> {
  const top = await list(await rootFolder(directory), skipped);
  const parts = await findParts(top, skipped);
  if (parts.size === 0) {
    const classes = await readClasses('train', top.folders, skipped);
    refuseUnsorted(directory, top, classes.candidates);
    return { layout: 'flat', ...classes, warnings: [...loose(top.files, directory), ...classes.warnings] };
  }

  const read = await Promise.all(
    [...parts].map(([part, { inside }]) => readClasses(part, inside.folders, skipped)),
  );
  const partPaths = [...parts.values()].map(({ folder }) => folder.path);
  const beside = top.folders.filter(({ path }) => !partPaths.includes(path));
  return {
    layout: 'parts',
    candidates: read.flatMap(({ candidates }) => candidates),
    classNames: [...new Set(read.flatMap(({ classNames }) => classNames))].sort(byCodePoints),
    warnings: [
      ...beside.map(({ name, path }) =>
        isPartName(name)
          ? `Folder '${path}' has no class folders and is not used.`
          : `Folder '${path}' beside ${partPaths.join(', ')} is not used.`,
      ),
      ...loose(top.files, directory),
      ...[...parts.values()].flatMap(({ folder, inside }) => loose(inside.files, folder.path)),
      ...read.flatMap(({ warnings }) => warnings),
    ],
  };
}

function isPartName(name: string): boolean {
  return partNames.has(name.toLowerCase());
}

/** The folders of `top` that are parts, each with what lies directly inside; none in a flat folder. */
async function findParts(top: Listing, skipped: SkippedFile[]) {
  const parts = new Map<FolderPart, { folder: Folder; inside: Listing }>();
  for (const folder of top.folders) {
    const part = partNames.get(folder.name.toLowerCase());
    if (!part) continue;
    // Should this be a class of a flat folder after all, reading it as one meets the same faults again.
    const faults: SkippedFile[] = [];
    const inside = await list(folder, faults);
    if (inside.folders.length === 0) continue;
    skipped.push(...faults);
    const twin = parts.get(part);
    if (twin) {
      throw new UserError(
        `Expected one ${part} folder but found '${twin.folder.name}' and '${folder.name}': merge or rename one.`,
      );
    }
    parts.set(part, { folder, inside });
  }
  return parts;
}

async function readClasses(part: FolderPart, folders: readonly Folder[], skipped: SkippedFile[]) {
  const candidates: Candidate[] = [];
  const warnings: string[] = [];
  for (const folder of folders) {
    const files = await filesBelow(folder, skipped);
    const depth = folder.path.split('/').length + 1;
    const nested = files.filter(({ path }) => path.split('/').length > depth).length;
    if (nested > 0) {
      warnings.push(
        `${counted(nested, 'file')} in folders below '${folder.path}' ${nested === 1 ? 'counts' : 'count'} as '${folder.name}'.`,
      );
    }
    for (const file of files) candidates.push({ ...file, part, className: folder.name });
  }
  const classNames = [...new Set(folders.map(({ name }) => name))].sort(byCodePoints);
  return { candidates: candidates.sort((a, b) => byCodePoints(a.path, b.path)), classNames, warnings };
}

function loose(files: readonly FoundFile[], where: string): string[] {
  const pictures = files.filter(({ path }) => /\.(jpe?g|png|webp|gif|tiff?|avif)$/i.test(path)).length;
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
  if (names.every(isPartName)) {
    const where = names.map((name) => `'${name}'`).join(' and ');
    throw new UserError(
      `Expected class folders inside ${where} of '${directory}' but found pictures there: sort them into folders named by class.`,
    );
  }
}
