import fs from 'node:fs';
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import type { Random } from '../../src/runtime/random.js';

/** One way of copying a picture: what people, tools and the web do to files. */
export type Change = keyof typeof changes;

interface Photograph {
  readonly file: string;
  readonly width: number;
  readonly height: number;
}

/** Every change writes a JPEG of quality 50 to 90 except 'exact'; sizes are of each side. */
const changes = {
  recompressed: async ({ file }: Photograph) => sharp(file),
  resized: async ({ file, width }: Photograph, random: Random) =>
    sharp(file).resize({ width: Math.round(width * random.between(0.4, 1.5)) }),
  brightened: async ({ file }: Photograph, random: Random) =>
    sharp(file).linear(random.between(0.8, 1.25), random.between(-25, 25)),
  cropped: async (picture: Photograph, random: Random) =>
    sharp(picture.file).extract(crop(picture, random, 0.7, 0.95)),
  mirrored: async ({ file }: Photograph) => sharp(file).flop(),
  'turned, with black corners': async ({ file, width, height }: Photograph, random: Random) => {
    const turned = sharp(file).rotate(angle(random), { background: '#000' });
    const { data, info } = await turned.png().toBuffer({ resolveWithObject: true });
    const [left, top] = [Math.floor((info.width - width) / 2), Math.floor((info.height - height) / 2)];
    return sharp(data).extract({ left, top, width, height });
  },
  'turned and cropped': async ({ file, width, height }: Photograph, random: Random) => {
    const degrees = angle(random);
    const { data, info } = await sharp(file).rotate(degrees).png().toBuffer({ resolveWithObject: true });
    const inner = largestInside(width, height, (Math.abs(degrees) * Math.PI) / 180);
    const left = Math.ceil((info.width - inner.width) / 2);
    return sharp(data).extract({ left, top: Math.ceil((info.height - inner.height) / 2), ...inner });
  },
  'mirrored, cropped, brightened': async (picture: Photograph, random: Random) =>
    sharp(picture.file)
      .extract(crop(picture, random, 0.8, 0.95))
      .flop()
      .linear(random.between(0.85, 1.2), random.between(-15, 15)),
} as const;

export const changeNames = ['exact', ...Object.keys(changes)] as ('exact' | Change)[];

/** Writes a changed copy of `file`; what became of it follows from `random`. */
export async function makeCopy(
  file: string,
  change: 'exact' | Change,
  to: string,
  random: Random,
): Promise<void> {
  fs.mkdirSync(path.dirname(to), { recursive: true });
  if (change === 'exact') return fs.copyFileSync(file, to);
  const { width, height } = await sharp(file).metadata();
  const changed: Sharp = await changes[change]({ file, width, height }, random);
  // through pixels: sharp reorders the steps of one chain
  const { data, info } = await changed.removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const raw = { width: info.width, height: info.height, channels: info.channels };
  await sharp(data, { raw })
    .jpeg({ quality: 50 + random.below(41) })
    .toFile(to);
}

/** 2 to 10 degrees either way. */
function angle(random: Random): number {
  return (random.below(2) === 0 ? -1 : 1) * random.between(2, 10);
}

/** A share of each side, at any place. */
function crop({ width, height }: Photograph, random: Random, least: number, most: number) {
  const [w, h] = [width, height].map((side) => Math.round(side * random.between(least, most))) as [
    number,
    number,
  ];
  return { left: random.below(width - w + 1), top: random.below(height - h + 1), width: w, height: h };
}

/** The largest upright rectangle within a turned one, for small angles. */
function largestInside(width: number, height: number, radians: number) {
  const [long, short] = [Math.max(width, height), Math.min(width, height)];
  const [sin, cos] = [Math.sin(radians), Math.cos(radians)];
  if (short <= 2 * sin * cos * long) {
    const half = 0.5 * short;
    const [w, h] = width >= height ? [half / sin, half / cos] : [half / cos, half / sin];
    return { width: Math.floor(w), height: Math.floor(h) };
  }
  const cos2 = cos * cos - sin * sin;
  return {
    width: Math.floor((width * cos - height * sin) / cos2),
    height: Math.floor((height * cos - width * sin) / cos2),
  };
}
