import { Random } from '../../src/runtime/random.js';
import { poseBird } from './birds.js';
import { randomCat } from './cat.js';
import { compose } from './composition.js';
import { randomDog } from './dog.js';
import type { Figure } from './figure.js';
import { haunts } from './haunts.js';
import { photographed } from './light.js';
import { poseMammal } from './poses.js';
import { randomRabbit } from './rabbit.js';
import { type Sketch, svg } from './svg.js';
import { frame } from './texture.js';

export const animals = ['bird', 'cat', 'dog', 'rabbit'] as const;
export type Animal = (typeof animals)[number];

/** A drawn picture and how it is to be rasterised. */
export interface Scene {
  /** The drawing with a border of `bleed` pixels, to be cut off: filters fade at the edge of what is drawn. */
  readonly svg: string;
  readonly bleed: number;
  /** Of the picture, in pixels. */
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
  const picture = photographed(sketch, compose(sketch, figure, haunts[animal]));
  const [width, height] = [216 + sketch.random.below(73), 216 + sketch.random.below(73)];
  const { size, bleed } = frame;
  const whole = size + 2 * bleed;
  const head = svg`<svg xmlns="http://www.w3.org/2000/svg" width="${width + 2 * bleed}" height="${height + 2 * bleed}" viewBox="${-bleed} ${-bleed} ${whole} ${whole}" preserveAspectRatio="xMidYMid slice">`;
  return {
    svg: `${head}<defs>${sketch.definitions.join('')}</defs>${picture}</svg>`,
    bleed,
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
