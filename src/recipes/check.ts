import { z } from 'zod';
import { copyGroups, type CopyGroup } from '../data/copies/copy-groups.js';
import { pictureOptions } from '../data/options.js';
import { byCodePoints, type Picture } from '../data/pictures.js';
import type { ScannedFolder } from '../data/scan.js';
import { scanPictures } from '../runs/scan-pictures.js';
import { suspiciousLabels } from '../evaluation/confident-learning.js';
import { testFacts } from '../evaluation/shortcuts.js';
import { predictedClass } from '../evaluation/predictions.js';
import { storedExamples } from '../features/extract.js';
import { featureOptions } from '../features/options.js';
import { closingAll, type Keep } from '../runtime/closing.js';
import { UserError } from '../runtime/errors.js';
import { type Hooks, Interrupted } from '../runtime/progress.js';
import { Random } from '../runtime/random.js';
import { adviceOn } from '../runs/check-advice.js';
import type { CheckedCopies, FolderCheck } from '../runs/folder-check.js';
import { pictureFacts } from '../runs/picture-facts.js';
import { type Survey, survey } from '../runs/survey.js';
import { fitsExactSolver } from '../training/exact-head.js';
import { outOfFoldProbabilities } from '../training/out-of-fold.js';
import { loadPlainBase } from '../zoo/base.js';

const optionsSchema = z.strictObject({
  ...featureOptions,
  /** Whose features pictures are compared and labels judged by; `none`: copies by their looks alone, labels not at all. */
  base: z.string().min(1).default('vgg16'),
  weights: z.string().min(1).optional(),
  layout: pictureOptions.layout,
  seed: z.number().int().min(0).default(0),
});

export type CheckOptions = z.input<typeof optionsSchema>;

/** So many pictures must every class have for its labels to be judged by the others. */
const fewest = 5;

/**
 * Looks through a folder of pictures without training a network on it: broken files, copies, labels that the other
 * pictures contradict, facts that give the class away, classes that are small or uneven; and says what to do.
 *
 * @returns the findings, and where each picture lies.
 * @throws UserError when there is no such folder or no picture in it can be used.
 */
export async function checkFolder(
  directory: string,
  given: CheckOptions = {},
  hooks: Hooks = {},
): Promise<{ readonly check: FolderCheck; readonly files: ReadonlyMap<string, string> }> {
  const options = optionsSchema.parse(given);
  try {
    return await closingAll((keep) => look(directory, options, keep, hooks));
  } catch (error) {
    if (hooks.signal?.aborted) throw new Interrupted('The check was interrupted.');
    throw error;
  }
}

async function look(
  directory: string,
  options: z.output<typeof optionsSchema>,
  keep: Keep,
  hooks: Hooks,
): Promise<Awaited<ReturnType<typeof checkFolder>>> {
  // 1. Find the pictures.
  const folder = await scanPictures(directory, { layout: options.layout }, hooks);

  // 2. Look at each, with the eyes of the base, and find copies.
  const base = options.base === 'none' ? undefined : await loadPlainBase(options, hooks);
  const seen = await survey(folder, base, { ...options, resize: 'squash' }, keep, hooks);
  const { pictures } = seen;
  if (pictures.length === 0) {
    throw new UserError(`Expected pictures in '${directory}' but every one is damaged.`);
  }
  const groups = copyGroups(pictures, seen.copies);
  const names = groupNames(pictures, groups);

  // 3. Ask which labels the other pictures contradict, and what besides the pictures gives the class away.
  const labels = await judgeLabels(folder, seen, names, options.seed, hooks);
  const facts = pictureFacts(pictures, folder.facts, seen.pixels.store);
  const shortcuts =
    folder.labels.length < 2
      ? []
      : testFacts(
          facts,
          pictures.map(({ label }) => label),
          folder.labels.length,
          names,
        );

  // 4. Say what is to be done.
  const partOf = partsOf(folder);
  const found = {
    folder: directory,
    layout: folder.layout,
    pictures: pictures.length,
    classes: folder.labels.map((label, i) => {
      const own = pictures.filter((picture) => picture.label === i);
      const parts: Record<string, number> = {};
      for (const picture of own) parts[partOf.get(picture)!] = (parts[partOf.get(picture)!] ?? 0) + 1;
      return { label, pictures: own.length, parts };
    }),
    broken: [...folder.skipped, ...seen.broken].sort((a, b) => byCodePoints(a.path, b.path)),
    copies: groups.map((group) => checkedCopies(group, folder.labels, partOf)),
    labels,
    shortcuts,
    warnings: folder.warnings,
  };
  const files = new Map(pictures.map(({ path, file }) => [path, file]));
  return { check: { ...found, advice: adviceOn(found) }, files };
}

/** For every picture the name of its group of copies, or its own. */
function groupNames(pictures: readonly Picture[], groups: readonly CopyGroup[]): string[] {
  const name = new Map(groups.flatMap((group, i) => group.pictures.map((picture) => [picture, String(i)])));
  return pictures.map((picture) => name.get(picture) ?? picture.digest);
}

async function judgeLabels(
  folder: ScannedFolder,
  { pictures, features }: Survey,
  groups: readonly string[],
  seed: number,
  hooks: Hooks,
): Promise<FolderCheck['labels']> {
  const why = cannotJudge(folder, pictures, features?.store.shape);
  if (why !== undefined || !features) return { suspicious: [], why: why ?? 'without a base (--base none).' };
  const probabilities = await outOfFoldProbabilities(
    storedExamples(features.store, pictures),
    folder.labels.length,
    { groups, random: new Random(seed).fork('folds'), hooks },
  );
  const given = pictures.map(({ label }) => label);
  const suspicious = suspiciousLabels(given, probabilities).map(
    ({ example, label, looksLike, probability }) => ({
      path: pictures[example]!.path,
      label: folder.labels[label]!,
      looksLike: folder.labels[looksLike]!,
      probability,
      labelProbability: probabilities[example]![label]!,
    }),
  );
  const right = probabilities.filter((row, i) => predictedClass(row) === given[i]).length;
  return { suspicious, agreement: right / given.length };
}

/** Why the labels cannot be judged by one another; undefined when they can. */
function cannotJudge(
  { labels }: ScannedFolder,
  pictures: readonly Picture[],
  shape: readonly number[] | undefined,
): string | undefined {
  if (!shape) return 'without a base (--base none).';
  if (labels.length < 2) return 'there is only one class.';
  const small = labels.filter((_, i) => pictures.filter(({ label }) => label === i).length < fewest);
  if (small.length > 0) return `'${small[0]}' has fewer than ${fewest} pictures to compare with.`;
  if (!fitsExactSolver(pictures.length, shape[0]!)) return 'there are more pictures than fit into memory.';
  return undefined;
}

function partsOf({ layout, parts }: ScannedFolder): Map<Picture, string> {
  return new Map(
    Object.entries(parts).flatMap(([part, pictures]) =>
      pictures.map((picture) => [picture, layout === 'flat' ? 'all' : part] as const),
    ),
  );
}

function checkedCopies(
  { pictures, kinds }: CopyGroup,
  labels: readonly string[],
  partOf: ReadonlyMap<Picture, string>,
): CheckedCopies {
  const shown = pictures.map((picture) => ({
    path: picture.path,
    part: partOf.get(picture)!,
    label: labels[picture.label]!,
  }));
  const several = (values: readonly string[]) => new Set(values).size > 1;
  return {
    pictures: shown,
    kinds,
    acrossParts: several(shown.map(({ part }) => part)),
    acrossClasses: several(shown.map(({ label }) => label)),
  };
}
