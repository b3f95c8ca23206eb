import { headAt, paw, shadowUnderChin, withoutBib } from './body-parts.js';
import { darker } from './colour.js';
import type { Figure } from './figure.js';
import { furred, towards } from './fur.js';
import type { Mammal } from './mammal.js';
import { type Knot, placed, type Sketch } from './svg.js';

const backwards = towards(155);

/** On its haunches, looking right. */
export function sittingSide(sketch: Sketch, mammal: Mammal): Figure {
  if (mammal.build.hops) return crouching(sketch, mammal);
  const { coat, build } = mammal;
  const { girth } = build;
  const trunk: Knot[] = placed(
    [
      [-8, -128],
      [20, -136],
      [42, -122],
      [54, -88],
      [50, -48],
      [34, -14],
      [-20, -2],
      [-60, -8],
      [-72, -36],
      [-56, -74],
      [-30, -108],
    ],
    { scaleX: 0.6 + 0.4 * girth, scaleY: 1 },
  );
  const leg: Knot[] = [
    [22, -70],
    [46, -74],
    [50, -40],
    [44, -12],
    [46, 0],
    [26, 2],
    [26, -24],
  ];
  const haunch: Knot[] = [
    [-34, -66],
    [-8, -56],
    [2, -28],
    [-8, -4],
    [-40, 2],
    [-62, -10],
    [-64, -40],
  ];
  return {
    markup:
      furred(sketch, placed(build.tail, { x: -58, y: -12 }), coat, 'tail', towards(-140)) +
      furred(sketch, placed(leg, { x: 12, y: -3 }), coat, 'limb', towards(90), {
        colour: darker(coat.base, 0.25),
      }) +
      furred(sketch, trunk, coat, 'body', backwards) +
      furred(sketch, leg, coat, 'limb', towards(90)) +
      paw(sketch, mammal, 42, -4, 14, 8) +
      furred(sketch, haunch, withoutBib(coat), 'body', towards(120)) +
      paw(sketch, mammal, -4, -4, 22, 8) +
      shadowUnderChin(26, -112, 30) +
      headAt(sketch, mammal, 30, -152, 0.84, 0.35),
    box: { left: -100, right: 86, top: -225, bottom: 6 },
    focus: { x: 30, y: -152, radius: 48 },
    rests: 'ground',
  };
}

/** The rabbit's sitting: an arched back, a round haunch, a long hind foot. */
function crouching(sketch: Sketch, mammal: Mammal): Figure {
  const { coat, build } = mammal;
  const back = sketch.random.between(0.85, 1.1);
  const trunk: Knot[] = [
    [-72, -12],
    [-78, -44],
    [-58, -80 * back],
    [-18, -92 * back],
    [26, -80],
    [56, -54],
    [58, -24],
    [36, -2],
    [-20, 2],
    [-56, 2],
  ];
  const haunch: Knot[] = [
    [-40, -74],
    [-8, -64],
    [4, -34],
    [-10, -6],
    [-48, 2],
    [-70, -14],
    [-68, -48],
  ];
  const leg: Knot[] = [
    [30, -44],
    [52, -46],
    [54, -20],
    [56, 0],
    [34, 2],
    [36, -18],
  ];
  return {
    markup:
      furred(sketch, placed(build.tail, { x: -70, y: -22 }), coat, 'tail', towards(-160), {
        colour: coat.light,
      }) +
      furred(sketch, trunk, coat, 'body', backwards) +
      furred(sketch, leg, coat, 'limb', towards(90)) +
      paw(sketch, mammal, 50, -4, 13, 8) +
      furred(sketch, haunch, withoutBib(coat), 'body', towards(130)) +
      paw(sketch, mammal, -18, -4, 34, 9) +
      shadowUnderChin(52, -62, 28) +
      headAt(sketch, mammal, 62, -88, 0.86, 0.3),
    box: { left: -98, right: 112, top: -165, bottom: 6 },
    focus: { x: 62, y: -88, radius: 48 },
    rests: 'ground',
  };
}

/** On four legs, in the middle of a step. */
export function standing(sketch: Sketch, mammal: Mammal): Figure {
  if (mammal.build.hops) return crouching(sketch, mammal);
  const { coat, build } = mammal;
  const { random } = sketch;
  const { girth } = build;
  const hip = -58 * build.legs;
  const back = hip - 44;
  const trunk: Knot[] = [
    [-84, back + 2],
    [-40, back - 3],
    [12, back - 5],
    [44, back - 18],
    [66, back - 46],
    [98, back - 56],
    [106, back - 28],
    [98, back + 6],
    [84, hip - 8],
    [56, hip + 7 * girth],
    [6, hip + 6 * girth],
    [-44, hip - 2 + 6 * (girth - 1)],
    [-78, hip + 4],
    [-95, hip - 24],
  ];
  const step = random.between(-12, 12);
  const foreleg = (x: number, swing: number): Knot[] => [
    [x - 13, hip - 18],
    [x + 13, hip - 20],
    [x + 9 + swing * 0.5, hip * 0.4],
    [x + 9 + swing, -2],
    [x - 8 + swing, 0],
    [x - 8 + swing * 0.5, hip * 0.4],
  ];
  const hindleg = (x: number, swing: number): Knot[] => [
    [x - 20, hip - 22],
    [x + 20, hip - 24],
    [x + 14, hip * 0.62],
    [x - 1 + swing, hip * 0.32],
    [x + 6 + swing, 0],
    [x - 12 + swing, 0],
    [x - 15 + swing, hip * 0.36],
    [x - 14, hip * 0.7],
  ];
  const far = darker(
    coat.pattern === 'bicolour' ? coat.light : coat.pattern === 'points' ? coat.dark : coat.base,
    0.3,
  );
  const limb = (outline: Knot[], colour?: string) =>
    furred(sketch, outline, coat, 'limb', towards(92), colour ? { colour } : {});
  return {
    markup:
      furred(sketch, placed(build.tail, { x: -84, y: back + 14 }), coat, 'tail', towards(-130)) +
      limb(foreleg(66, -step), far) +
      limb(hindleg(-56, step), far) +
      limb(foreleg(52, step)) +
      paw(sketch, mammal, 55 + step, -4, 12, 7) +
      furred(sketch, trunk, coat, 'body', backwards) +
      limb(hindleg(-70, -step), coat.pattern === 'bicolour' ? coat.base : undefined) +
      paw(sketch, mammal, -69 - step, -4, 13, 7) +
      shadowUnderChin(94, back - 8, 24) +
      headAt(sketch, mammal, 96, back - 44, 0.84, 0.4),
    box: { left: -125, right: 145, top: back - 112, bottom: 6 },
    focus: { x: 96, y: back - 44, radius: 45 },
    rests: 'ground',
  };
}

/** On its belly, forelegs stretched out. */
export function lying(sketch: Sketch, mammal: Mammal): Figure {
  const { coat, build } = mammal;
  const { girth, hops } = build;
  const trunk = placed(
    [
      [-92, -8],
      [-98, -36],
      [-70, -60],
      [-20, -64],
      [34, -66],
      [66, -52],
      [78, -24],
      [66, -2],
      [0, 2],
      [-60, 2],
    ],
    { scaleX: hops ? 0.82 : 1, scaleY: 0.7 + 0.3 * girth },
  );
  const haunch = placed(
    [
      [-52, -50],
      [-24, -44],
      [-10, -22],
      [-22, 0],
      [-64, 2],
      [-84, -10],
      [-80, -36],
    ],
    { scaleX: hops ? 0.85 : 1 },
  );
  const top = -66 * (0.7 + 0.3 * girth);
  const foreleg = (y: number): Knot[] => [
    [46, y - 16],
    [76, y - 15],
    [104, y - 9],
    [112, y - 2],
    [102, y + 5],
    [70, y + 4],
    [48, y + 3],
  ];
  const tail = hops
    ? placed(build.tail, { x: -74, y: -20 })
    : placed(build.tail, { x: -86, y: -12, scaleX: 1, scaleY: 0.35 });
  return {
    markup:
      furred(sketch, tail, coat, 'tail', towards(-170), hops ? { colour: coat.light } : {}) +
      (hops
        ? ''
        : furred(sketch, foreleg(-10), coat, 'limb', towards(0), { colour: darker(coat.base, 0.2) })) +
      furred(sketch, trunk, coat, 'body', backwards) +
      furred(sketch, haunch, withoutBib(coat), 'body', towards(140)) +
      paw(sketch, mammal, hops ? -22 : -30, -4, 26, 8) +
      (hops
        ? paw(sketch, mammal, 56, -5, 16, 8)
        : furred(sketch, foreleg(-4), coat, 'limb', towards(0)) + paw(sketch, mammal, 102, -5, 14, 8)) +
      shadowUnderChin(60, top + 20, 32) +
      headAt(sketch, mammal, 64, top - 22, 0.84, 0.55),
    box: { left: -125, right: 122, top: top - 95, bottom: 8 },
    focus: { x: 64, y: top - 22, radius: 48 },
    rests: 'ground',
  };
}
