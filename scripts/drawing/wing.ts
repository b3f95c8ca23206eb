import { darker, lighter } from './colour.js';
import { shading } from './fur.js';
import { closedCurve, define, type Knot, placed, type Sketch, svg } from './svg.js';

const folded: Knot[] = [
  [30, -18],
  [36, 0],
  [20, 20],
  [-18, 24],
  [-60, 16],
  [-100, 8, 'corner'],
  [-64, -8],
  [-14, -26],
];

/** A folded wing, shoulder at (30, 0), tip at (-100, 8): small feathers in rows, then the long ones. */
export function foldedWing(sketch: Sketch, colour: string, bar: string): string {
  const shape = closedCurve(folded);
  const clip = define(sketch, (id) => `<clipPath id="${id}"><path d="${shape}"/></clipPath>`);
  let scales = '';
  for (let row = 0; row < 5; row++) {
    for (let i = -1; i < 6; i++) {
      scales += svg`M${28 - row * 10 - (i % 2) * 3} ${-26 + i * 9 + (row % 2) * 4.5}q-12 4 0 9`;
    }
  }
  let quills = '';
  for (let i = 0; i < 8; i++)
    quills += svg`M${-8 - i * 4} ${24 - i * 5}Q${-50 - i * 3} ${20 - i * 3} ${-104 + i * 2} ${12 - i * 1.8}`;
  return (
    `<path d="${shape}" fill="${colour}"/><g clip-path="${clip}">` +
    `<path d="M-16 -30q-14 26 -4 58" fill="none" stroke="${bar}" stroke-width="6" opacity=".8"/>` +
    `<path d="${scales}" fill="${lighter(colour, 0.18)}" stroke="${darker(colour, 0.55)}" stroke-width="1.1" opacity=".75"/>` +
    `<path d="${quills}" fill="none" stroke="${darker(colour, 0.65)}" stroke-width="1.5" opacity=".8"/>` +
    `<path d="${quills}" fill="none" stroke="${lighter(colour, 0.5)}" stroke-width=".8" opacity=".6" transform="translate(0 -1.8)"/>` +
    `${shading(folded)}</g>`
  );
}

/** An open wing seen from below or behind; shoulder at (0, 0), spread up and to the left. */
export function spreadWing(colour: string, bar: string): string {
  const feather: Knot[] = [
    [0, -4],
    [40, -8],
    [84, -6],
    [96, 0],
    [84, 6],
    [40, 7],
    [0, 4],
  ];
  let feathers = '';
  for (let i = 0; i < 12; i++) {
    const t = i / 11;
    const [x, y] = [-10 - 44 * Math.sin(t * 1.6), -78 * t];
    const outline = placed(feather, {
      x,
      y,
      scaleX: 0.72 + 0.42 * t,
      scaleY: 1.15,
      degrees: -195 + 98 * t ** 1.3,
    });
    const tint = i % 2 === 0 ? colour : darker(colour, 0.16);
    feathers += `<path d="${closedCurve(outline)}" fill="${tint}" stroke="${darker(colour, 0.55)}" stroke-width="1"/>`;
  }
  const arm: Knot[] = [
    [14, 8],
    [16, -22],
    [-6, -70],
    [-38, -104],
    [-60, -92],
    [-62, -58],
    [-42, -16],
    [-14, 12],
  ];
  let scales = '';
  for (let i = 0; i < 26; i++) {
    const t = (i % 9) / 8;
    const across = Math.floor(i / 9) * 12;
    scales += svg`M${2 - 40 * t - across} ${2 - 84 * t + across * 0.5}q-11 1 -8 10`;
  }
  return (
    `${feathers}<path d="${closedCurve(arm)}" fill="${lighter(colour, 0.12)}" stroke="${darker(colour, 0.5)}" stroke-width="1"/>` +
    `<path d="${scales}" fill="none" stroke="${darker(colour, 0.6)}" stroke-width="1.3" opacity=".7"/>` +
    `<path d="M-52 -86q-8 40 26 88" fill="none" stroke="${bar}" stroke-width="4" opacity=".7"/>`
  );
}

/** Tail feathers fanned about the axis that runs left from (0, 0). */
export function tailFan(length: number, width: number, colour: string): string {
  let feathers = '';
  for (let i = 0; i < 5; i++) {
    const angle = (i - 2) * width;
    const outline = placed(
      [
        [0, -6],
        [-length * 0.6, -8],
        [-length, -6],
        [-length - 3, 3],
        [-length * 0.6, 7],
        [0, 6],
      ],
      { degrees: angle },
    );
    feathers += `<path d="${closedCurve(outline)}" fill="${i % 2 ? darker(colour, 0.2) : colour}" stroke="${darker(colour, 0.6)}" stroke-width="1.1"/>`;
  }
  return feathers;
}
