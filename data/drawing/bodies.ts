import type { Coat } from './coat.js';
import { darker } from './colour.js';
import { type Flow, furred, towards } from './fur.js';
import type { Mammal } from './mammal.js';
import {
  type Box,
  chance,
  flipped,
  type Knot,
  mirrored,
  pickWeighted,
  placed,
  type Sketch,
  svg,
} from './svg.js';

/** An animal ready to be put into a scene; its feet are at y = 0. */
export interface Figure {
  readonly markup: string;
  readonly box: Box;
  /** The head: what must stay in the picture. */
  readonly focus: { readonly x: number; readonly y: number; readonly radius: number };
  /** What is under it: ground, a perch, nothing (in flight), or the lower edge of the frame (a portrait). */
  readonly rests: 'ground' | 'perch' | 'air' | 'frame';
}

const down: Flow = (x) => Math.atan2(60, x * 0.4);
const backwards = towards(155);

/** The animal in one of its poses. */
export function poseMammal(sketch: Sketch, mammal: Mammal): Figure {
  const pose = pickWeighted(sketch.random, [
    [0.22, portrait],
    [0.26, sittingFront],
    [0.18, sittingSide],
    [0.18, standing],
    [0.16, lying],
  ]);
  return pose(sketch, mammal);
}

/** The coat of thighs and neck, which the white of a two-coloured animal does not reach. */
function withoutBib(coat: Coat): Coat {
  return coat.pattern === 'bicolour' ? { ...coat, pattern: 'plain' } : coat;
}

/** The head at (x, y), from the front or from the side, tilted a little. */
function headAt(
  sketch: Sketch,
  mammal: Mammal,
  x: number,
  y: number,
  size: number,
  frontShare: number,
): string {
  const { random } = sketch;
  const front = chance(random, frontShare);
  const tilt = front ? random.normal() * 8 : random.between(-14, 14);
  const scale = size * mammal.build.head;
  const head = front ? mammal.front(sketch) : mammal.side(sketch);
  return svg`<g transform="translate(${x} ${y}) rotate(${tilt}) scale(${scale})">${head}</g>`;
}

function shadowUnderChin(x: number, y: number, radius: number): string {
  return svg`<ellipse cx="${x}" cy="${y}" rx="${radius}" ry="${radius * 0.45}" fill="#140c10" opacity=".38" filter="url(#soft)"/>`;
}

/** Head and shoulders, cut off by the frame. */
function portrait(sketch: Sketch, mammal: Mammal): Figure {
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

/** A leg or foot: fur, then the lines between the toes. */
function paw(sketch: Sketch, mammal: Mammal, x: number, y: number, width: number, height: number): string {
  const outline = placed(
    [
      [-1, 0.1],
      [-0.8, -0.7],
      [0, -1],
      [0.8, -0.75],
      [1.05, 0],
      [0.8, 0.6],
      [0, 0.7],
      [-0.8, 0.6],
    ],
    { x, y, scaleX: width, scaleY: height },
  );
  const toe = (at: number) =>
    svg`M${x + width * at} ${y + height * 0.55}q${-width * 0.08} ${-height * 0.4} 0 ${-height * 0.7}`;
  return (
    furred(sketch, outline, mammal.coat, 'limb', towards(80)) +
    `<path d="${toe(0.05)}${toe(0.5)}" fill="none" stroke="#140c10" stroke-width="1.3" opacity=".5" stroke-linecap="round"/>`
  );
}

function sittingFront(sketch: Sketch, mammal: Mammal): Figure {
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

function sittingSide(sketch: Sketch, mammal: Mammal): Figure {
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

function standing(sketch: Sketch, mammal: Mammal): Figure {
  if (mammal.build.hops) return crouching(sketch, mammal);
  const { coat, build } = mammal;
  const { random } = sketch;
  const { girth } = build;
  const hip = -58 * build.legs;
  const back = hip - 44;
  const trunk: Knot[] = [
    [-84, back + 2],
    [-40, back - 4],
    [16, back - 2],
    [56, back - 14],
    [78, back + 10],
    [74, hip - 10],
    [50, hip + 6 * girth],
    [0, hip + 4 * girth],
    [-44, hip - 4 + 6 * (girth - 1)],
    [-78, hip + 2],
    [-94, hip - 24],
  ];
  const neck: Knot[] = [
    [22, back + 2],
    [50, back - 30],
    [78, back - 46],
    [104, back - 24],
    [92, back + 24],
    [66, back + 46],
    [40, back + 30],
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
      furred(sketch, neck, withoutBib(coat), 'body', towards(130)) +
      headAt(sketch, mammal, 92, back - 42, 0.82, 0.35),
    box: { left: -125, right: 145, top: back - 112, bottom: 6 },
    focus: { x: 92, y: back - 42, radius: 45 },
    rests: 'ground',
  };
}

function lying(sketch: Sketch, mammal: Mammal): Figure {
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
