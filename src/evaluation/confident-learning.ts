/** A label that others contradict. */
export interface SuspiciousLabel {
  /** Place of the example. */
  readonly example: number;
  readonly label: number;
  /** The class that it looks like instead. */
  readonly looksLike: number;
  /** Probability of its label less that of the likeliest other class, −1 to 0 or little above: the lower, the surer. */
  readonly margin: number;
  /** Of the class that it looks like. */
  readonly probability: number;
}

/**
 * Labels that are probably wrong, the surest first: confident learning (C. G. Northcutt, L. Jiang, I. L. Chuang,
 * "Confident learning: estimating uncertainty in dataset labels", 2021), which counts an example for a class when its
 * probability reaches that class's threshold, the mean probability that examples with this label give it. Examples that
 * count for another class than their label's (off the diagonal of the confident joint) are the picks, ordered by
 * normalised margin.
 *
 * @param probabilities of every example, by a classifier that has not seen it; rows sum up to 1.
 */
export function suspiciousLabels(
  labels: readonly number[],
  probabilities: readonly (readonly number[])[],
): SuspiciousLabel[] {
  const thresholds = selfConfidence(labels, probabilities);
  return byMargin(labels, probabilities).filter(({ example, label }) => {
    const row = probabilities[example]!;
    const confident = row.flatMap((p, k) => (p >= thresholds[k]! ? [k] : []));
    const counted = confident.reduce<number | undefined>(
      (best, k) => (best === undefined || row[k]! > row[best]! ? k : best),
      undefined,
    );
    return counted !== undefined && counted !== label;
  });
}

/** All examples, the one whose label is least believed first: also what is left once the picks are through. */
export function byMargin(
  labels: readonly number[],
  probabilities: readonly (readonly number[])[],
): SuspiciousLabel[] {
  return labels
    .map((label, example) => {
      const row = probabilities[example]!;
      let looksLike = label === 0 ? 1 : 0;
      for (const [k, p] of row.entries()) if (k !== label && p > row[looksLike]!) looksLike = k;
      const probability = row[looksLike]!;
      return { example, label, looksLike, margin: row[label]! - probability, probability };
    })
    .sort((a, b) => a.margin - b.margin || a.example - b.example);
}

/** For each class the mean probability that the examples with its label give it; out of reach without examples. */
function selfConfidence(labels: readonly number[], probabilities: readonly (readonly number[])[]): number[] {
  const classes = probabilities[0]?.length ?? 0;
  const [sums, counts] = [new Array<number>(classes).fill(0), new Array<number>(classes).fill(0)];
  for (const [i, label] of labels.entries()) {
    sums[label]! += probabilities[i]![label]!;
    counts[label]!++;
  }
  return sums.map((sum, k) => (counts[k] === 0 ? Number.POSITIVE_INFINITY : sum / counts[k]!));
}
