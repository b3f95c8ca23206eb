import type { Picture } from '../pictures.js';
import type { CopyKind } from './same-photograph.js';

/** Two pictures that show the same photograph. */
export interface CopyPair {
  readonly one: Picture;
  readonly other: Picture;
  readonly kind: CopyKind;
}

/** Pictures that all show one photograph. */
export interface CopyGroup {
  /** In the order that they were given. */
  readonly pictures: readonly Picture[];
  /** How they differ, each kind once. */
  readonly kinds: readonly CopyKind[];
}

/** The groups that pairs make: whatever is a copy of a copy belongs to the same one. */
export function copyGroups(pictures: readonly Picture[], pairs: readonly CopyPair[]): CopyGroup[] {
  const root = new Map<Picture, Picture>();
  const rootOf = (picture: Picture): Picture => {
    let at = picture;
    for (let above = root.get(at); above; above = root.get(at)) at = above;
    if (at !== picture) root.set(picture, at);
    return at;
  };
  for (const { one, other } of pairs) {
    const [a, b] = [rootOf(one), rootOf(other)];
    if (a !== b) root.set(b, a);
  }
  const groups = new Map<Picture, { pictures: Picture[]; kinds: Set<CopyKind> }>();
  for (const { one, kind } of pairs) {
    const group = groups.get(rootOf(one)) ?? { pictures: [], kinds: new Set() };
    group.kinds.add(kind);
    groups.set(rootOf(one), group);
  }
  for (const picture of pictures) groups.get(rootOf(picture))?.pictures.push(picture);
  return [...groups.values()].map((group) => ({ pictures: group.pictures, kinds: [...group.kinds] }));
}

/**
 * A name for each picture that it shares with all that it must not be parted from: those of one name, their copies, and
 * whatever is joined by these.
 *
 * @param nameOf a picture's own, such as that of its group.
 */
export function joinedNames(
  pictures: readonly Picture[],
  pairs: readonly CopyPair[],
  nameOf: (picture: Picture) => string,
): string[] {
  const names = new Map(pictures.map((picture) => [picture.path, nameOf(picture)]));
  const above = new Map<string, string>();
  const rootOf = (name: string): string => {
    let at = name;
    for (let next = above.get(at); next !== undefined; next = above.get(at)) at = next;
    if (at !== name) above.set(name, at);
    return at;
  };
  for (const { one, other } of pairs) {
    const [a, b] = [names.get(one.path), names.get(other.path)];
    if (a === undefined || b === undefined) continue;
    const [first, second] = [rootOf(a), rootOf(b)];
    if (first !== second) above.set(second, first);
  }
  return pictures.map(({ path }) => rootOf(names.get(path)!));
}
