import type { Picture } from './filters.js';
import type { Box } from './peaks.js';

/** The picture with a frame around a part of it, two pixels wide. */
export function framed(picture: Picture, { left, top, width, height }: Box): Picture {
  const rgb = Uint8Array.from(picture.rgb);
  const [right, bottom] = [left + width - 1, top + height - 1];
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const inside = y - top > 1 && bottom - y > 1 && x - left > 1 && right - x > 1;
      if (!inside) rgb.set([255, 90, 30], 3 * (y * picture.width + x));
    }
  }
  return { ...picture, rgb };
}

/** A part of a picture. */
export function cropped(picture: Picture, { left, top, width, height }: Box): Picture {
  const rgb = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    const from = 3 * ((top + y) * picture.width + left);
    rgb.set(picture.rgb.subarray(from, from + 3 * width), 3 * y * width);
  }
  return { height, width, rgb };
}
