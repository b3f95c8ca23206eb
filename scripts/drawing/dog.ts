import type { Random } from '../../src/runtime/random.js';
import { type Coat, colourOf, randomCoat } from './coat.js';
import { darker, mix } from './colour.js';
import { type Eyes, eye, nose, patch } from './face.js';
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

type Ears = 'dropped' | 'pricked' | 'folded';

interface Dog {
  readonly coat: Coat;
  readonly eyes: Eyes;
  readonly ears: Ears;
  /** Length of a hanging ear, height of a pricked one; 1: middling. */
  readonly earLength: number;
  /** -1: flat as a pug's; 1: long as a collie's. */
  readonly muzzle: number;
  /** Half the width of the skull. */
  readonly skull: number;
  readonly tongue: boolean;
}

export function randomDog(random: Random): Mammal {
  const coat = randomCoat(
    random,
    [
      [0.3, 'plain'],
      [0.22, 'bicolour'],
      [0.16, 'patches'],
      [0.1, 'spots'],
      [0.16, 'saddle'],
      [0.06, 'tabby'],
    ],
    ['golden', 'cream', 'chestnut', 'chocolate', 'white'],
  );
  const ears = pickWeighted<Ears>(random, [
    [0.5, 'dropped'],
    [0.22, 'pricked'],
    [0.28, 'folded'],
  ]);
  const dog: Dog = {
    coat,
    ears,
    earLength: ears === 'pricked' ? random.between(0.7, 0.95) : random.between(0.75, 1.35),
    muzzle: random.between(-0.8, 1),
    skull: random.between(36, 45),
    tongue: chance(random, 0.5),
    eyes: {
      iris: pick(random, ['#5a3a20', '#6d4524', '#3d2718', '#84602c', '#7d98a6']),
      pupil: 'round',
      open: chance(random, 0.06) ? 0 : random.between(0.8, 1),
      almond: random.between(1, 1.15),
    },
  };
  return {
    coat,
    build: {
      legs: random.between(0.6, 1.25),
      girth: random.between(0.95, 1.35),
      head: random.between(0.9, 1.05),
      hops: false,
      tail: tail(random, coat.fluff),
    },
    front: (sketch) => front(sketch, dog),
    side: (sketch) => side(sketch, dog),
  };
}

/** Tapered; raised like a sabre, curled over the back, or feathered on long coats. */
function tail(random: Random, fluff: number): Knot[] {
  const [lift, brush, length] = [random.between(0.3, 1.2), 5 + fluff * 14, random.between(0.6, 1.1)];
  if (chance(random, 0.3)) {
    return [
      [6, -8],
      [-12, -30],
      [-10, -54],
      [10, -66],
      [30, -56],
      [34, -40],
      [22, -34],
      [10, -44],
      [0, -30],
      [2, 8],
    ];
  }
  return placed(
    [
      [4, -9],
      [-30, -20 * lift - 5],
      [-60, -52 * lift - 4],
      [-84, -70 * lift],
      [-70, -40 * lift + brush],
      [-36, -4 * lift + brush],
      [2, 9],
    ],
    { scaleX: length },
  );
}

function front(sketch: Sketch, dog: Dog): string {
  const { coat, eyes, ears, muzzle, skull, tongue } = dog;
  const length = 12 * muzzle;
  const broad = 25 - 4 * muzzle;
  const head = mirrored([
    [0, -45],
    [20, -44],
    [skull - 3, -28],
    [skull, -4],
    [skull - 5 + coat.fluff * 8, 18],
    [broad + 6, 34 + length * 0.5],
    [broad - 4, 50 + length],
    [0, 57 + length],
  ]);
  const snout = mirrored([
    [0, -4 - length * 0.3],
    [9, 4],
    [broad, 22 + length * 0.5],
    [broad + 1, 37 + length],
    [12, 50 + length],
    [0, 48 + length],
  ]);
  const tip = 15 + length * 0.7;
  const behind = ears === 'pricked' ? bothEars(sketch, dog) : '';
  const inFront = ears === 'pricked' ? '' : bothEars(sketch, dog);
  return (
    behind +
    furred(sketch, head, coat, 'head', away(0, -6), { marks: faceMarks(coat, dog) }) +
    (tongue ? tongueOut(47 + length) : '') +
    furred(sketch, snout, { ...coat, pattern: 'plain' }, 'head', away(0, 5), { colour: snoutColour(coat) }) +
    eye(sketch, -19, -9, 9, eyes, -1) +
    eye(sketch, 19, -9, 9, eyes, 1) +
    brows(coat) +
    nose(tip, 12.5, 15, mix('#1c1718', coat.skin, 0.12), 0) +
    svg`<path d="M0 ${tip + 15}V${tip + 23}M0 ${tip + 23}q-5 9 -19 5M0 ${tip + 23}q5 9 19 5" fill="none" stroke="#1f1514" stroke-width="2.2" stroke-linecap="round"/>` +
    freckles(tip + 14, broad) +
    inFront
  );
}

function snoutColour(coat: Coat): string {
  if (coat.pattern === 'bicolour' || coat.pattern === 'patches' || coat.pattern === 'spots')
    return coat.light;
  if (coat.pattern === 'saddle' || coat.pattern === 'tabby') return mix(coat.dark, coat.base, 0.35);
  return mix(coat.base, coat.light, 0.35);
}

function faceMarks(coat: Coat, { skull }: Dog): string {
  const blaze = mirrored([
    [0, -42],
    [6, -24],
    [7, -6],
    [18, 14],
    [14, 40],
    [0, 48],
  ]);
  if (coat.pattern === 'bicolour') {
    return `<path d="${closedCurve(blaze)}" fill="${coat.light}" filter="url(#faint)"/>`;
  }
  if (coat.pattern === 'saddle') return patch(0, -38, skull * 0.8, 20, coat.dark, 0.8);
  if (coat.pattern === 'patches') return patch(21, -10, 18, 19, coat.dark, 0.95);
  return '';
}

function brows(coat: Coat): string {
  const colour = coat.pattern === 'saddle' ? '#c98a4a' : darker(coat.base, 0.4);
  return patch(-17, -23, 7, 3.5, colour, 0.55) + patch(17, -23, 7, 3.5, colour, 0.55);
}

function freckles(y: number, broad: number): string {
  const half = (side: number) =>
    [
      [0.45, 2],
      [0.62, 6],
      [0.7, 0],
      [0.5, 9],
    ]
      .map(([x, down]) => svg`<circle cx="${side * broad * x!}" cy="${y + down!}" r="1"/>`)
      .join('');
  return `<g fill="#1c1413" opacity=".45">${half(-1)}${half(1)}</g>`;
}

function tongueOut(y: number): string {
  const outline = mirrored([
    [0, y - 6],
    [11, y - 5],
    [12, y + 14],
    [7, y + 24],
    [0, y + 26],
  ]);
  return svg`<path d="M-17 ${y - 12}Q0 ${y + 16} 17 ${y - 12}Z" fill="#4a1d20"/><path d="${closedCurve(outline)}" fill="#dc7f86"/><path d="M0 ${y}V${y + 17}" stroke="#a94c58" stroke-width="1.6" opacity=".7"/>`;
}

function earOutline({ ears, earLength, skull }: Dog): Knot[] {
  const reach = earLength * 1.05;
  switch (ears) {
    case 'dropped':
      return [
        [20, -41],
        [38, -44],
        [54, -26],
        [60, 6 * reach],
        [56, 40 * reach],
        [44, 46 * reach],
        [skull - 3, 18 * reach],
        [skull - 8, -16],
      ];
    case 'pricked':
      return [
        [8, -36],
        [17, -66 * earLength],
        [33, -88 * earLength],
        [45, -60 * earLength],
        [skull + 2, -14],
        [26, -20],
      ];
    case 'folded':
      return [
        [12, -40],
        [26, -62 * earLength ** 0.5],
        [46, -56 * earLength ** 0.5],
        [60, -24],
        [58, -10, 'corner'],
        [42, -24],
        [skull - 4, -22],
        [24, -34],
      ];
  }
}

function bothEars(sketch: Sketch, dog: Dog): string {
  const { coat, ears, earLength } = dog;
  const outline = earOutline(dog);
  const ground = coat.pattern === 'bicolour' ? coat.base : colourOf(coat, 'ear');
  const colour = coat.pattern === 'saddle' ? coat.dark : ears === 'pricked' ? ground : darker(ground, 0.18);
  const inner =
    ears === 'pricked' ? closedCurve(placed(outline, { x: 8, y: -12, scaleX: 0.7, scaleY: 0.72 })) : '';
  const lining = mix(coat.skin, coat.base, 0.35);
  return (
    furred(sketch, flipped(outline), coat, 'ear', towards(ears === 'pricked' ? -100 : 95), { colour }) +
    furred(sketch, outline, coat, 'ear', towards(ears === 'pricked' ? -80 : 85), { colour }) +
    (inner &&
      `<path d="${inner}" fill="${lining}"/><path d="${inner}" fill="${lining}" transform="scale(-1 1)"/>`) +
    (ears === 'folded'
      ? svg`<path d="M24 -40Q40 ${-44 * earLength} 56 -26M-24 -40Q-40 ${-44 * earLength} -56 -26" fill="none" stroke="#140c10" stroke-width="2" opacity=".25"/>`
      : '')
  );
}

function side(sketch: Sketch, dog: Dog): string {
  const { coat, eyes, ears, earLength, muzzle, tongue } = dog;
  const tip = 62 + 12 * muzzle;
  const head: Knot[] = [
    [-36, -24],
    [-12, -43],
    [14, -39],
    [27, -24],
    [33, -14],
    [tip - 14, -10],
    [tip, -5],
    [tip + 2, 8],
    [tip - 8, 20],
    [38, 28],
    [16, 33],
    [-10, 42],
    [-40, 34],
    [-48, 2],
  ];
  const ear: Knot[] =
    ears === 'pricked'
      ? [
          [-26, -26],
          [-26, -60 * earLength],
          [-14, -90 * earLength],
          [4, -62 * earLength],
          [10, -38],
          [-8, -26],
        ]
      : ears === 'folded'
        ? [
            [-22, -36],
            [-12, -58],
            [6, -64],
            [24, -44],
            [30, -20, 'corner'],
            [10, -34],
            [-8, -28],
          ]
        : [
            [-24, -36],
            [-4, -38],
            [8, -18],
            [10, 12 * earLength],
            [0, 44 * earLength],
            [-18, 44 * earLength],
            [-28, 12 * earLength],
            [-32, -16],
          ];
  const ground = coat.pattern === 'saddle' ? coat.dark : colourOf(coat, 'ear');
  const farEar =
    ears === 'pricked'
      ? furred(sketch, placed(ear, { x: 16, y: 2, scaleX: 0.9 }), coat, 'ear', towards(-90), {
          colour: darker(ground, 0.35),
        })
      : '';
  const mouth = svg`M${tip - 2} 13Q${tip - 20} 22 28 19`;
  return (
    farEar +
    (tongue
      ? svg`<path d="M34 18L${tip - 6} 17Q${tip - 2} 40 ${tip - 14} 50Q${tip - 24} 54 ${tip - 26} 36Q40 34 34 18Z" fill="#dc7f86" stroke="#a94c58" stroke-width="1"/>`
      : '') +
    furred(sketch, head, coat, 'head', towards(175), {
      marks: patch(tip - 14, 8, 20, 14, snoutColour(coat), 0.85),
    }) +
    `<path d="${mouth}" fill="none" stroke="#1f1514" stroke-width="2.4" stroke-linecap="round"/>` +
    svg`<path d="M${tip - 9} -9Q${tip + 4} -12 ${tip + 5} -2Q${tip + 5} 6 ${tip - 1} 6Q${tip - 9} 2 ${tip - 9} -9Z" fill="#1c1718"/><ellipse cx="${tip - 2}" cy="-6" rx="4" ry="1.6" fill="#fff" opacity=".5"/>` +
    eye(sketch, 20, -14, 7.5, eyes, 1) +
    furred(sketch, ear, coat, 'ear', towards(ears === 'pricked' ? -95 : 95), {
      colour: darker(ground, ears === 'pricked' ? 0 : 0.15),
    })
  );
}
