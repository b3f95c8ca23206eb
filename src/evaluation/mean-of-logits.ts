/** The probabilities that means of two classifiers' logits give: their geometric mean, normalised. */
export function meanOfLogits(one: readonly number[], other: readonly number[]): number[] {
  const products = one.map((p, i) => Math.sqrt(Math.max(p, 1e-30) * Math.max(other[i]!, 1e-30)));
  const sum = products.reduce((a, b) => a + b, 0);
  return products.map((p) => p / sum);
}
