import sharp from 'sharp';
import { expect, test } from 'vitest';
import { letterboxColour, resizePicture } from '../../data/resize.js';
import { resized } from './resize.js';

const [height, width] = [24, 20];
const { r, g, b } = letterboxColour;

test.each(['squash', 'crop', 'letterbox'] as const)(
  '%s in the browser, as pictures are decoded here',
  async (resize) => {
    for (const [rows, columns] of [
      [90, 61],
      [11, 13],
      [70, 9],
      [24, 20],
    ] as const) {
      const data = Uint8Array.from({ length: rows * columns * 4 }, (_, i) => {
        const [x, y, c] = [Math.floor(i / 4) % columns, Math.floor(i / 4 / columns), i % 4];
        return c === 3 ? 255 : 127 + 100 * Math.sin(x / 5 + c) * Math.cos(y / 7);
      });
      const theirs = resized(
        { height: rows, width: columns, data },
        { height, width, resize, bars: [r, g, b] },
      );
      const raw = { height: rows, width: columns, channels: 4 } as const;
      const ours = await resizePicture(sharp(data, { raw }), { height, width, channels: 3, resize });
      const apart = theirs.reduce((sum, value, i) => sum + Math.abs(value - ours[i]!), 0) / ours.length;
      expect(apart, `${rows}×${columns}`).toBeLessThan(rows <= height && columns <= width ? 0.01 : 1.5);
    }
  },
);
