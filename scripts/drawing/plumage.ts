import type { Random } from '../../src/runtime/random.js';
import { type Coat, randomColours } from './coat.js';
import { darker, hsl, lighter, mix } from './colour.js';
import { chance, pick } from './svg.js';

/** The colours of a bird. */
export interface Plumage {
  readonly back: string;
  readonly wing: string;
  readonly breast: string;
  readonly head: string;
  /** Cap, eye stripe, bars of the wing. */
  readonly mark: string;
  readonly beak: string;
  readonly legs: string;
}

/** Often the browns and greys of the mammals, so that colour alone tells little; sometimes bright. */
export function randomPlumage(random: Random): Plumage {
  const natural = randomColours(random);
  const other = randomColours(random);
  const hue = pick(random, [8, 25, 45, 95, 140, 195, 210, 225, 340]);
  const bright = hsl(hue + random.between(-8, 8), random.between(0.4, 0.62), random.between(0.36, 0.54));
  const back = chance(random, 0.4) ? natural.base : bright;
  const breast = pick(random, [natural.light, other.light, lighter(back, 0.45), back, '#cf7440', bright]);
  return {
    back,
    breast,
    wing: pick(random, [darker(back, 0.3), natural.dark, back, mix(back, other.dark, 0.5)]),
    head: pick(random, [back, back, darker(back, 0.35), breast, lighter(back, 0.3)]),
    mark: pick(random, [natural.dark, darker(back, 0.6), natural.light]),
    beak: pick(random, ['#e0a13a', '#d07a35', '#4b4542', '#2d2a2a', '#c9b79a', '#8b7d70']),
    legs: pick(random, ['#c98a4a', '#8a6a5a', '#4d4644', '#d9a0a0']),
  };
}

/** Small feathers look like short fur: a plain coat of one colour. */
export function down(colour: string): Coat {
  return {
    base: colour,
    light: lighter(colour, 0.3),
    dark: darker(colour, 0.4),
    pattern: 'plain',
    fluff: 0.12,
    skin: '#c98580',
  };
}
