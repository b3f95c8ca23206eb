import { backdrops, sky } from './backdrop.js';
import type { Figure } from './bodies.js';
import { clutter } from './clutter.js';
import { foreground } from './foreground.js';
import { floors, grounds } from './ground.js';
import type { Haunt } from './haunts.js';
import { perch } from './perch.js';
import { room } from './room.js';
import { chance, define, pick, pickWeighted, type Sketch, svg } from './svg.js';
import { frame } from './texture.js';

/** Setting, things, animal and foreground, from back to front, turned a little as by an unsteady hand. */
export function compose(sketch: Sketch, figure: Figure, haunt: Haunt): string {
  const { random } = sketch;
  const { x, y, scale, mirror } = place(sketch, figure);
  // The animal stands on the ground, not before the wall.
  const lowest = figure.rests === 'ground' ? y - 12 : 200;
  const horizon = Math.min(random.between(100, 190), lowest);
  const things = Array.from({ length: random.below(3) }, () =>
    clutter(sketch, random.between(0, 256), random.between(horizon + 8, 250), random.between(16, 40)),
  );
  const support = figure.rests === 'perch' ? perch(sketch, x, y, Math.max(scale, 0.6)) : '';
  const animal = svg`<g transform="translate(${x} ${y}) scale(${scale * mirror} ${scale})">${figure.markup}</g>`;
  const veil = chance(random, 0.2) ? foreground(sketch) : '';
  return (
    svg`<g transform="rotate(${random.normal() * 2.5} 128 128)">` +
    setting(sketch, horizon, figure, haunt) +
    things.join('') +
    support +
    shadow(figure, x, y, scale) +
    `${animal}${veil}</g>`
  );
}

/** Indoors or outdoors; what is far away is out of focus, more or less. */
function setting(sketch: Sketch, horizon: number, figure: Figure, haunt: Haunt): string {
  const { random } = sketch;
  const high = (figure.rests === 'air' || figure.rests === 'perch') && chance(random, haunt.sky);
  const [far, near] = high
    ? [sky(sketch, frame.size + frame.margin), '']
    : chance(random, haunt.indoors)
      ? [
          room(sketch, horizon),
          floors[pick(random, ['planks', 'planks', 'tiles', 'carpet', 'carpet'] as const)](sketch, horizon),
        ]
      : [
          backdrops[pickWeighted(random, haunt.backdrops)](sketch, horizon),
          grounds[pickWeighted(random, haunt.grounds)](sketch, horizon),
        ];
  const blur = random.between(0.8, 3.8);
  const outOfFocus = define(
    sketch,
    (id) =>
      svg`<filter id="${id}" filterUnits="userSpaceOnUse" x="-48" y="-48" width="352" height="352"><feGaussianBlur stdDeviation="${blur}"/></filter>`,
  );
  return `<g filter="${outOfFocus}">${far}${near}</g>`;
}

/** Where the animal's feet go, which way it looks and how large it is: from half the frame to cut by it. */
function place({ random }: Sketch, { box, focus, rests }: Figure) {
  const [width, height] = [box.right - box.left, box.bottom - box.top];
  const share = rests === 'frame' ? random.between(0.8, 1.1) : random.between(0.72, 1);
  const scale = (frame.size * share) / Math.max(width, height);
  const mirror = chance(random, 0.5) ? -1 : 1;
  const centreX = 128 + random.normal() * 16;
  const centreY = 132 + random.normal() * 10;
  // Mostly the whole head shows; it may lose its ears to the upper edge.
  const highest = -(focus.y - focus.radius * 0.9) * scale;
  const y =
    rests === 'frame'
      ? frame.size - box.bottom * scale + random.between(0, 10)
      : Math.max(centreY + (height / 2 - box.bottom) * scale, highest);
  const reach = focus.radius * scale * 0.8;
  const head = (centre: number) => centre + mirror * scale * (focus.x - (box.left + box.right) / 2);
  const inside = Math.min(Math.max(head(centreX), reach), frame.size - reach) - head(centreX);
  return { scale, mirror, y, x: centreX + inside - (mirror * scale * (box.left + box.right)) / 2 };
}

function shadow({ box, rests }: Figure, x: number, y: number, scale: number): string {
  if (rests !== 'ground') return '';
  const width = (box.right - box.left) * scale;
  return svg`<ellipse cx="${x + width * 0.04}" cy="${y - 1}" rx="${width * 0.46}" ry="${width * 0.07}" fill="#140c10" opacity=".5" filter="url(#faint)"/><ellipse cx="${x + width * 0.1}" cy="${y + 2}" rx="${width * 0.55}" ry="${width * 0.1}" fill="#140c10" opacity=".3" filter="url(#soft)"/>`;
}
