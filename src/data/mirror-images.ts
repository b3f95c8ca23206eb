import type { ResizeOptions } from './resize.js';

/** Pictures [count, height, width, channels] with left and right exchanged. */
export function mirrorImages(
  pixels: Uint8Array,
  { width, channels }: Pick<ResizeOptions, 'width' | 'channels'>,
): Uint8Array {
  const row = width * channels;
  const mirrored = new Uint8Array(pixels.length);
  for (let start = 0; start < pixels.length; start += row) {
    for (let column = 0; column < width; column++) {
      const from = start + (width - 1 - column) * channels;
      const to = start + column * channels;
      for (let channel = 0; channel < channels; channel++) mirrored[to + channel] = pixels[from + channel]!;
    }
  }
  return mirrored;
}
