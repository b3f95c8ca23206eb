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

/** Pictures that go through the network at once. */
const batchSize = 16;

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
  const [whole, none] = probabilities(explainer, join([pixels, blur]), question) as [number, number];
  const along = (grid: Grid) => {
    const order = orderOf(grid, decode);
    const curve = (from: Uint8Array, to: Uint8Array) =>
      probabilities(explainer, stepsBetween(from, to, order, steps, decode), question);
    return {
      deletion: areaUnder([whole, ...curve(pixels, blur), none]),
      insertion: areaUnder([none, ...curve(blur, pixels), whole]),
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

function probabilities(explainer: Explainer, pixels: Uint8Array, question: Question): number[] {
  const { height, width, channels } = explainer.decode;
  const size = height * width * channels;
  const found: number[] = [];
  for (let start = 0; start < pixels.length; start += batchSize * size) {
    const batch = pixels.subarray(start, start + batchSize * size);
    const { logits } = explainer.answers(batch, batch.length / size);
    for (const row of logits) found.push(probabilityOf(row, question));
  }
  return found;
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}
