import sharp, { type Sharp } from 'sharp';
import type { Scene } from './scene.js';

/** The scene as a JPEG picture. Its bytes, and a few of its pixels, depend on the version of sharp. */
export function rasterise({ svg, bleed, width, height, quality }: Scene): Sharp {
  return sharp(Buffer.from(svg))
    .extract({ left: bleed, top: bleed, width, height })
    .jpeg({ quality, mozjpeg: true });
}
