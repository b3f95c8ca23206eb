import { createHash } from 'node:crypto';
import { UserError } from '../runtime/errors.js';
import { byCodePoints, counted, listed, type Picture } from './pictures.js';
import type { ScannedFolder } from './scan.js';
import { drawGroups } from './split-groups.js';

/** Which pictures teach, which choose, and which are kept for the final figure. */
export interface Split {
  /** Teaches. */
  readonly train: readonly Picture[];
  /** Chooses: regularisation, when to stop. */
  readonly validation: readonly Picture[];
  /** Kept for the final figure, whichever folder it came from; chooses nothing. */
  readonly test: readonly Picture[];
  /** What metrics.json calls the held-out part. */
  readonly heldOut: 'test' | 'val';
  /** How the parts came about, one sentence. */
  readonly how: string;
  readonly warnings: readonly string[];
}

export interface SplitOptions {
  readonly seed: number;
  /** Shares of each class for the parts that the folder does not give; 0.15 each unless told. */
  readonly fractions?: { readonly validation: number; readonly test: number };
}

/**
 * Divides a folder. What the folder gives is taken as given; what it lacks is drawn from `train`, class by
 * class, at least one picture each:
 *
 * - train, val and test: taken as they are; val chooses.
 * - train with test, or train with val: the second is held out, validation is drawn from train.
 * - train alone, or a flat folder: both are drawn.
 *
 * Pictures are drawn class by class in the order of SHA-256(seed, digest), and `train` keeps that order: the
 * same on every machine, whatever the files are called and in whatever order they are found. Byte-for-byte
 * copies always land in the same part; a training picture that is also in a given validation or held-out
 * folder is left out.
 *
 * Throws a UserError when there are not at least two classes or a class has too few distinct pictures.
 */
export function splitFolder(folder: ScannedFolder, options: SplitOptions): Split {
  const fractions = options.fractions ?? { validation: 0.15, test: 0.15 };
  checkFractions(fractions);
  checkClasses(folder);
  const { train = [], validation: givenValidation, test: givenTest } = folder.parts;
  const heldOut = !givenTest && givenValidation ? 'val' : 'test';
  const given = { validation: givenTest && givenValidation, test: givenTest ?? givenValidation };

  const warnings: string[] = [];
  const test = given.test ?? [];
  const validation = given.validation && withoutCopies(given.validation, test, 'validation', warnings);
  if (validation?.length === 0) {
    throw new UserError(
      `Expected pictures of its own in the validation folder of '${folder.root}' but every one is also in test.`,
    );
  }
  const judging = [...(validation ?? []), ...test];
  const own = validation && withoutGroupsOf(validation, test, 'validation', warnings);
  if (own?.length === 0) {
    throw new UserError(
      `Expected groups of its own in the validation folder of '${folder.root}' but every one is also in test.`,
    );
  }
  const rest = withoutGroupsOf(
    withoutCopies(train, judging, 'training', warnings),
    judging,
    'training',
    warnings,
  );

  const shares = {
    validation: validation ? 0 : fractions.validation,
    test: given.test ? 0 : fractions.test,
  };
  const grouped = rest.some(({ group }) => group !== undefined) && shares.validation + shares.test > 0;
  const drawn = grouped
    ? drawGroups(folder.labels, rest, options.seed, shares, warnings)
    : draw(folder.labels, rest, options.seed, shares);
  return {
    train: drawn.train,
    validation: own ?? drawn.validation,
    test: given.test ?? drawn.test,
    heldOut,
    how: `${describe(folder, options.seed, fractions)}${grouped ? ' Groups are kept whole.' : ''}`,
    warnings,
  };
}

function checkFractions({ validation, test }: { validation: number; test: number }): void {
  if (!(validation > 0 && test > 0 && validation + test < 1)) {
    throw new UserError(
      `Expected shares for validation and test above 0 and together below 1 but received ${validation} and ${test}.`,
    );
  }
}

function checkClasses(folder: ScannedFolder): void {
  const { train = [], validation = [], test = [] } = folder.parts;
  if (train.length === 0) {
    throw new UserError(`Expected pictures to learn from in '${folder.root}/train' but found none.`);
  }
  if (folder.labels.length < 2) {
    const [only] = folder.labels;
    const nested = folder.layout === 'flat' && train.every(({ path }) => path.split('/').length > 2);
    const next = nested
      ? `if the folders in '${only}' are the classes, give that folder`
      : 'add another class';
    throw new UserError(`Expected at least two classes but found only '${only}': ${next}.`);
  }
  const learned = new Set(train.map(({ label }) => label));
  const unknown = folder.labels.filter((_, label) => !learned.has(label));
  if (unknown.length > 0) {
    const elsewhere = [validation.length > 0 ? 'validation' : [], test.length > 0 ? 'test' : []]
      .flat()
      .join(' or ');
    throw new UserError(
      `Expected every class of ${elsewhere} in train too but it lacks ${counted(unknown.length, 'class', 'classes')}:${listed(unknown)}`,
    );
  }
}

/** `pictures` less those whose bytes are also in `kept`, with a warning when there are any. */
function withoutCopies(
  pictures: readonly Picture[],
  kept: readonly Picture[],
  part: string,
  warnings: string[],
): readonly Picture[] {
  const original = new Map(kept.map((picture) => [picture.digest, picture.path]));
  const copies = pictures.filter(({ digest }) => original.has(digest));
  if (copies.length === 0) return pictures;
  const lines = copies.map(({ path, digest }) => `${path} = ${original.get(digest)}`);
  warnings.push(
    `${counted(copies.length, `${part} picture`)} left out, byte for byte in a part that judges:${listed(lines)}`,
  );
  return pictures.filter(({ digest }) => !original.has(digest));
}

/** `pictures` less those whose group is also in `kept`, with a warning when there are any. */
function withoutGroupsOf(
  pictures: readonly Picture[],
  kept: readonly Picture[],
  part: string,
  warnings: string[],
): readonly Picture[] {
  const judging = new Set(kept.flatMap(({ group }) => group ?? []));
  const shared = pictures.filter(({ group }) => group !== undefined && judging.has(group));
  if (shared.length === 0) return pictures;
  const names = [...new Set(shared.map(({ group }) => group!))].sort(byCodePoints);
  warnings.push(
    `${counted(shared.length, `${part} picture`)} left out, of groups that are also in a part that judges:${listed(names)}`,
  );
  return pictures.filter(({ group }) => group === undefined || !judging.has(group));
}

/** A share of the distinct pictures of each class for validation and test, at least one each unless it is 0. */
function draw(
  labels: readonly string[],
  pictures: readonly Picture[],
  seed: number,
  fractions: { validation: number; test: number },
) {
  const needed = [1, fractions.validation, fractions.test].filter((fraction) => fraction > 0).length;
  const classes = groupCopies(labels, pictures, seed);
  const small = classes.flatMap((groups, label) =>
    groups.length < needed ? [`${labels[label]}: ${groups.length}`] : [],
  );
  if (small.length > 0) {
    throw new UserError(
      `Expected at least ${counted(needed, 'distinct picture')} to learn from in every class, one for each part ` +
        `that is drawn, but found fewer. Add pictures or remove the class:${listed(small)}`,
    );
  }
  const train: Picture[] = [];
  const validation: Picture[] = [];
  const test: Picture[] = [];
  // one by one: a class may have more pictures than a call may have arguments
  const add = (part: Picture[], taken: readonly (readonly Picture[])[]) => {
    for (const copies of taken) for (const picture of copies) part.push(picture);
  };
  for (const groups of classes) {
    let left = [...groups];
    // Each part leaves at least one picture to each part after it.
    const take = (fraction: number, after: number) => {
      if (fraction === 0) return [];
      const count = Math.min(Math.max(1, Math.round(groups.length * fraction)), left.length - after);
      const taken = left.slice(0, count);
      left = left.slice(count);
      return taken;
    };
    add(test, take(fractions.test, fractions.validation > 0 ? 2 : 1));
    add(validation, take(fractions.validation, 1));
    add(train, left);
  }
  return { train, validation, test };
}

/**
 * For each class its distinct pictures in the order of SHA-256(seed, digest), every one with its copies.
 * Copies filed under several classes go with the first of them, so that they stay together.
 */
function groupCopies(labels: readonly string[], pictures: readonly Picture[], seed: number): Picture[][][] {
  const groups = new Map<string, Picture[]>();
  for (const picture of pictures) {
    const group = groups.get(picture.digest);
    if (group) group.push(picture);
    else groups.set(picture.digest, [picture]);
  }
  const ordered = [...groups]
    .map(([digest, copies]) => ({
      key: createHash('sha256').update(`${seed}\n${digest}`).digest('hex'),
      copies: copies.sort((a, b) => a.label - b.label || byCodePoints(a.path, b.path)),
    }))
    .sort((a, b) => byCodePoints(a.key, b.key));
  const classes: Picture[][][] = labels.map(() => []);
  for (const { copies } of ordered) classes[copies[0]!.label]!.push(copies);
  return classes;
}

function describe(
  folder: ScannedFolder,
  seed: number,
  fractions: { validation: number; test: number },
): string {
  const { validation, test } = folder.parts;
  const percent = (fraction: number) => `${Math.round(fraction * 1000) / 10} %`;
  if (validation && test) return 'Validation and test are the folders given.';
  if (validation || test) {
    const groups = folder.heldOutGroups?.map((name) => `'${name}'`).join(', ');
    const given = groups ? `group ${groups}` : `${test ? 'test' : 'validation'} folder`;
    return `Held out is the ${given}; ${percent(fractions.validation)} of each class in train, drawn with seed ${seed}, is for validation.`;
  }
  return `Of each class ${percent(fractions.validation)} is for validation and ${percent(fractions.test)} is held out, drawn with seed ${seed}.`;
}
