/** `96.7 %`. What is not quite all, or not quite nothing, is never rounded to it: `> 99.9 %`, `< 0.1 %`. */
export function percent(share: number): string {
  const text = (100 * share).toFixed(1);
  if (text === '100.0' && share < 1) return '> 99.9 %';
  if (text === '0.0' && share > 0) return '< 0.1 %';
  return `${text} %`;
}
