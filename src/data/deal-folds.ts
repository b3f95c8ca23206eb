import type { Random } from '../runtime/random.js';

/**
 * Deals pictures to folds so that every fold holds its share of each class. Pictures of one group (copies, the same
 * animal or camera) go to one fold: largest groups first, each to the fold that then holds its classes most evenly.
 *
 * @param groups a name for each picture; those that share it stay together.
 * @returns the fold of each picture.
 */
export function dealFolds(
  labels: readonly number[],
  groups: readonly string[],
  count: number,
  random: Random,
): number[] {
  const members = new Map<string, number[]>();
  for (const [place, group] of groups.entries()) {
    const own = members.get(group);
    if (own) own.push(place);
    else members.set(group, [place]);
  }
  const classes = Math.max(...labels) + 1;
  const held = Array.from({ length: count }, () => new Array<number>(classes).fill(0));
  const sizes = new Array<number>(count).fill(0);
  const folds = new Array<number>(labels.length).fill(0);
  const order = random.shuffle([...members.values()]).sort((a, b) => b.length - a.length);
  for (const places of order) {
    const load = (fold: number) => places.reduce((sum, i) => sum + held[fold]![labels[i]!]!, 0);
    const loads = held.map((_, fold) => [load(fold), sizes[fold]!] as const);
    const best = loads.reduce(
      (least, [own, size], fold) =>
        own < loads[least]![0] || (own === loads[least]![0] && size < loads[least]![1]) ? fold : least,
      0,
    );
    for (const i of places) {
      folds[i] = best;
      held[best]![labels[i]!]!++;
    }
    sizes[best]! += places.length;
  }
  return folds;
}
