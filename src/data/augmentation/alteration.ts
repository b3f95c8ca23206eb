import type { Random } from '../../runtime/random.js';
import { type Colour, type ColourComponents, randomLight } from '../colour.js';
import type { Augmentation } from './kinds.js';

/** A part of a picture, in shares of its sides. */
export interface Part {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** One way to alter a picture. */
export interface Alteration {
  /** Left to right. */
  readonly mirrored: boolean;
  /** What is shown of the picture. */
  readonly crop: Part;
  /** Degrees clockwise. */
  readonly turn: number;
  /** What values, their distances from the mean grey and from each pixel's grey are multiplied by. */
  readonly colour: { readonly brightness: number; readonly contrast: number; readonly saturation: number };
  /** What is added to red, green and blue, of 255. */
  readonly light: Colour;
  /** What of the outcome is covered by random values, drawn by `seed`. */
  readonly erased: (Part & { readonly seed: number }) | undefined;
}

/** How a picture is when nothing is done to it. */
export const unaltered: Alteration = {
  mirrored: false,
  crop: { left: 0, top: 0, width: 1, height: 1 },
  turn: 0,
  colour: { brightness: 1, contrast: 1, saturation: 1 },
  light: [0, 0, 0],
  erased: undefined,
};

const mostTurn = 15;
const colourRange = 0.3;

/** Of ImageNet's pixels, as training programs of the field have them since Torch's: λ of the paper, and directions. */
const imagenetColours: ColourComponents = {
  directions: [
    [0.5675, 0.5808, 0.5836],
    [0.7192, -0.0045, -0.6948],
    [0.4009, -0.814, 0.4203],
  ],
  variances: [0.2175, 0.0188, 0.0045],
};

/**
 * Draws one alteration. Each kind has its own stream of random numbers: to ask for one more changes nothing about the
 * others. Crops: Szegedy et al. 2014, section 6; light: Krizhevsky et al. 2012, section 4.1; erasing: Zhong et al. 2017,
 * algorithm 1, with 2 to 20 % of the area.
 */
export function drawAlteration({ alterations, leastArea }: Augmentation, random: Random): Alteration {
  const stream = random.fork(String(random.next()));
  const does = (name: (typeof alterations)[number]) => alterations.includes(name);
  return {
    mirrored: does('mirror') && stream.fork('mirror').next() < 0.5,
    crop: does('crop') ? randomPart([leastArea, 1], 4 / 3, stream.fork('crop')) : unaltered.crop,
    turn: does('turn') ? stream.fork('turn').between(-mostTurn, mostTurn) : 0,
    colour: does('colour') ? randomColour(stream.fork('colour')) : unaltered.colour,
    light: does('lighting') ? randomLight(imagenetColours, stream.fork('lighting')) : unaltered.light,
    erased: does('erase') ? randomErased(stream.fork('erase')) : undefined,
  };
}

/** @param most the longest side by the shortest, if the whole were a square. */
function randomPart(areas: readonly [number, number], most: number, random: Random): Part {
  const area = random.between(...areas);
  const aspect = Math.exp(random.between(-Math.log(most), Math.log(most)));
  const width = Math.min(1, Math.sqrt(area * aspect));
  const height = Math.min(1, Math.sqrt(area / aspect));
  return { left: random.between(0, 1 - width), top: random.between(0, 1 - height), width, height };
}

function randomColour(random: Random): Alteration['colour'] {
  const factor = () => 1 + random.between(-colourRange, colourRange);
  return { brightness: factor(), contrast: factor(), saturation: factor() };
}

function randomErased(random: Random): Alteration['erased'] {
  if (random.next() < 0.5) return undefined;
  return { ...randomPart([0.02, 0.2], 10 / 3, random), seed: random.below(2 ** 31) };
}
