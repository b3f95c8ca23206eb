import { Random } from '../../src/runtime/random.js';
import { outdoorBackdrop, sky } from './backdrop.js';
import { poseBird } from './birds.js';
import { type Figure, poseMammal } from './bodies.js';
import { randomCat } from './cat.js';
import { clutter } from './clutter.js';
import { randomDog } from './dog.js';
import { foreground } from './foreground.js';
import { floor, outdoorGround } from './ground.js';
import { photographed } from './light.js';
import { perch } from './perch.js';
import { randomRabbit } from './rabbit.js';
import { room } from './room.js';
import { chance, type Sketch, svg } from './svg.js';
import { frame } from './texture.js';

export const animals = ['bird', 'cat', 'dog', 'rabbit'] as const;
export type Animal = (typeof animals)[number];

/** A drawn picture and how it is to be rasterised. */
export interface Scene {
  readonly svg: string;
  /** In pixels. */
  readonly width: number;
  readonly height: number;
  /** JPEG quality. */
  readonly quality: number;
}

/** One picture of an animal: the same seed gives the same text. */
export function drawScene(animal: Animal, seed: number): Scene {
  const random = new Random(seed);
  const sketch: Sketch = {
    random: random.fork('scene'),
    definitions: [blurred('soft', 5), blurred('faint', 1.6)],
  };
  const figure = drawAnimal({ random: random.fork('animal'), definitions: sketch.definitions }, animal);
  const picture = photographed(sketch, compose(sketch, figure));
  const [width, height] = [216 + sketch.random.below(73), 216 + sketch.random.below(73)];
  const head = svg`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${frame.size} ${frame.size}" preserveAspectRatio="xMidYMid slice">`;
  return {
    svg: `${head}<defs>${sketch.definitions.join('')}</defs>${picture}</svg>`,
    width,
    height,
    quality: 66 + sketch.random.below(20),
  };
}

function blurred(id: string, deviation: number): string {
  return svg`<filter id="${id}" x="-40%" y="-40%" width="180%" height="180%"><feGaussianBlur stdDeviation="${deviation}"/></filter>`;
}

function drawAnimal(sketch: Sketch, animal: Animal): Figure {
  switch (animal) {
    case 'bird':
      return poseBird(sketch);
    case 'cat':
      return poseMammal(sketch, randomCat(sketch.random));
    case 'dog':
      return poseMammal(sketch, randomDog(sketch.random));
    case 'rabbit':
      return poseMammal(sketch, randomRabbit(sketch.random));
  }
}

/** Setting, things, animal and foreground, from back to front, turned a little as by an unsteady hand. */
function compose(sketch: Sketch, figure: Figure): string {
  const { random } = sketch;
  const horizon = random.between(90, 190);
  const { x, y, scale } = place(sketch, figure, horizon);
  const mirror = chance(random, 0.5) ? -1 : 1;
  const things = Array.from({ length: random.below(4) }, () =>
    clutter(sketch, random.between(0, 256), random.between(horizon + 8, 250), random.between(16, 46)),
  );
  const inFront = chance(random, 0.2)
    ? clutter(sketch, random.between(0, 256), random.between(245, 275), random.between(40, 75))
    : '';
  const support = figure.rests === 'perch' ? perch(sketch, x, y, Math.max(scale, 0.6)) : '';
  const animal = svg`<g transform="translate(${x} ${y}) scale(${scale * mirror} ${scale})">${figure.markup}</g>`;
  const veil = chance(random, 0.3) ? foreground(sketch) : '';
  return (
    svg`<g transform="rotate(${random.normal() * 2.5} 128 128)">` +
    setting(sketch, horizon, figure) +
    things.join('') +
    support +
    shadow(figure, x, y, scale) +
    `${animal}${inFront}${veil}</g>`
  );
}

/** Indoors or outdoors; what is far away is out of focus, more or less. */
function setting(sketch: Sketch, horizon: number, figure: Figure): string {
  const { random } = sketch;
  const high = figure.rests === 'air' && chance(random, 0.4);
  const indoors = !high && chance(random, 0.42);
  const far = high ? sky(sketch, 320) : indoors ? room(sketch, horizon) : outdoorBackdrop(sketch, horizon);
  const near = high ? '' : indoors ? floor(sketch, horizon) : outdoorGround(sketch, horizon);
  const blur = random.between(0.2, 3.4);
  const outOfFocus = `depth${sketch.definitions.length}`;
  sketch.definitions.push(
    svg`<filter id="${outOfFocus}" filterUnits="userSpaceOnUse" x="-48" y="-48" width="352" height="352"><feGaussianBlur stdDeviation="${blur}"/></filter>`,
  );
  return `<g filter="url(#${outOfFocus})">${far}${near}</g>`;
}

/** Where the animal's feet go and how large it is: small and far off to large and cut by the frame. */
function place({ random }: Sketch, { box, focus, rests }: Figure, horizon: number) {
  const extent = Math.max(box.right - box.left, box.bottom - box.top);
  const share = rests === 'frame' ? random.between(0.65, 1.1) : random.between(0.34, 0.98);
  const scale = (frame.size * share) / extent;
  const [top, low] = [focus.y - focus.radius * 1.1, focus.radius * scale];
  const y =
    rests === 'frame'
      ? frame.size - box.bottom * scale - random.between(0, 8)
      : rests === 'ground'
        ? random.between(Math.max(horizon + 14, 150), 262)
        : random.between(120, 235);
  return {
    scale,
    x: random.between(low * 0.9, frame.size - low * 0.9) * 0.55 + 128 * 0.45,
    // A tall animal far up the picture moves down until its head is in the frame.
    y: Math.max(y, -top * scale - 4),
  };
}

function shadow({ box, rests }: Figure, x: number, y: number, scale: number): string {
  if (rests !== 'ground') return '';
  const width = (box.right - box.left) * scale;
  return svg`<ellipse cx="${x + width * 0.04}" cy="${y - 1}" rx="${width * 0.46}" ry="${width * 0.07}" fill="#140c10" opacity=".5" filter="url(#faint)"/><ellipse cx="${x + width * 0.1}" cy="${y + 2}" rx="${width * 0.55}" ry="${width * 0.1}" fill="#140c10" opacity=".3" filter="url(#soft)"/>`;
}
