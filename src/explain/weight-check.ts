import { breathe } from '../runtime/breathe.js';
import { rankCorrelation } from '../evaluation/rank-correlation.js';
import type { Hooks } from '../runtime/progress.js';
import { Random } from '../runtime/random.js';
import type { PlaceMap } from './class-activation-map.js';
import type { Explainer } from './explainer.js';
import { mean } from './mean.js';
import type { Question } from './question.js';
import { learnedLayers, randomisedStages, untrainedWeights, withUntrained } from './randomise.js';

/** A picture whose map is to be checked. */
export interface Mapped {
  readonly pixels: Uint8Array;
  readonly question: Question;
  readonly map: Pick<PlaceMap, 'values'>;
}

/** A stage of cascading randomisation. */
export interface RandomisedStage {
  /** How many of the learned layers, from the top, have random weights. */
  readonly layers: number;
  /** The lowest of them. */
  readonly downTo: string;
  /** For each picture the rank correlation of the map with the trained network's; the mean of the repeats. */
  readonly correlations: readonly number[];
}

/** Pictures that go through the network at once. */
const batchSize = 8;

/**
 * Whether maps depend on what the network has learned (Adebayo et al. 2018, section 3.1): its weights become random from
 * the top downwards, and each stage's maps are compared with the true ones.
 */
export async function weightCheck(
  explainer: Explainer,
  mapped: readonly Mapped[],
  {
    repeats,
    seed,
    most,
    onProgress,
    signal,
  }: {
    readonly repeats: number;
    readonly seed: number;
    /** How many stages, 2 for the last layer alone and all of them; 6 unless told. */
    readonly most?: number;
  } & Hooks,
): Promise<RandomisedStage[]> {
  const { network, weights } = explainer;
  const learned = learnedLayers(network);
  const stages = randomisedStages(learned.length, most);
  const found = stages.map(() => mapped.map((): number[] => []));
  const total = repeats * stages.length * mapped.length;
  let done = 0;
  for (let repeat = 0; repeat < repeats; repeat++) {
    const untrained = untrainedWeights(network, new Random(seed).fork(`untrained ${repeat}`));
    for (const [s, count] of stages.entries()) {
      const changed = withUntrained(network, weights, untrained, count);
      for (let start = 0; start < mapped.length; start += batchSize) {
        await breathe(signal);
        const batch = mapped.slice(start, start + batchSize);
        const pixels = Uint8Array.from(Buffer.concat(batch.map((one) => one.pixels)));
        const maps = explainer.mapsWith(
          changed,
          pixels,
          batch.map(({ question }) => question),
          `seed ${seed}, draw ${repeat}, ${count} layers`,
        );
        for (const [i, { values }] of maps.entries()) {
          found[s]![start + i]!.push(rankCorrelation(batch[i]!.map.values, values));
        }
        done += batch.length;
        onProgress?.({ kind: 'work', stage: 'Checking the maps', done, total, unit: 'pictures' });
      }
    }
  }
  return stages.map((layers, s) => ({
    layers,
    downTo: learned[layers - 1]!,
    correlations: found[s]!.map(mean),
  }));
}
