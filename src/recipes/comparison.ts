import { pairedDifferenceInterval } from '../evaluation/intervals.js';
import { mcnemar } from '../evaluation/mcnemar.js';
import type { Comparison } from '../report/types.js';

/** Compares two classifiers on the same pictures, given which each got right. */
export function compareNetworks(first: readonly boolean[], second: readonly boolean[]): Comparison {
  const { onlyFirst, onlySecond, p } = mcnemar(first, second);
  const { low, high } = pairedDifferenceInterval(onlyFirst, onlySecond, first.length);
  return { mcnemarP: p, difference: (onlyFirst - onlySecond) / first.length, differenceCi95: [low, high] };
}
