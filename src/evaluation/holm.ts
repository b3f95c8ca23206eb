/**
 * Holm's step-down procedure (1979) for several tests at once: which of them may be called significant so that the
 * chance of even one false alarm among them stays below `level`. Nothing is assumed about how they depend on each other.
 *
 * @param ps a p-value for each test.
 */
export function holm(ps: readonly number[], level = 0.05): boolean[] {
  return holmAdjusted(ps).map((p) => p < level);
}

/** The p-values that Holm's procedure makes of those of several tests: each may be held against a level by itself. */
export function holmAdjusted(ps: readonly number[]): number[] {
  const order = ps.map((_, i) => i).sort((a, b) => ps[a]! - ps[b]!);
  const adjusted = ps.map(() => 1);
  let most = 0;
  for (const [rank, i] of order.entries()) {
    most = Math.max(most, Math.min(1, (ps.length - rank) * ps[i]!));
    adjusted[i] = most;
  }
  return adjusted;
}
