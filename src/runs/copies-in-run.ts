import { type CopyGroup, copyGroups, type CopyPair, joinedNames } from '../data/copies/copy-groups.js';
import { copiesToDrop, type Dropped } from '../data/copies/dedupe.js';
import type { CopyKind } from '../data/copies/same-photograph.js';
import { withoutPictures } from '../data/divide.js';
import type { FileFacts } from '../data/inspect.js';
import { counted, listed, type Picture } from '../data/pictures.js';
import type { Split } from '../data/split.js';

/** A held-out picture that shows the same photograph as one that trains or chooses. */
export interface Leak {
  readonly trained: string;
  readonly heldOut: string;
  readonly kind: CopyKind;
}

/** What copies mean for a run. */
export interface CopiesInRun {
  /** Without the copies that --dedupe leaves out; those that stay are kept in one fold. */
  readonly split: Split;
  /** One for each held-out picture that has a copy on the other side. */
  readonly leaks: readonly Leak[];
  readonly dropped: readonly Dropped[];
  /** What a person should know before any figure, a sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Finds what copies do to a split and, with `dedupe`, undoes it.
 *
 * @param found copies among the pictures of the folder, perhaps of another scan of it.
 */
export function copiesInRun(
  planned: Split,
  found: readonly CopyPair[],
  {
    labels,
    facts,
    dedupe,
  }: {
    readonly labels: readonly string[];
    readonly facts: ReadonlyMap<string, FileFacts>;
    readonly dedupe: boolean;
  },
): CopiesInRun {
  const pairs = pairsAmong([...planned.train, ...planned.validation, ...planned.test], found);
  const groups = copyGroups([...planned.train, ...planned.validation, ...planned.test], pairs);
  const twice = twoLabels(groups, labels);
  const before = leaksOf(planned, groups, pairs);
  if (!dedupe) {
    const leaks = before.length > 0 ? [leakWarning(before)] : [];
    return {
      split: withCopiesTogether(planned, pairs),
      leaks: before,
      dropped: [],
      warnings: [...twice, ...leaks],
    };
  }
  const dropped = copiesToDrop(planned, groups, facts);
  const paths = new Set(dropped.map(({ path }) => path));
  const split = withoutPictures(planned, paths, labels, 'copies of others');
  return {
    split,
    leaks: [],
    dropped,
    warnings: [...twice, ...droppedWarning(planned, paths)],
  };
}

function leaksOf(split: Split, groups: readonly CopyGroup[], pairs: readonly CopyPair[]): Leak[] {
  const heldOut = new Set(split.test);
  const kinds = new Map<Picture, Map<Picture, CopyKind>>();
  for (const { one, other, kind } of pairs) {
    for (const [a, b] of [
      [one, other],
      [other, one],
    ] as const) {
      const known = kinds.get(a) ?? new Map<Picture, CopyKind>();
      kinds.set(a, known.set(b, kind));
    }
  }
  return groups.flatMap((group) => {
    const trained = group.pictures.filter((picture) => !heldOut.has(picture));
    if (trained.length === 0) return [];
    return group.pictures
      .filter((picture) => heldOut.has(picture))
      .map((picture) => {
        // a copy itself, else a copy of a copy
        const like = trained.find((other) => kinds.get(picture)?.has(other)) ?? trained[0]!;
        const kind = kinds.get(picture)?.get(like) ?? group.kinds[0]!;
        return { trained: like.path, heldOut: picture.path, kind };
      });
  });
}

function leakWarning(leaks: readonly Leak[]): string {
  const { trained, heldOut, kind } = leaks[0]!;
  const others = leaks.length > 1 ? `, and ${counted(leaks.length - 1, 'other')}; see the report` : '';
  const what = leaks.length === 1 ? 'shows' : 'show';
  return `${counted(leaks.length, 'held-out picture')} ${what} a photograph that trains or chooses too, so the figures may flatter (--dedupe leaves such copies out): ${heldOut} is ${trained}, ${kind}${others}.`;
}

function twoLabels(groups: readonly CopyGroup[], labels: readonly string[]): string[] {
  const lines = groups.flatMap(({ pictures }) => {
    const own = new Set(pictures.map(({ label }) => label));
    if (own.size < 2) return [];
    return [
      `${[...own].map((label) => labels[label]!).join(' and ')}: ${pictures.map(({ path }) => path).join(', ')}`,
    ];
  });
  if (lines.length === 0) return [];
  return [`${counted(lines.length, 'photograph')} under more than one class:${listed(lines)}`];
}

function droppedWarning(split: Split, paths: ReadonlySet<string>): string[] {
  const count = (part: readonly Picture[]) => part.filter(({ path }) => paths.has(path)).length;
  const [train, validation, test] = [count(split.train), count(split.validation), count(split.test)];
  if (paths.size === 0) return [];
  return [
    `${counted(paths.size, 'copy', 'copies')} left out (--dedupe): ${train} of the training pictures, ${validation} of those that choose, ${test} of the held-out ones; listed in the report.`,
  ];
}

function withCopiesTogether(split: Split, pairs: readonly CopyPair[]): Split {
  const { train, validation } = split;
  const named = keptTogether([...train, ...validation], pairs);
  return { ...split, train: named.slice(0, train.length), validation: named.slice(train.length) };
}

/** Copies get one group's name, joined with their own groups': parted by cross-validation they would make answers known. */
export function keptTogether(pictures: readonly Picture[], pairs: readonly CopyPair[]): Picture[] {
  const copied = new Set(pairs.flatMap(({ one, other }) => [one.path, other.path]));
  const names = joinedNames(pictures, pairs, ({ group, digest }) => group ?? digest);
  return pictures.map((picture, i) =>
    picture.group === undefined && !copied.has(picture.path) ? picture : { ...picture, group: names[i]! },
  );
}

/** The pairs as these pictures: those of another scan of the folder are known by their paths. */
function pairsAmong(pictures: readonly Picture[], pairs: readonly CopyPair[]): CopyPair[] {
  const byPath = new Map(pictures.map((picture) => [picture.path, picture]));
  return pairs.flatMap(({ one, other, kind }) => {
    const [a, b] = [byPath.get(one.path), byPath.get(other.path)];
    return a && b ? [{ one: a, other: b, kind }] : [];
  });
}
