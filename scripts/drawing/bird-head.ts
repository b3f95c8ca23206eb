import type { Random } from '../../src/runtime/random.js';
import { darker, lighter } from './colour.js';
import { patch } from './face.js';
import { furred, towards } from './fur.js';
import { down, type Plumage, randomPlumage } from './plumage.js';
import { chance, closedCurve, type Knot, pick, pickWeighted, placed, type Sketch, svg } from './svg.js';

export interface Bird {
  readonly plumage: Plumage;
  readonly beak: 'seed' | 'thin' | 'long' | 'hooked' | 'flat';
  readonly crest: 'none' | 'pointed' | 'fanned';
  readonly face: 'plain' | 'cap' | 'stripe' | 'cheek' | 'bib';
  readonly ring: string;
  /** Size of the head and of the body's roundness; 1: a robin's. */
  readonly head: number;
  readonly plump: number;
  readonly tail: number;
}

export function randomBird(random: Random): Bird {
  const beak = pickWeighted<Bird['beak']>(random, [
    [0.32, 'seed'],
    [0.22, 'thin'],
    [0.1, 'long'],
    [0.24, 'hooked'],
    [0.12, 'flat'],
  ]);
  return {
    beak,
    plumage: randomPlumage(random),
    crest: pickWeighted<Bird['crest']>(random, [
      [0.68, 'none'],
      [0.18, 'pointed'],
      [0.14, 'fanned'],
    ]),
    face: pick(random, ['plain', 'plain', 'cap', 'stripe', 'cheek', 'bib'] as const),
    ring: pick(random, ['#2a2322', '#f0e8d8', '#d9a63c', '#b9543a']),
    head: random.between(0.85, 1.15),
    plump: beak === 'hooked' ? random.between(0.8, 1) : random.between(0.85, 1.2),
    tail: random.between(0.55, 1.35),
  };
}

const beaks = {
  seed: 'M26 -11Q44 -7 52 4Q40 13 24 13Z',
  thin: 'M29 -6L66 3L27 9Z',
  long: 'M28 -9Q60 -6 88 5Q56 10 26 12Z',
  hooked: 'M23 -19Q58 -20 52 20Q49 29 44 17Q40 8 34 15Q28 20 24 13Z',
  flat: 'M27 -6Q40 -2 58 -3Q72 0 70 8Q58 14 26 14Z',
};

const gapes = {
  seed: 'M25 2L50 4',
  thin: 'M28 2L62 3',
  long: 'M27 2L84 5',
  hooked: 'M26 4Q36 4 43 15',
  flat: 'M27 6Q46 8 69 5',
};

/** The head from the side, looking right, about 66 units wide. */
export function birdHead(sketch: Sketch, bird: Bird): string {
  const { plumage, beak, face } = bird;
  const skull: Knot[] = [
    [-31, -4],
    [-20, -27],
    [4, -35],
    [25, -22],
    [33, 0],
    [24, 24],
    [0, 34],
    [-26, 26],
  ];
  const colour = plumage.beak;
  return (
    crest(sketch, bird) +
    furred(sketch, skull, down(plumage.head), 'head', towards(165), { marks: marks(face, plumage) }) +
    `<path d="${beaks[beak]}" fill="${colour}" stroke="${darker(colour, 0.55)}" stroke-width="1.2" stroke-linejoin="round"/>` +
    `<path d="${gapes[beak]}" fill="none" stroke="${darker(colour, 0.7)}" stroke-width="1.4"/>` +
    `<ellipse cx="36" cy="-5" rx="5" ry="2" fill="${lighter(colour, 0.6)}" opacity=".55" transform="rotate(12 36 -5)"/>` +
    birdEye(12, -7, 7, bird.ring)
  );
}

export function birdEye(x: number, y: number, radius: number, ring: string): string {
  return svg`<circle cx="${x}" cy="${y}" r="${radius * 1.35}" fill="${ring}"/><circle cx="${x}" cy="${y}" r="${radius}" fill="#130d0c"/><circle cx="${x - radius * 0.3}" cy="${y - radius * 0.35}" r="${radius * 0.3}" fill="#fff"/><circle cx="${x + radius * 0.35}" cy="${y + radius * 0.4}" r="${radius * 0.14}" fill="#fff" opacity=".6"/>`;
}

function marks(face: Bird['face'], { mark, breast }: Plumage): string {
  switch (face) {
    case 'cap':
      return `<path d="M-24 -20Q-8 -36 8 -34Q24 -28 28 -14Q0 -12 -24 -20Z" fill="${mark}" opacity=".9" filter="url(#faint)"/>`;
    case 'stripe':
      return `<path d="M28 -8Q6 -10 -28 -2Q-8 2 28 -1Z" fill="${mark}" opacity=".9" filter="url(#faint)"/>`;
    case 'cheek':
      return patch(2, 12, 14, 10, breast, 0.9);
    case 'bib':
      return patch(18, 20, 13, 11, mark, 0.85);
    case 'plain':
      return '';
  }
}

function crest({ random }: Sketch, { crest, plumage }: Bird): string {
  if (crest === 'none') return '';
  const feather: Knot[] = [
    [0, 3],
    [10, -5],
    [34, -4],
    [46, 0, 'corner'],
    [30, 5],
    [10, 6],
  ];
  const count = crest === 'pointed' ? 3 : 6;
  let feathers = '';
  for (let i = 0; i < count; i++) {
    const [x, degrees] = crest === 'pointed' ? [-12 + i * 5, -150 + i * 9] : [-16 + i * 6, -165 + i * 19];
    const tint = chance(random, 0.5) ? plumage.head : darker(plumage.head, 0.2);
    const outline = placed(feather, {
      x,
      y: -26 - (i > 0 ? 2 : 0),
      scaleX: random.between(0.75, 1),
      degrees,
    });
    feathers += `<path d="${closedCurve(outline)}" fill="${tint}" stroke="${darker(plumage.head, 0.55)}" stroke-width=".8"/>`;
  }
  return feathers;
}
