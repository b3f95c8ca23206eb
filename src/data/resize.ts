import type { Sharp } from '../runtime/sharp.js';
import type { View } from './augment.js';
import { enlarge, type Raster } from './enlarge.js';

/**
 * How a picture comes to the network's size.
 *
 * - `squash`: height and width each on their own; everything stays in the picture, proportions change.
 * - `crop`: the shorter side to size, then the middle; proportions stay, the ends of the longer side are lost.
 * - `letterbox`: the longer side to size, then bars; everything stays, the subject gets smaller.
 */
export type ResizeMode = 'squash' | 'crop' | 'letterbox';

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
  const whole = wholeSize(options);
  const oriented = picture
    .autoOrient()
    .flatten({ background: '#fff' })
    .flop(view?.flip ?? false);
  const { data, info } = await oriented
    .resize(whole.width, whole.height, { fit: fit[resize], kernel: 'linear', withoutEnlargement: true })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const reduced: Raster = { pixels: data, height: info.height, width: info.width, channels };
  const window = { ...place(options, whole), height, width };
  if (info.height === whole.height && info.width === whole.width) {
    return info.height === height && info.width === width ? data : enlarge(reduced, whole, window);
  }
  if (resize === 'squash') return enlarge(reduced, whole, window);
  if (resize === 'letterbox') return letterbox(reduced, whole, window, channels);
  const { autoOrient: original } = await picture.metadata();
  return fill(reduced, original, whole, window);
}

/** The size of the whole picture of which a view shows a part. */
function wholeSize({ height, width, view }: ResizeOptions): Size {
  const crop = view?.crop;
  return crop
    ? { height: Math.round(height / crop.height), width: Math.round(width / crop.width) }
    : { height, width };
}

/** Where in the whole picture the view begins. */
function place({ height, width, view }: ResizeOptions, whole: Size): { left: number; top: number } {
  const crop = view?.crop ?? { left: 0, top: 0 };
  return {
    left: Math.min(Math.round(crop.left * whole.width), whole.width - width),
    top: Math.min(Math.round(crop.top * whole.height), whole.height - height),
  };
}

/**
 * The shorter side enlarged to `whole`, and of that the middle.
 *
 * @param middle as much of the middle as libvips left at the original's scale.
 */
function fill(
  middle: Raster,
  original: Size,
  whole: Size,
  window: Size & { left: number; top: number },
): Uint8Array {
  const scale = Math.max(whole.height / original.height, whole.width / original.width);
  const scaled = { height: original.height * scale, width: original.width * scale };
  return enlarge(
    middle,
    scaled,
    {
      ...window,
      left: window.left + (scaled.width - whole.width) / 2,
      top: window.top + (scaled.height - whole.height) / 2,
    },
    {
      ...original,
      left: Math.floor((original.width - middle.width + 1) / 2),
      top: Math.floor((original.height - middle.height + 1) / 2),
    },
  );
}

/** The longer side enlarged to `whole`, if it is shorter, between bars. */
function letterbox(
  reduced: Raster,
  whole: Size,
  window: Size & { left: number; top: number },
  channels: 1 | 3,
): Uint8Array {
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
  return enlarge({ pixels: framed, ...whole, channels }, whole, window);
}

/** Half of it; of two that are as near, the even one, as Pillow places what it pads. */
function half(pixels: number): number {
  const lower = Math.floor(pixels / 2);
  return pixels % 2 === 1 && lower % 2 === 1 ? lower + 1 : lower;
}
