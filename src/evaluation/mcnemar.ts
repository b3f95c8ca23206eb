export function mcnemar(a: readonly boolean[], b: readonly boolean[]): { p: number } {
  let x = 0,
    y = 0;
  a.forEach((v, i) => {
    if (v && !b[i]) x++;
    if (!v && b[i]) y++;
  });
  const n = x + y;
  let c = 1,
    s = 0;
  for (let k = 0; k <= n; k++) {
    if (k <= Math.min(x, y)) s += c;
    c = (c * (n - k)) / (k + 1);
  }
  return { p: Math.min(1, (2 * s) / 2 ** n) };
}
