import { counted, listed } from './pictures.js';
import { rangeText, type ValueRange } from './value-range.js';

/** Of a folder's pictures: so many of one colour that something is wrong with them, or with how they are read. */
const [leastPlain, leastPlainShare] = [2, 0.05];

/** A warning, or none, about pictures in which there is nothing to see. */
export function plainWarning(plain: readonly string[], total: number): string[] {
  if (plain.length < Math.max(leastPlain, leastPlainShare * total)) return [];
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

/** Whether decoded pixels are of one colour, give or take two levels. */
export function isOneColour(pixels: Uint8Array, channels: number): boolean {
  for (let channel = 0; channel < channels; channel++) {
    let [low, high] = [255, 0];
    for (let at = channel; at < pixels.length; at += channels) {
      low = Math.min(low, pixels[at]!);
      high = Math.max(high, pixels[at]!);
      if (high - low > 2) return false;
    }
  }
  return true;
}
