import type { Sharp } from '../runtime/sharp.js';
import { enlarge, type Raster } from './enlarge.js';

/**
 * How a picture comes to the network's size.
 *
 * - `squash`: height and width each on their own; everything stays in the picture, proportions change.
 * - `crop`: the shorter side to size, then the middle; proportions stay, the ends of the longer side are lost.
 * - `letterbox`: the longer side to size, then bars; everything stays, the subject gets smaller.
 */
export type ResizeMode = 'squash' | 'crop' | 'letterbox';

/** A fixed way to look at a picture; features are cached under (picture, view). */
export interface View {
  /** Says all there is to know of the view: equal names, equal pixels. */
  readonly name: string;
  /** Mirrored left to right. */
  readonly flip: boolean;
}

/** The mirror image. */
export const mirrorView: View = { name: 'flip', flip: true };

export interface ResizeOptions {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  readonly resize: ResizeMode;
  /** Which view of the picture; the plain one unless told. */
  readonly view?: View;
}

/** ImageNet's mean colour: bars of it are zero once the mean is subtracted. */
export const letterboxColour = { r: 124, g: 116, b: 104 };

/** `letterboxColour` as libvips makes it grey. */
export const letterboxGrey = 117;

const fit = { squash: 'fill', crop: 'cover', letterbox: 'inside' } as const;

interface Size {
  readonly height: number;
  readonly width: number;
}

/**
 * A picture at the size asked for, [height, width, channels].
 *
 * libvips reduces, with a triangle filter as wide as the reduction asks, in one chain with decoding and on another
 * thread. It does not enlarge: where it does, linearly, the picture comes out half a pixel down and to the right of
 * where Pillow, torchvision and TensorFlow put it. That, bars and views are done here.
 */
export async function resizePicture(picture: Sharp, options: ResizeOptions): Promise<Uint8Array> {
  const { height, width, channels, resize, view } = options;
  const oriented = picture
    .autoOrient()
    .flatten({ background: '#fff' })
    .flop(view?.flip ?? false);
  const { data, info } = await oriented
    .resize(width, height, { fit: fit[resize], kernel: 'linear', withoutEnlargement: true })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.height === height && info.width === width) return data;
  const reduced: Raster = { pixels: data, height: info.height, width: info.width, channels };
  const whole = { height, width };
  if (resize === 'squash') return enlarge(reduced, whole);
  if (resize === 'letterbox') return letterbox(reduced, whole, channels);
  const { autoOrient: original } = await picture.metadata();
  return fill(reduced, original, whole);
}

/**
 * The shorter side enlarged to `whole`, and of that the middle.
 *
 * @param middle as much of the middle as libvips left at the original's scale.
 */
function fill(middle: Raster, original: Size, whole: Size): Uint8Array {
  const scale = Math.max(whole.height / original.height, whole.width / original.width);
  const scaled = { height: original.height * scale, width: original.width * scale };
  return enlarge(
    middle,
    scaled,
    {
      ...whole,
      left: (scaled.width - whole.width) / 2,
      top: (scaled.height - whole.height) / 2,
    },
    {
      ...original,
      left: Math.floor((original.width - middle.width + 1) / 2),
      top: Math.floor((original.height - middle.height + 1) / 2),
    },
  );
}

/** The longer side enlarged to `whole`, if it is shorter, between bars. */
function letterbox(reduced: Raster, whole: Size, channels: 1 | 3): Uint8Array {
  const scale = Math.min(whole.height / reduced.height, whole.width / reduced.width);
  const height = Math.max(1, Math.round(reduced.height * scale));
  const width = Math.max(1, Math.round(reduced.width * scale));
  const top = half(whole.height - height);
  const left = half(whole.width - width);
  const inside = enlarge(reduced, { height, width });
  const { r, g, b } = letterboxColour;
  const bar = channels === 1 ? [letterboxGrey] : [r, g, b];
  const framed = Uint8Array.from(
    { length: whole.height * whole.width * channels },
    (_, i) => bar[i % channels]!,
  );
  for (let y = 0; y < height; y++) {
    const row = inside.subarray(y * width * channels, (y + 1) * width * channels);
    framed.set(row, ((top + y) * whole.width + left) * channels);
  }
  return framed;
}

/** Half of it; of two that are as near, the even one, as Pillow places what it pads. */
function half(pixels: number): number {
  const lower = Math.floor(pixels / 2);
  return pixels % 2 === 1 && lower % 2 === 1 ? lower + 1 : lower;
}
