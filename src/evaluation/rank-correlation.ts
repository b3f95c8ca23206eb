/**
 * Spearman's rank correlation of two lists; ties get the mean of their ranks. 0 when one of them is the same everywhere,
 * or holds what is no number: it orders nothing.
 */
export function rankCorrelation(first: readonly number[], second: readonly number[]): number {
  if (![...first, ...second].every(Number.isFinite)) return 0;
  const [a, b] = [ranks(first), ranks(second)];
  const mean = (a.length + 1) / 2;
  let [product, squaresA, squaresB] = [0, 0, 0];
  for (const [i, rank] of a.entries()) {
    product += (rank - mean) * (b[i]! - mean);
    squaresA += (rank - mean) ** 2;
    squaresB += (b[i]! - mean) ** 2;
  }
  return squaresA > 0 && squaresB > 0 ? product / Math.sqrt(squaresA * squaresB) : 0;
}

function ranks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((i, j) => values[i]! - values[j]!);
  const result = new Array<number>(values.length);
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (const i of order.slice(start, end)) result[i] = (start + 1 + end) / 2;
    start = end;
  }
  return result;
}
