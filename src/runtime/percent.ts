/** `96.7 %`. What is not quite all, or not quite nothing, is never rounded to it: `> 99.9 %`, `< 0.1 %`. */
export function percent(share: number): string {
  const text = (100 * share).toFixed(1);
  if (text === '100.0' && share < 1) return '> 99.9 %';
  if (text === '0.0' && share > 0) return '< 0.1 %';
  return `${text} %`;
}

/** A difference of shares in points, without a sign of its own where it is positive: `12.3`, `−0.4`. */
export function points(share: number): string {
  const text = (100 * share).toFixed(1).replace('-', '−');
  return text === '−0.0' ? '0.0' : text;
}

/** The same with its sign: `+12.3`, `−0.4`, `0.0`. */
export function signedPoints(share: number): string {
  const text = points(share);
  return text === '0.0' || text.startsWith('−') ? text : `+${text}`;
}
