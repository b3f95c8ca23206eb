import type { Coat } from './coat.js';
import { furred, towards } from './fur.js';
import type { Mammal } from './mammal.js';
import { chance, placed, type Sketch, svg } from './svg.js';

/** The coat of thighs and neck, which the white of a two-coloured animal does not reach. */
export function withoutBib(coat: Coat): Coat {
  return coat.pattern === 'bicolour' ? { ...coat, pattern: 'plain' } : coat;
}

/** The head at (x, y), from the front or from the side, tilted a little. */
export function headAt(
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

export function shadowUnderChin(x: number, y: number, radius: number): string {
  return svg`<ellipse cx="${x}" cy="${y}" rx="${radius}" ry="${radius * 0.45}" fill="#140c10" opacity=".3" filter="url(#soft)"/>`;
}

/** A leg or foot: fur, then the lines between the toes. */
export function paw(
  sketch: Sketch,
  mammal: Mammal,
  x: number,
  y: number,
  width: number,
  height: number,
): string {
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
