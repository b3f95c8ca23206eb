import { Random } from '../runtime/random.js';

/** A fixed way to look at a picture; features are cached under (picture, view name). */
export interface View {
  /** Says all there is to know of the view: equal names, equal pixels. */
  readonly name: string;
  /** Mirrored left to right, before the crop. */
  readonly flip: boolean;
  /** The part to show, in fractions of the picture as resized whole; it is scaled to the network's size. */
  readonly crop?: {
    readonly left: number;
    readonly top: number;
    readonly width: number;
    readonly height: number;
  };
}

/** The mirror image. */
export const mirrorView: View = { name: 'flip', flip: true };

/**
 * `count` views: the plain picture, its mirror image, then random crops, half of them mirrored. A crop shows
 * 35 % to 100 % of the area at an aspect ratio between 3:4 and 4:3 of the whole (as in Szegedy et al. 2014,
 * section 6, whose crops go down to 8 % but train the whole network).
 */
export function views(count: number, seed: number): View[] {
  const random = new Random(seed).fork('views');
  const first: View[] = [{ name: 'plain', flip: false }, mirrorView];
  const crops = Array.from({ length: Math.max(0, count - first.length) }, () => randomCrop(random));
  return [...first, ...crops].slice(0, count);
}

function randomCrop(random: Random): View {
  const flip = random.next() < 0.5;
  const area = random.between(0.35, 1);
  const aspect = Math.exp(random.between(Math.log(3 / 4), Math.log(4 / 3)));
  const width = thousandths(Math.min(1, Math.sqrt(area * aspect)));
  const height = thousandths(Math.min(1, Math.sqrt(area / aspect)));
  const left = thousandths(random.between(0, 1 - width));
  const top = thousandths(random.between(0, 1 - height));
  const name = `${flip ? 'flip-' : ''}crop-${[left, top, width, height].map((x) => x.toFixed(3)).join('-')}`;
  return { name, flip, crop: { left, top, width, height } };
}

function thousandths(fraction: number): number {
  return Math.round(fraction * 1000) / 1000;
}
