import type { FileFacts } from '../inspect.js';
import type { Picture } from '../pictures.js';
import type { Split } from '../split.js';
import type { CopyGroup } from './copy-groups.js';

/** A picture that is left out because another shows the same photograph. */
export interface Dropped {
  readonly path: string;
  /** The one that stays; absent where the classes contradict one another and none does. */
  readonly like?: string;
}

/**
 * Which copies to leave out: of every photograph one picture stays, the held-out one before one that chooses, that
 * before one that trains; of several the one with most pixels. A photograph under several classes teaches and chooses
 * nothing, as nobody knows which is right.
 */
export function copiesToDrop(
  split: Split,
  groups: readonly CopyGroup[],
  facts: ReadonlyMap<string, FileFacts>,
): Dropped[] {
  const rank = new Map<Picture, number>();
  for (const [i, part] of (['test', 'validation', 'train'] as const).entries()) {
    for (const picture of split[part]) rank.set(picture, i);
  }
  const pixels = ({ digest }: Picture) => {
    const { width, height } = facts.get(digest) ?? { width: 0, height: 0 };
    return width * height;
  };
  return groups.flatMap(({ pictures }) => {
    const ordered = [...pictures].sort((a, b) => rank.get(a)! - rank.get(b)! || pixels(b) - pixels(a));
    const [first] = ordered;
    const contradicts = new Set(pictures.map(({ label }) => label)).size > 1;
    const kept = contradicts && rank.get(first!) !== 0 ? undefined : first;
    return ordered
      .filter((picture) => picture !== kept)
      .map(({ path }) => ({ path, ...(kept && { like: kept.path }) }));
  });
}
