export interface McnemarResult {
  /** Pictures that only the first classifier got right. */
  readonly onlyFirst: number;
  readonly onlySecond: number;
  /** Two-sided: the chance of a difference this large if both were equally good. */
  readonly p: number;
}

/**
 * McNemar's test in its exact form: of the pictures that just one of two classifiers got right, each is a fair coin
 * toss if they are equally good (McNemar 1947; exact binomial, Fagerland et al. 2013). The exact test and not its mid-p
 * variant: it is a little cautious with few pictures, but never calls equals different more often than it says.
 */
export function mcnemar(first: readonly boolean[], second: readonly boolean[]): McnemarResult {
  if (first.length !== second.length) {
    throw new RangeError(
      `expected answers to the same pictures but received ${first.length} and ${second.length}`,
    );
  }
  const onlyFirst = first.filter((right, i) => right && !second[i]).length;
  const onlySecond = second.filter((right, i) => right && !first[i]).length;
  const tosses = onlyFirst + onlySecond;
  const fewer = Math.min(onlyFirst, onlySecond);
  // log of the binomial coefficients, so that thousands of tosses neither overflow nor vanish
  let logTerm = -tosses * Math.LN2;
  let tail = 0;
  for (let k = 0; k <= fewer; k++) {
    tail += Math.exp(logTerm);
    logTerm += Math.log(tosses - k) - Math.log(k + 1);
  }
  return { onlyFirst, onlySecond, p: Math.min(1, 2 * tail) };
}
