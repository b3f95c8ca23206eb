import type { Random } from '../../src/runtime/random.js';
import { type Coat, randomCoat } from './coat.js';
import { darker, lighter, mix } from './colour.js';
import { type Eyes, eye, nose, patch, whiskers } from './face.js';
import { away, furred, towards } from './fur.js';
import type { Mammal } from './mammal.js';
import {
  chance,
  closedCurve,
  flipped,
  type Knot,
  mirrored,
  pick,
  pickWeighted,
  placed,
  type Sketch,
  svg,
} from './svg.js';

interface Cat {
  readonly coat: Coat;
  readonly eyes: Eyes;
  readonly ears: number;
  /** Width of the face: narrow as an oriental's, or round as a Persian's. */
  readonly face: number;
}

export function randomCat(random: Random): Mammal {
  const coat = randomCoat(
    random,
    [
      [0.24, 'plain'],
      [0.34, 'tabby'],
      [0.18, 'bicolour'],
      [0.13, 'patches'],
      [0.11, 'points'],
    ],
    ['black', 'charcoal', 'silver', 'ginger'],
  );
  const face = random.between(0.9, 1.1);
  const cat: Cat = {
    coat,
    face,
    ears: random.between(0.75, 1.2) / face,
    eyes: {
      iris:
        coat.pattern === 'points'
          ? '#6fa3c8'
          : pick(random, ['#c8a53a', '#a9b04a', '#7fa05a', '#c07a2c', '#8db4b0']),
      pupil: pickWeighted(random, [
        [0.5, 'slit'],
        [0.3, 'round'],
        [0.2, 'wide'],
      ]),
      open: chance(random, 0.1) ? 0 : random.between(0.7, 1),
      almond: random.between(1.1, 1.4),
    },
  };
  return {
    coat,
    build: {
      legs: 1,
      girth: random.between(0.9, 1.15),
      head: 1,
      hops: false,
      tail: tail(random, coat.fluff),
    },
    front: (sketch) => front(sketch, cat),
    side: (sketch) => side(sketch, cat),
  };
}

/** Long and of even width, swung up in an S. */
function tail(random: Random, fluff: number): Knot[] {
  const [width, lift, curl] = [7 + fluff * 6, random.between(0.2, 1.1), random.between(-18, 22)];
  const spine: Knot[] = [
    [4, 0],
    [-32, -12 * lift],
    [-56, -48 * lift],
    [-60 + curl * 0.5, -84 * lift],
    [-60 + curl, -104 * lift],
  ];
  const upper = spine.map(([x, y], i): Knot => [
    x + width * (i > 1 ? 0.9 : 0.3),
    y - width * (i > 1 ? 0.2 : 0.8),
  ]);
  const lower = spine
    .map(([x, y], i): Knot => [x - width * (i > 1 ? 0.9 : 0.3), y + width * (i > 1 ? 0.2 : 0.8)])
    .reverse();
  return [...upper, [spine[4]![0], spine[4]![1] - width * 1.3], ...lower];
}

function front(sketch: Sketch, { coat, eyes, ears, face }: Cat): string {
  const { random } = sketch;
  const cheek = coat.fluff * 7;
  const skull = placed(
    mirrored([
      [0, -41],
      [22, -39],
      [40, -24],
      [48, 0],
      [50 + cheek, 22],
      [36, 37],
      [14, 45],
      [0, 46],
    ]),
    { scaleX: face, scaleY: 1 },
  );
  const ear: Knot[] = [
    [10, -34],
    [22, -56 * ears],
    [43 * face, -80 * ears, 'corner'],
    [50 * face, -48 * ears],
    [47 * face, -8],
    [28, -22],
  ];
  const inner: Knot[] = [
    [20, -36],
    [27, -52 * ears],
    [41 * face, -71 * ears, 'corner'],
    [44 * face, -44 * ears],
    [42 * face, -18],
  ];
  const oneEar = (outline: Knot[], inside: Knot[], side: number) =>
    furred(sketch, outline, coat, 'ear', towards(-90 + side * 20)) +
    `<path d="${closedCurve(inside)}" fill="${mix(coat.skin, coat.light, 0.25)}"/>` +
    `<path d="${closedCurve(inside)}" fill="none" stroke="${darker(coat.base, 0.5)}" stroke-width="3" opacity=".35" filter="url(#faint)"/>` +
    earTuft(sketch, side, ears, coat);
  const muzzle = coat.pattern === 'points' ? mix(coat.dark, coat.light, 0.2) : coat.light;
  const noseColour = coat.pattern === 'points' || chance(random, 0.2) ? darker(coat.dark, 0.3) : coat.skin;
  return (
    oneEar(flipped(ear), flipped(inner), -1) +
    oneEar(ear, inner, 1) +
    furred(sketch, skull, coat, 'head', away(0, -4), { marks: faceMarks(coat) }) +
    patch(-11, 23, 14, 11, muzzle, 0.85) +
    patch(11, 23, 14, 11, muzzle, 0.85) +
    patch(0, 35, 10, 7, muzzle, 0.7) +
    eyeRim(coat) +
    eye(sketch, -20 * face, -5, 11.5, eyes, -1) +
    eye(sketch, 20 * face, -5, 11.5, eyes, 1) +
    nose(11, 7, 7.5, noseColour, 1) +
    mouth(coat) +
    whiskers(sketch, -14, 20, 46, -1) +
    whiskers(sketch, 14, 20, 46, 1)
  );
}

function earTuft({ random }: Sketch, side: number, ears: number, coat: Coat): string {
  let path = '';
  for (let i = 0; i < 7; i++) {
    const x = side * (21 + i * 2.2);
    path += svg`M${x} ${-28}q${side * 4} ${-14 * ears} ${side * random.between(6, 14)} ${-random.between(20, 32) * ears}`;
  }
  return `<path d="${path}" fill="none" stroke="${coat.light}" stroke-width="1.3" opacity=".75"/>`;
}

function faceMarks(coat: Coat): string {
  if (coat.pattern === 'tabby') return tabbyFace(coat);
  if (coat.pattern === 'bicolour') return blaze(coat);
  return coat.pattern === 'points' ? patch(0, 14, 27, 26, coat.dark, 0.9) : '';
}

/** The M on the forehead and the lines from the eyes across the cheeks. */
function tabbyFace(coat: Coat): string {
  const half = (side: number) =>
    svg`<path d="M${side * 4} -38q${side * 2} 8 ${side * 2} 16M${side * 13} -37q${side * 1} 8 ${side * -2} 17M${side * 22} -33q0 6 ${side * -4} 12M${side * 34} 0q${side * 8} 3 ${side * 16} 1M${side * 32} 9q${side * 9} 6 ${side * 17} 5M${side * 30} 18q${side * 6} 8 ${side * 14} 10"/>`;
  return `<g fill="none" stroke="${coat.dark}" stroke-width="4" stroke-linecap="round" opacity=".7">${half(-1)}${half(1)}</g>`;
}

function blaze(coat: Coat): string {
  const outline = mirrored([
    [0, -30],
    [5, -12],
    [9, 4],
    [24, 16],
    [34, 34],
    [14, 44],
    [0, 46],
  ]);
  return `<path d="${closedCurve(outline)}" fill="${coat.light}" filter="url(#faint)"/>`;
}

function eyeRim(coat: Coat): string {
  const colour = lighter(coat.base, 0.55);
  return patch(-20, -3, 15, 13, colour, 0.35) + patch(20, -3, 15, 13, colour, 0.35);
}

function mouth(coat: Coat): string {
  const colour = darker(coat.dark, 0.4);
  return `<path d="M0 18v5M0 23q-3 7 -11 5M0 23q3 7 11 5" fill="none" stroke="${colour}" stroke-width="1.6" stroke-linecap="round"/>`;
}

function side(sketch: Sketch, { coat, eyes, ears }: Cat): string {
  const skull: Knot[] = [
    [-34, -26],
    [-10, -41],
    [16, -36],
    [31, -18],
    [41, -2],
    [49, 6],
    [47, 17],
    [42, 27],
    [26, 35],
    [0, 40],
    [-28, 36],
    [-44, 8],
  ];
  const ear: Knot[] = [
    [-30, -22],
    [-28, -52 * ears],
    [-16, -82 * ears, 'corner'],
    [0, -58 * ears],
    [8, -36],
    [-10, -28],
  ];
  const farEar = placed(ear, { x: 17, y: 2, scaleX: 0.85 });
  const muzzle = coat.pattern === 'points' ? coat.dark : coat.light;
  return (
    furred(sketch, farEar, coat, 'ear', towards(-90), {
      colour: darker(coat.pattern === 'points' ? coat.dark : coat.base, 0.25),
    }) +
    furred(sketch, skull, coat, 'head', towards(165), { marks: patch(38, 17, 13, 11, muzzle, 0.85) }) +
    furred(sketch, ear, coat, 'ear', towards(-95)) +
    `<path d="${closedCurve(placed(ear, { x: -2.5, y: -10, scaleX: 0.55, scaleY: 0.75 }))}" fill="${mix(coat.skin, coat.light, 0.2)}" opacity=".85"/>` +
    (coat.pattern === 'tabby'
      ? `<path d="M6 -2q-14 4 -26 0M8 6q-14 10 -30 8M6 -34q-4 6 -3 12M16 -34q-6 6 -5 12" fill="none" stroke="${coat.dark}" stroke-width="4" stroke-linecap="round" opacity=".65"/>`
      : '') +
    eye(sketch, 21, -7, 9.5, { ...eyes, almond: 0.95 }, 1) +
    `<path d="M44 3q6 -1 6 4q-1 5 -5 5z" fill="${coat.skin}" stroke="${darker(coat.skin, 0.5)}" stroke-width=".8"/>` +
    `<path d="M45 12q0 7 -4 9q-6 3 -11 -1" fill="none" stroke="${darker(coat.dark, 0.4)}" stroke-width="1.6" stroke-linecap="round"/>` +
    whiskers(sketch, 36, 17, 40, 1) +
    whiskers(sketch, 33, 17, 34, -1)
  );
}
