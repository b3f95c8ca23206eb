import { headAt, paw, shadowUnderChin, withoutBib } from './body-parts.js';
import type { Figure } from './figure.js';
import { type Flow, furred, towards } from './fur.js';
import type { Mammal } from './mammal.js';
import { chance, flipped, mirrored, placed, type Sketch } from './svg.js';

const down: Flow = (x) => Math.atan2(60, x * 0.4);

/** Head and shoulders, cut off by the frame. */
export function portrait(sketch: Sketch, mammal: Mammal): Figure {
  const { girth } = mammal.build;
  const shoulders = placed(
    mirrored([
      [0, -124],
      [26, -116],
      [44, -92],
      [64, -66],
      [76, -20],
      [80, 60],
      [80, 160],
      [0, 170],
    ]),
    { scaleX: girth, scaleY: 1 },
  );
  return {
    markup:
      furred(sketch, shoulders, mammal.coat, 'body', down) +
      shadowUnderChin(0, -84, 36) +
      headAt(sketch, mammal, 0, -128, 1, 0.75),
    box: { left: -75, right: 75, top: -220, bottom: -20 },
    focus: { x: 0, y: -128, radius: 55 },
    rests: 'frame',
  };
}

/** Upright on its haunches, forefeet before it. */
export function sittingFront(sketch: Sketch, mammal: Mammal): Figure {
  const { coat, build } = mammal;
  const { girth, hops } = build;
  const height = hops ? 0.72 : 0.85 + 0.15 * build.legs;
  const trunk = placed(
    mirrored([
      [0, -134],
      [24, -130],
      [41, -108],
      [45, -72],
      [38, -30],
      [30, 0],
      [0, 0],
    ]),
    { scaleX: girth, scaleY: height },
  );
  const leg = placed(
    [
      [4, -84],
      [20, -86],
      [25, -50],
      [22, -14],
      [25, 0],
      [8, 2],
      [7, -20],
    ],
    { scaleX: 0.7 + 0.3 * girth, scaleY: height },
  );
  const thigh = placed(
    [
      [24, -60],
      [44, -62],
      [60, -40],
      [62, -14],
      [46, 0],
      [24, -2],
      [18, -32],
    ],
    { scaleX: girth, scaleY: height },
  );
  const neck = -150 * height;
  const calm = withoutBib(coat);
  const tailSide = chance(sketch.random, 0.5) ? 1 : -1;
  const tail = placed(build.tail, { x: -34 * girth, y: -12, scaleX: 0.8 });
  const legs = hops
    ? paw(sketch, mammal, -10, -10, 11, 13) + paw(sketch, mammal, 10, -10, 11, 13)
    : furred(sketch, flipped(leg), coat, 'limb', towards(90)) +
      furred(sketch, leg, coat, 'limb', towards(90)) +
      paw(sketch, mammal, -16, -4, 13, 9) +
      paw(sketch, mammal, 16, -4, 13, 9);
  const foot = hops ? ([40, 22, 11] as const) : ([44, 17, 9] as const);
  return {
    markup:
      furred(
        sketch,
        tailSide === 1 ? flipped(tail) : tail,
        coat,
        'tail',
        towards(tailSide === 1 ? -60 : -120),
      ) +
      furred(sketch, trunk, coat, 'body', down) +
      furred(sketch, flipped(thigh), calm, 'body', towards(100)) +
      furred(sketch, thigh, calm, 'body', towards(80)) +
      paw(sketch, mammal, -foot[0] * girth, -4, foot[1], foot[2]) +
      paw(sketch, mammal, foot[0] * girth, -4, foot[1], foot[2]) +
      legs +
      shadowUnderChin(0, neck + 44, 32) +
      headAt(sketch, mammal, 0, neck, hops ? 0.95 : 0.88, 0.82),
    box: { left: -72 * girth, right: 72 * girth, top: neck - 80, bottom: 6 },
    focus: { x: 0, y: neck, radius: 50 },
    rests: 'ground',
  };
}
