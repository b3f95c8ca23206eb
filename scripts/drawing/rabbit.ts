import type { Random } from '../../src/runtime/random.js';
import { type Coat, colourOf, randomCoat } from './coat.js';
import { darker, lighter, mix } from './colour.js';
import { type Eyes, eye, patch, whiskers } from './face.js';
import { away, furred, towards } from './fur.js';
import type { Mammal } from './mammal.js';
import { chance, closedCurve, flipped, type Knot, mirrored, pick, placed, type Sketch, svg } from './svg.js';

interface Rabbit {
  readonly coat: Coat;
  readonly eyes: Eyes;
  /** Whether each ear hangs (a lop) or stands; some rabbits have one of each. */
  readonly lop: readonly [left: boolean, right: boolean];
  readonly earLength: number;
  /** Degrees between an upright ear and the vertical. */
  readonly spread: number;
}

export function randomRabbit(random: Random): Mammal {
  const coat = randomCoat(
    random,
    [
      [0.36, 'plain'],
      [0.24, 'bicolour'],
      [0.18, 'patches'],
      [0.08, 'spots'],
      [0.14, 'points'],
    ],
    ['white', 'fawn', 'agouti', 'slate', 'silver'],
  );
  const lop = chance(random, 0.27);
  const rabbit: Rabbit = {
    coat,
    lop: [lop, lop ? !chance(random, 0.15) : chance(random, 0.06)],
    earLength: random.between(0.7, 1.15),
    spread: random.between(4, 24),
    eyes: {
      iris: pick(random, ['#2b1d18', '#3f2a1e', '#54361f', '#5d6f7c']),
      pupil: 'wide',
      open: random.between(0.85, 1),
      almond: 1,
    },
  };
  return {
    coat,
    build: {
      legs: 0.6,
      girth: random.between(1.1, 1.35),
      head: random.between(0.88, 1),
      hops: true,
      tail: tail(),
    },
    front: (sketch) => front(sketch, rabbit),
    side: (sketch) => side(sketch, rabbit),
  };
}

/** A tuft. */
function tail(): Knot[] {
  return [
    [4, 4],
    [-8, 8],
    [-20, 2],
    [-24, -12],
    [-14, -22],
    [0, -18],
  ];
}

const upright: Knot[] = [
  [-8, 6],
  [-13, -36],
  [-11, -76],
  [0, -98],
  [11, -76],
  [13, -36],
  [9, 6],
];
const hanging: Knot[] = [
  [12, -36],
  [30, -45],
  [48, -30],
  [60, 12],
  [58, 46],
  [44, 56],
  [35, 34],
  [33, -2],
  [22, -20],
];

function oneEar(sketch: Sketch, rabbit: Rabbit, side: 1 | -1): string {
  const { coat, earLength, spread } = rabbit;
  const colour = colourOf(coat, 'ear');
  if (rabbit.lop[side === 1 ? 1 : 0]) {
    const ear = placed(hanging, { scaleY: 0.8 + earLength * 0.25 });
    return furred(sketch, side === 1 ? ear : flipped(ear), coat, 'ear', towards(90), { colour });
  }
  const ear = placed(upright, { x: side * 15, y: -30, scaleY: earLength, degrees: side * spread });
  const inside = placed(upright, {
    x: side * 15,
    y: -38,
    scaleX: 0.58,
    scaleY: earLength * 0.82,
    degrees: side * spread,
  });
  return (
    furred(sketch, ear, coat, 'ear', towards(-90 + side * spread), { colour }) +
    `<path d="${closedCurve(inside)}" fill="${mix(coat.skin, colour, 0.25)}"/>` +
    `<path d="${closedCurve(inside)}" fill="none" stroke="${darker(colour, 0.4)}" stroke-width="3" opacity=".4" filter="url(#faint)"/>`
  );
}

function front(sketch: Sketch, rabbit: Rabbit): string {
  const { coat, eyes, lop } = rabbit;
  const puff = coat.fluff * 6;
  const skull = mirrored([
    [0, -42],
    [17, -40],
    [30, -24],
    [36, -2],
    [41 + puff, 20],
    [33, 38],
    [15, 47],
    [0, 48],
  ]);
  const ring = coat.pattern === 'points' ? coat.base : lighter(coat.base, 0.5);
  const muzzle = coat.pattern === 'points' ? coat.dark : coat.light;
  const eyePair = [-1, 1]
    .map((to) => patch(to * 26, -6, 13, 13, ring, 0.5) + eye(sketch, to * 26, -6, 10, eyes, 0))
    .join('');
  return (
    (lop[0] ? '' : oneEar(sketch, rabbit, -1)) +
    (lop[1] ? '' : oneEar(sketch, rabbit, 1)) +
    furred(sketch, skull, coat, 'head', away(0, -8), { marks: faceMarks(coat) }) +
    patch(-10, 25, 14, 12, muzzle, 0.8) +
    patch(10, 25, 14, 12, muzzle, 0.8) +
    patch(0, 39, 10, 6, muzzle, 0.7) +
    eyePair +
    snub(coat) +
    whiskers(sketch, -13, 22, 34, -1) +
    whiskers(sketch, 13, 22, 34, 1) +
    (lop[0] ? oneEar(sketch, rabbit, -1) : '') +
    (lop[1] ? oneEar(sketch, rabbit, 1) : '')
  );
}

function faceMarks(coat: Coat): string {
  if (coat.pattern !== 'bicolour') return '';
  const blaze = mirrored([
    [0, -38],
    [6, -20],
    [11, 4],
    [26, 20],
    [22, 40],
    [0, 48],
  ]);
  return `<path d="${closedCurve(blaze)}" fill="${coat.light}" filter="url(#faint)"/>`;
}

/** The Y of nose and split lip, and the teeth. */
function snub(coat: Coat): string {
  const line = darker(coat.dark, 0.45);
  return (
    `<path d="M-6 15Q0 12 6 15Q4 21 0 22Q-4 21 -6 15Z" fill="${coat.skin}"/>` +
    `<path d="M-8 13Q-3 19 0 21Q3 19 8 13M0 21V28M0 28Q-4 34 -10 32M0 28Q4 34 10 32" fill="none" stroke="${line}" stroke-width="1.6" stroke-linecap="round"/>` +
    `<path d="M-3.4 31.5h6.8v5.5q-3.4 1.5 -6.8 0z" fill="#fbf6ea" stroke="${line}" stroke-width=".7"/>`
  );
}

function side(sketch: Sketch, rabbit: Rabbit): string {
  const { coat, eyes, lop, earLength, spread } = rabbit;
  const skull: Knot[] = [
    [-34, -14],
    [-14, -36],
    [10, -39],
    [32, -25],
    [46, -4],
    [51, 11],
    [45, 26],
    [24, 36],
    [-4, 42],
    [-34, 30],
    [-44, 6],
  ];
  const muzzle = coat.pattern === 'points' ? coat.dark : coat.light;
  const colour = colourOf(coat, 'ear');
  const standing = (x: number, degrees: number, tint: string) =>
    furred(sketch, placed(upright, { x, y: -28, scaleY: earLength, degrees }), coat, 'ear', towards(-100), {
      colour: tint,
    });
  const near = lop[1]
    ? furred(
        sketch,
        [
          [-22, -34],
          [-4, -40],
          [10, -20],
          [10, 26],
          [-2, 52 * earLength ** 0.5],
          [-18, 50 * earLength ** 0.5],
          [-26, 16],
          [-30, -16],
        ],
        coat,
        'ear',
        towards(92),
        { colour: darker(colour, 0.12) },
      )
    : standing(-12, -spread * 1.6, colour) +
      svg`<path d="${closedCurve(placed(upright, { x: -11, y: -38, scaleX: 0.45, scaleY: earLength * 0.8, degrees: -spread * 1.6 }))}" fill="${mix(coat.skin, colour, 0.3)}"/>`;
  return (
    (lop[0] ? '' : standing(3, -spread * 0.6, darker(colour, 0.3))) +
    furred(sketch, skull, coat, 'head', towards(170), {
      marks: patch(40, 20, 12, 11, muzzle, 0.8) + patch(15, -8, 14, 13, lighter(coat.base, 0.5), 0.4),
    }) +
    eye(sketch, 15, -8, 10, eyes, 0) +
    `<path d="M45 6Q52 5 52 12Q49 17 45 15" fill="${coat.skin}"/><path d="M46 16Q46 22 40 24Q36 25 33 23" fill="none" stroke="${darker(coat.dark, 0.4)}" stroke-width="1.6" stroke-linecap="round"/>` +
    whiskers(sketch, 38, 18, 34, 1) +
    whiskers(sketch, 36, 18, 28, -1) +
    near
  );
}
