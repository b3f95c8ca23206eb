import type { Bird } from './bird-head.js';
import { legs } from './birds.js';
import { darker, lighter, mix } from './colour.js';
import { eye } from './face.js';
import type { Figure } from './figure.js';
import { away, furred, towards } from './fur.js';
import { down } from './plumage.js';
import { chance, closedCurve, type Knot, mirrored, pick, placed, type Sketch, svg } from './svg.js';
import { tailFan } from './wing.js';

/** An owl facing the viewer. */
export function owl(sketch: Sketch, { plumage, plump }: Bird): Figure {
  const { random } = sketch;
  const colour = plumage.back;
  const body = placed(
    mirrored([
      [0, -150],
      [34, -142],
      [50, -104],
      [52, -58],
      [38, -20],
      [16, -6],
      [0, -4],
    ]),
    { scaleX: plump },
  );
  const skull = mirrored([
    [0, -44],
    [30, -42],
    [50, -22],
    [52, 6],
    [36, 32],
    [0, 40],
  ]);
  const disc = mirrored([
    [0, -18],
    [14, -30],
    [36, -28],
    [45, -4],
    [36, 22],
    [14, 30],
    [0, 26],
  ]);
  const wing: Knot[] = [
    [38, -124],
    [56, -98],
    [60, -46],
    [46, -6, 'corner'],
    [38, -44],
    [34, -90],
  ];
  const tuft: Knot[] = [
    [10, -36],
    [28, -52],
    [46, -66, 'corner'],
    [48, -40],
    [40, -24],
  ];
  const side = (to: 1 | -1) =>
    furred(sketch, placed(wing, { scaleX: to * plump }), down(plumage.wing), 'body', towards(90));
  const eyes = {
    iris: pick(random, ['#e0a028', '#d97f22', '#c9b53c', '#4a2c18']),
    pupil: 'wide',
    open: 1,
    almond: 1,
  } as const;
  const face = mix(lighter(colour, 0.55), plumage.breast, 0.3);
  const tufts = chance(random, 0.6)
    ? [1, -1]
        .map((to) =>
          furred(
            sketch,
            placed(tuft, { scaleX: to }),
            down(darker(colour, 0.15)),
            'ear',
            towards(-90 + to * 30),
          ),
        )
        .join('')
    : '';
  const head =
    tufts +
    furred(sketch, skull, down(colour), 'head', away(0, 0)) +
    furred(sketch, disc, { ...down(face), fluff: 0.25 }, 'head', away(0, 0)) +
    `<path d="${closedCurve(disc)}" fill="none" stroke="${darker(colour, 0.5)}" stroke-width="3" opacity=".7"/>` +
    eye(sketch, -20, -3, 14.5, eyes, 0) +
    eye(sketch, 20, -3, 14.5, eyes, 0) +
    `<path d="M-6 2Q0 -6 6 2Q5 16 0 22Q-5 16 -6 2Z" fill="${plumage.beak}" stroke="${darker(plumage.beak, 0.6)}" stroke-width="1.2"/>`;
  return {
    markup:
      svg`<g transform="translate(0 -16) rotate(-90)">${tailFan(44, 5, darker(plumage.wing, 0.25))}</g>` +
      legs(-14, 16, plumage.legs) +
      furred(sketch, body, down(plumage.breast), 'body', towards(90)) +
      barring(sketch, plumage.mark, plump) +
      side(-1) +
      side(1) +
      svg`<g transform="translate(0 -146) rotate(${random.normal() * 7})">${head}</g>`,
    box: { left: -66 * plump, right: 66 * plump, top: -208, bottom: 34 },
    focus: { x: 0, y: -146, radius: 50 },
    rests: 'perch',
  };
}

function barring({ random }: Sketch, colour: string, plump: number): string {
  let path = '';
  for (let y = -104; y < -16; y += 10) {
    for (let x = -34; x <= 30; x += 11)
      path += svg`M${(x + random.between(-3, 3)) * plump} ${y + random.between(-3, 3)}q3.5 6 7 0`;
  }
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2.2" opacity=".7"/>`;
}
