import type { Random } from '../../src/runtime/random.js';

/** Gives a share of the examples another class each, any of the others being as likely. */
export function swapLabels(
  labels: readonly number[],
  classes: number,
  share: number,
  random: Random,
): { labels: number[]; swapped: ReadonlySet<number> } {
  const swapped = new Set(random.shuffle([...labels.keys()]).slice(0, Math.round(share * labels.length)));
  return {
    labels: labels.map((label, i) =>
      swapped.has(i) ? (label + 1 + random.below(classes - 1)) % classes : label,
    ),
    swapped,
  };
}
