/**
 * Holm's step-down procedure (1979) for several tests at once: which of them may be called significant so that the
 * chance of even one false alarm among them stays below `level`. Nothing is assumed about how they depend on each other.
 *
 * @param ps a p-value for each test.
 */
export function holm(ps: readonly number[], level = 0.05): boolean[] {
  const order = ps.map((_, i) => i).sort((a, b) => ps[a]! - ps[b]!);
  const significant = ps.map(() => false);
  for (const [rank, i] of order.entries()) {
    if (!(ps[i]! < level / (ps.length - rank))) break;
    significant[i] = true;
  }
  return significant;
}
