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
