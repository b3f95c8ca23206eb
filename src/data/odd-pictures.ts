import { counted, listed } from './pictures.js';
import { rangeText, type ValueRange } from './value-range.js';

/** So many of one colour that something is wrong with them, or with how they are read: a twentieth, from 2 to 20. */
const many = (total: number) => Math.min(20, Math.max(2, total / 20));

/** A warning, or none, about pictures in which there is nothing to see. */
export function plainWarning(plain: readonly string[], total: number): string[] {
  if (plain.length < many(total)) return [];
  return [
    `${counted(plain.length, 'picture')} of ${total} come out in a single colour, with nothing to see in them:${listed(plain)}`,
  ];
}

/** A sentence for each range of values that was taken for black to white, with an example. */
export function rangeWarnings(
  pictures: readonly { readonly path: string; readonly range: ValueRange }[],
): string[] {
  const groups = new Map<string, string[]>();
  for (const { path, range } of pictures) {
    const text = rangeText(range);
    const group = groups.get(text);
    if (group) group.push(path);
    else groups.set(text, [path]);
  }
  return [...groups].map(
    ([range, paths]) =>
      `${counted(paths.length, 'picture')} with values that are not 8 bits wide: ${range} is taken for black to white, as in ${paths[0]}.`,
  );
}

/**
 * Whether decoded pixels are of one colour, give or take two levels.
 *
 * @param bars whether the picture may stand between bars, which do not count: pixels exactly as the first corner.
 */
export function isOneColour(pixels: Uint8Array, channels: number, bars = false): boolean {
  const low = new Uint8Array(channels).fill(255);
  const high = new Uint8Array(channels);
  for (let start = 0; start < pixels.length; start += channels) {
    let isBar = bars;
    for (let c = 0; c < channels && isBar; c++) isBar = pixels[start + c] === pixels[c];
    for (let c = 0; c < channels && !isBar; c++) {
      const value = pixels[start + c]!;
      if (value < low[c]!) low[c] = value;
      if (value > high[c]!) high[c] = value;
      if (high[c]! - low[c]! > 2) return false;
    }
  }
  return true;
}
