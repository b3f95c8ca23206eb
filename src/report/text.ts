export { percent, points, signedPoints } from '../runtime/percent.js';

/** `95.1 to 97.8 %`. */
export function percentRange([low, high]: readonly [number, number]): string {
  return `${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)} %`;
}

/** How like two vectors are, −1 to 1: `0.810`, `−0.120`. */
export function signed(similarity: number): string {
  const text = Math.abs(similarity).toFixed(3);
  return similarity < 0 && Number(text) !== 0 ? `−${text}` : text;
}

/** `12.3 s`, `4 min 05 s`, `1 h 02 min`. */
export function duration(seconds: number): string {
  if (seconds < 59.5) return `${seconds < 9.95 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

/** `3,591`. */
export function thousands(value: number): string {
  return value.toLocaleString('en-GB');
}

/** A probability for people: `p = 0.03`, `p < 0.0001`. */
export function pValue(p: number): string {
  return p < 1e-4 ? 'p < 0.0001' : `p = ${p.toPrecision(2)}`;
}

/** Our own sentence with its numbers bound to what follows them, so that no line of a page breaks between. */
export function unbroken(sentence: string): string {
  return sentence
    .replace(/\bp (?=[=<] \d)/g, 'p\u00A0')
    .replace(/(\d|[<>=]) (?=[%\d]|ms\b|s\b|min\b|h\b|points\b)/g, '$1\u00A0');
}
