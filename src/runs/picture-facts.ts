import type { FileFacts } from '../data/inspect.js';
import type { Picture } from '../data/pictures.js';
import type { Fact } from '../evaluation/shortcuts.js';
import type { FeatureRows } from '../features/feature-store.js';

/**
 * What is known of pictures besides what they show, fact by fact.
 *
 * @param pixels the pictures at a few pixels, RGB, 0 to 1.
 */
export function pictureFacts(
  pictures: readonly Picture[],
  facts: ReadonlyMap<string, FileFacts>,
  pixels: FeatureRows,
): Record<string, Fact> {
  const files = pictures.map(({ digest }) => facts.get(digest)!);
  const colours = pictures.map(({ digest }) => colourOf(pixels.read([digest])));
  return {
    'size in pixels': files.map(({ width, height }) => [width, height]),
    proportions: files.map(({ width, height }) => [width / height]),
    'file type': files.map(({ format }) => format),
    'bytes a pixel': files.map(({ width, height, bytes }) => [bytes / (width * height)]),
    'brightness and contrast': colours.map(({ brightness, contrast }) => [brightness, contrast]),
    'mean colour': colours.map(({ mean }) => mean),
  };
}

function colourOf(rgb: Float32Array): { mean: number[]; brightness: number; contrast: number } {
  const sums = [0, 0, 0];
  let [grey, squares] = [0, 0];
  for (let i = 0; i < rgb.length; i += 3) {
    for (let c = 0; c < 3; c++) sums[c]! += rgb[i + c]!;
    const value = 0.299 * rgb[i]! + 0.587 * rgb[i + 1]! + 0.114 * rgb[i + 2]!;
    grey += value;
    squares += value * value;
  }
  const n = rgb.length / 3;
  const brightness = grey / n;
  return {
    mean: sums.map((sum) => sum / n),
    brightness,
    contrast: Math.sqrt(Math.max(0, squares / n - brightness * brightness)),
  };
}
