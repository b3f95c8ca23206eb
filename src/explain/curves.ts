import { bytesOf } from '../runtime/bytes-of.js';
import { mean } from './mean.js';
import type { Random } from '../runtime/random.js';
import type { Explainer } from './explainer.js';
import { areaUnder, blurred, centreGrid, orderOf, randomGrid, stepsBetween } from './perturb.js';
import { probabilityOf, type Question } from './question.js';
import type { Grid } from './resize-map.js';

/** The area under a curve of the probability, by what ordered the places. */
export interface Areas {
  readonly map: number;
  readonly random: number;
  readonly centre: number;
}

/** How the probability goes with the places that a map names first. */
export interface Curves {
  /** While the places are blurred: the lower, the better the map. */
  readonly deletion: Areas;
  /** While they are given back to a blurred picture: the higher, the better. */
  readonly insertion: Areas;
}

/** In so many equal steps a curve goes from the whole picture to none of it. */
const usualSteps = 10;

/**
 * Deletion and insertion (Petsiuk et al. 2018, section 3.2), with the map's order, with random ones (the mean of
 * `repeats`) and with a blob in the middle.
 */
export async function curvesOf(
  explainer: Explainer,
  pixels: Uint8Array,
  question: Question,
  map: Grid,
  { random, repeats, steps = usualSteps }: { random: Random; repeats: number; steps?: number },
): Promise<Curves> {
  const { decode } = explainer;
  const blur = await blurred(pixels, decode);
  const whole = probabilityOf(explainer.answers(pixels, 1).logits[0]!, question);
  const asked = (name: string, grid: ArrayLike<number>, count: number, perturbed: () => Uint8Array) => {
    const madeOf = [Buffer.from(name), pixels, bytesOf(Float64Array.from(grid))];
    return explainer.logits(madeOf, count, perturbed).map((row) => probabilityOf(row, question));
  };
  const [none] = asked('blurred', [], 1, () => blur) as [number];
  const along = (grid: Grid) => {
    const within = steps - 1;
    const curves = asked(`in ${steps} steps`, grid.values, 2 * within, () => {
      const order = orderOf(grid, decode);
      const deleted = stepsBetween(pixels, blur, order, steps, decode);
      return join([deleted, stepsBetween(blur, pixels, order, steps, decode)]);
    });
    return {
      deletion: areaUnder([whole, ...curves.slice(0, within), none]),
      insertion: areaUnder([none, ...curves.slice(within), whole]),
    };
  };
  const [own, centre] = [along(map), along(centreGrid(map))];
  const chance = Array.from({ length: repeats }, () => along(randomGrid(map, random)));
  const areas = (kind: 'deletion' | 'insertion'): Areas => ({
    map: own[kind],
    random: mean(chance.map((one) => one[kind])),
    centre: centre[kind],
  });
  return { deletion: areas('deletion'), insertion: areas('insertion') };
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}
