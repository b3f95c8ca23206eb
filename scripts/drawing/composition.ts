import { backdrops, sky } from './backdrop.js';
import { clutter } from './clutter.js';
import type { Figure } from './figure.js';
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
  const { rests } = figure;
  const { x, y, scale, mirror } = place(sketch, figure);
  const aloft = (rests === 'air' || rests === 'perch') && chance(random, haunt.sky);
  const indoors = !aloft && chance(random, haunt.indoors);
  // The animal stands on the ground, not before the wall.
  const horizon = Math.min(random.between(100, 190), rests === 'ground' ? y - 12 : 200);
  const support = rests === 'perch' ? perch(sketch, x, y, Math.max(scale, 0.6)) : '';
  const animal = svg`<g transform="translate(${x} ${y}) scale(${scale * mirror} ${scale})">${figure.markup}</g>`;
  return (
    svg`<g transform="rotate(${random.normal() * 2.5} 128 128)">` +
    outOfFocus(
      sketch,
      aloft ? sky(sketch, frame.size + frame.margin) : setting(sketch, horizon, indoors, haunt),
    ) +
    (aloft ? '' : things(sketch, horizon)) +
    support +
    shadow(figure, x, y, scale) +
    `${animal}${chance(random, 0.2) ? foreground(sketch, indoors) : ''}</g>`
  );
}

function setting(sketch: Sketch, horizon: number, indoors: boolean, haunt: Haunt): string {
  const { random } = sketch;
  const [wall, ground] = indoors
    ? [room, floors[pick(random, ['planks', 'planks', 'tiles', 'carpet', 'carpet'] as const)]]
    : [backdrops[pickWeighted(random, haunt.backdrops)], grounds[pickWeighted(random, haunt.grounds)]];
  return wall(sketch, horizon) + ground(sketch, horizon);
}

function outOfFocus(sketch: Sketch, picture: string): string {
  const blur = sketch.random.between(0.8, 3.8);
  const filter = define(
    sketch,
    (id) =>
      svg`<filter id="${id}" filterUnits="userSpaceOnUse" x="-48" y="-48" width="352" height="352"><feGaussianBlur stdDeviation="${blur}"/></filter>`,
  );
  return `<g filter="${filter}">${picture}</g>`;
}

/** Up to two things on the ground, smaller towards the horizon. */
function things(sketch: Sketch, horizon: number): string {
  const { random } = sketch;
  return Array.from({ length: random.below(3) }, () => random.between(0.15, 1))
    .sort((a, b) => a - b)
    .map((near) =>
      clutter(
        sketch,
        random.between(0, 256),
        horizon + (256 - horizon) * near,
        (14 + 30 * near) * random.between(0.8, 1.2),
      ),
    )
    .join('');
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
  const ellipse = (rx: number, ry: number, opacity: number, filter: string) =>
    svg`<ellipse cx="${x + rx * 0.08}" cy="${y}" rx="${rx}" ry="${ry}" fill="#140c10" opacity="${opacity}" filter="url(#${filter})"/>`;
  return (
    ellipse(width * 0.5, width * 0.075, 0.42, 'soft') + ellipse(width * 0.4, width * 0.035, 0.35, 'faint')
  );
}
