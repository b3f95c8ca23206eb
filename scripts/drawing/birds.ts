import { type Bird, birdEye, birdHead, randomBird } from './bird-head.js';
import { darker, lighter, mix } from './colour.js';
import { patch } from './face.js';
import type { Figure } from './figure.js';
import { away, furred, towards } from './fur.js';
import { owl } from './owl.js';
import { down } from './plumage.js';
import { chance, type Knot, mirrored, pickWeighted, placed, type Sketch, svg } from './svg.js';
import { foldedWing, spreadWing, tailFan } from './wing.js';

/** A bird in one of its poses. */
export function poseBird(sketch: Sketch): Figure {
  const pose = pickWeighted(sketch.random, [
    [0.4, perchedSide],
    [0.16, perchedFront],
    [0.16, flying],
    [0.14, portrait],
    [0.14, owl],
  ]);
  return pose(sketch, randomBird(sketch.random));
}

/** Two legs down to (x, 0), each with its toes. */
export function legs(y: number, spread: number, colour: string, x = 0): string {
  const leg = (at: number) =>
    svg`M${x + at * 0.7} ${y}L${x + at} -3M${x + at} -3l13 3M${x + at} -3l8 5M${x + at} -3l-9 4`;
  return (
    `<path d="${leg(-spread)}${leg(spread)}" fill="none" stroke="${darker(colour, 0.5)}" stroke-width="5" stroke-linecap="round"/>` +
    `<path d="${leg(-spread)}${leg(spread)}" fill="none" stroke="${colour}" stroke-width="3.2" stroke-linecap="round"/>`
  );
}

const trunk: Knot[] = [
  [50, -18],
  [58, 4],
  [46, 28],
  [10, 38],
  [-30, 28],
  [-64, 8],
  [-72, -4],
  [-42, -24],
  [2, -35],
  [34, -32],
];

/** Trunk, tail and wing along the x axis, head end to the right, without head and legs. */
function side(sketch: Sketch, { plumage, plump, tail }: Bird, wing: string): string {
  const outline = placed(trunk, { scaleX: 1, scaleY: plump });
  const underside =
    patch(26, 16 * plump, 28, 17 * plump, plumage.breast, 0.95) +
    patch(-8, 24 * plump, 34, 9, mix(plumage.breast, '#f4efe4', 0.4), 0.8);
  return (
    svg`<g transform="translate(-58 0)">${tailFan(70 * tail, 3, plumage.wing)}</g>` +
    furred(sketch, outline, down(plumage.back), 'body', towards(170), { marks: underside }) +
    wing
  );
}

/** The whole bird from the side, its trunk raised by `degrees`, its centre at height `y`. */
function whole(
  sketch: Sketch,
  bird: Bird,
  degrees: number,
  y: number,
  wing: string,
): { markup: string; head: Knot } {
  const [head] = placed([[50, -18]], { degrees: -degrees, y });
  const tilt = sketch.random.between(-14, 14);
  return {
    head: head!,
    markup:
      svg`<g transform="translate(0 ${y}) rotate(${-degrees})">${side(sketch, bird, wing)}</g>` +
      svg`<g transform="translate(${head![0]} ${head![1]}) rotate(${tilt}) scale(${bird.head})">${birdHead(sketch, bird)}</g>`,
  };
}

function perchedSide(sketch: Sketch, bird: Bird): Figure {
  const { plumage } = bird;
  const wing = svg`<g transform="translate(2 -4) scale(.92)">${foldedWing(sketch, plumage.wing, plumage.mark)}</g>`;
  const degrees = sketch.random.between(5, 58);
  const { markup, head } = whole(sketch, bird, degrees, -62, wing);
  return {
    markup: legs(-36, 8, plumage.legs, 2) + markup,
    box: { left: -118, right: 100, top: head[1] - 46, bottom: degrees > 40 ? 30 : 6 },
    focus: { x: head[0], y: head[1], radius: 36 },
    rests: chance(sketch.random, degrees > 35 ? 0.9 : 0.45) ? 'perch' : 'ground',
  };
}

function portrait(sketch: Sketch, bird: Bird): Figure {
  const wing = svg`<g transform="translate(2 -2) scale(.95)">${foldedWing(sketch, bird.plumage.wing, bird.plumage.mark)}</g>`;
  const { markup, head } = whole(sketch, bird, sketch.random.between(45, 75), -62, wing);
  return {
    markup,
    box: { left: head[0] - 75, right: head[0] + 65, top: head[1] - 45, bottom: head[1] + 75 },
    focus: { x: head[0], y: head[1], radius: 40 },
    rests: 'frame',
  };
}

function flying(sketch: Sketch, bird: Bird): Figure {
  const { random } = sketch;
  const { plumage } = bird;
  const beat = random.between(-30, 40);
  const far = svg`<g transform="translate(16 -18) rotate(${38 + beat * 0.4}) scale(.9)">${spreadWing(darker(plumage.wing, 0.3), plumage.mark)}</g>`;
  const near = svg`<g transform="translate(4 -14) rotate(${beat}) scale(1.08)">${spreadWing(plumage.wing, plumage.mark)}</g>`;
  const { markup, head } = whole(sketch, bird, random.between(-12, 30), -60, near);
  const degrees = random.between(-6, 6);
  return {
    markup: svg`<g transform="rotate(${degrees})"><g transform="translate(0 -60)">${far}</g>${markup}</g>`,
    box: { left: -130, right: 110, top: -190, bottom: 0 },
    focus: { x: head[0], y: head[1], radius: 38 },
    rests: 'air',
  };
}

/** Facing the viewer, round as a ball. */
function perchedFront(sketch: Sketch, bird: Bird): Figure {
  const { plumage, plump, head } = bird;
  const body = placed(
    mirrored([
      [0, -132],
      [24, -126],
      [44, -96],
      [50, -62],
      [38, -30],
      [16, -16],
      [0, -14],
    ]),
    { scaleX: plump },
  );
  const wing: Knot[] = [
    [40, -108],
    [54, -84],
    [58, -46],
    [48, -12, 'corner'],
    [42, -42],
    [36, -80],
  ];
  const skull = placed(
    mirrored([
      [0, -36],
      [20, -31],
      [33, -8],
      [32, 14],
      [18, 30],
      [0, 34],
    ]),
    { y: -136, scaleX: head },
  );
  const feathers = (sideways: 1 | -1) =>
    furred(sketch, placed(wing, { scaleX: sideways * plump }), down(plumage.wing), 'body', towards(90));
  const cap = bird.face === 'cap' ? patch(0, -160, 26 * head, 12, plumage.mark, 0.9) : '';
  const bib = bird.face === 'bib' ? patch(0, -108, 15, 12, plumage.mark, 0.85) : '';
  const beak =
    bird.beak === 'hooked'
      ? 'M-9 -140Q0 -148 9 -140Q8 -118 0 -112Q-8 -118 -9 -140Z'
      : 'M-10 -134Q0 -142 10 -134Q5 -122 0 -117Q-5 -122 -10 -134Z';
  return {
    markup:
      svg`<g transform="translate(0 -30) rotate(-90)">${tailFan(48 * bird.tail, 4, darker(plumage.wing, 0.25))}</g>` +
      legs(-24, 13, plumage.legs) +
      furred(sketch, body, down(plumage.breast), 'body', towards(90)) +
      patch(0, -40, 26, 20, lighter(plumage.breast, 0.5), 0.5) +
      speckles(sketch, bird) +
      feathers(-1) +
      feathers(1) +
      furred(sketch, skull, down(plumage.head), 'head', away(0, -132), { marks: cap }) +
      bib +
      `<path d="${beak}" fill="${plumage.beak}" stroke="${darker(plumage.beak, 0.6)}" stroke-width="1.2"/>` +
      birdEye(-18 * head, -142, 6, bird.ring) +
      birdEye(18 * head, -142, 6, bird.ring),
    box: { left: -62 * plump, right: 62 * plump, top: -178, bottom: 22 },
    focus: { x: 0, y: -136, radius: 36 },
    rests: chance(sketch.random, 0.6) ? 'perch' : 'ground',
  };
}

function speckles({ random }: Sketch, { plumage, plump }: Bird): string {
  if (chance(random, 0.55)) return '';
  let path = '';
  for (let i = 0; i < 28; i++)
    path += svg`M${random.between(-30, 30) * plump} ${random.between(-100, -36)}l2 4l2 -4`;
  return `<path d="${path}" fill="none" stroke="${plumage.mark}" stroke-width="2" opacity=".75"/>`;
}
