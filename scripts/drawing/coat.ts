import type { Random } from '../../src/runtime/random.js';
import { mix } from './colour.js';
import { chance, pick, pickWeighted } from './svg.js';

export type Pattern = 'plain' | 'tabby' | 'bicolour' | 'patches' | 'spots' | 'points' | 'saddle';

/** What an animal wears: its colours, how they are laid out, and how long the hair is. */
export interface Coat {
  readonly base: string;
  /** Belly, muzzle and chest. */
  readonly light: string;
  /** Stripes, patches, points. */
  readonly dark: string;
  readonly pattern: Pattern;
  /** 0: short and smooth; 1: long and shaggy. */
  readonly fluff: number;
  /** Nose, inner ear. */
  readonly skin: string;
}

/** Part of the body, as far as its colour is concerned. */
export type Part = 'body' | 'head' | 'ear' | 'limb' | 'tail';

/** Fur colours that cats, dogs, rabbits and, for their feathers, many birds share. */
export const naturalColours = {
  black: { base: '#302d2e', dark: '#121112', light: '#d9d2c8' },
  charcoal: { base: '#5b5855', dark: '#2d2b2b', light: '#d8d3cc' },
  slate: { base: '#7b8290', dark: '#454c5a', light: '#c9ccd3' },
  silver: { base: '#aaa8a4', dark: '#55524f', light: '#eeebe6' },
  white: { base: '#e9e2d6', dark: '#8c7963', light: '#f8f4ec' },
  cream: { base: '#dcc49c', dark: '#a3784a', light: '#f5ead4' },
  golden: { base: '#c8924c', dark: '#8a5624', light: '#f0dcb8' },
  ginger: { base: '#cb7a38', dark: '#8f461a', light: '#f3dcc0' },
  chestnut: { base: '#8d4b2a', dark: '#4d2614', light: '#e3c4a2' },
  chocolate: { base: '#5c3d2c', dark: '#2f1d15', light: '#cdb294' },
  agouti: { base: '#84694f', dark: '#3c2e25', light: '#d9c8ae' },
  fawn: { base: '#b59169', dark: '#5e442f', light: '#ecdcc2' },
} as const;

export type NaturalColour = keyof typeof naturalColours;

export function randomColours(random: Random) {
  return pick(random, Object.values(naturalColours));
}

/** A coat in one of the given patterns, in a `favourite` colour of the kind three times out of four. */
export function randomCoat(
  random: Random,
  patterns: readonly (readonly [weight: number, pattern: Pattern])[],
  favourites: readonly NaturalColour[],
): Coat {
  const pattern = pickWeighted(random, patterns);
  const chosen = chance(random, 0.75) ? naturalColours[pick(random, favourites)] : randomColours(random);
  const other = randomColours(random);
  const skin = pick(random, ['#d99a94', '#c98580', '#b0746a', '#5b4540']);
  const colours = { ...chosen, skin, pattern, fluff: random.next() ** 1.5 };
  // Spotted and pointed coats are dark marks on a pale ground, whatever the colour drawn.
  if (pattern === 'spots') return { ...colours, base: mix(chosen.light, '#f6f2ea', 0.6), dark: chosen.dark };
  if (pattern === 'points') return { ...colours, base: mix(chosen.light, chosen.base, 0.2) };
  if (pattern === 'patches') return { ...colours, base: mix(chosen.light, '#f6f2ea', 0.4), dark: other.base };
  return colours;
}

/** The ground colour of one part of the body. */
export function colourOf(coat: Coat, part: Part): string {
  if (coat.pattern === 'points' && part !== 'body' && part !== 'head') return coat.dark;
  if (coat.pattern === 'bicolour' && part === 'limb') return coat.light;
  if (coat.pattern === 'patches' && part === 'ear') return coat.dark;
  if (coat.pattern === 'spots' && part === 'ear') return coat.dark;
  return coat.base;
}
