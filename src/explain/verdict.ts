import type { Curves } from './curves.js';

/** Above this rank correlation with a network of random weights, a map shows the picture rather than the network. */
export const mostLikeUntrained = 0.5;

/** Above this rank correlation with a network whose last layer alone is random, a map is the same for whatever class. */
export const mostLikeAnyClass = 0.8;

/** A stage of the weights' randomisation as one picture's map came out. */
export interface StageCorrelation {
  readonly layers: number;
  readonly downTo: string;
  readonly correlation: number;
}

/** What the checks say of one map. */
export interface Verdict {
  /** Random weights change the map: without any learned weights it would be another, and without the last layer's. */
  readonly dependsOnWeights: boolean;
  /** The places it names matter more to the answer than random ones … */
  readonly beatsRandom: boolean;
  /** … and than the middle of the picture. */
  readonly beatsCentre: boolean;
  readonly passes: boolean;
  /** Why it doesn't pass, in words; empty when it does. */
  readonly faults: readonly string[];
}

/** The verdict on one map; on one picture chance has much say, over many see `checkSummary`. */
export function verdictOn(stages: readonly StageCorrelation[], { deletion, insertion }: Curves): Verdict {
  const gain = (by: 'map' | 'random' | 'centre') => insertion[by] - deletion[by];
  const likeUntrained = Math.abs(stages.at(-1)!.correlation) >= mostLikeUntrained;
  const likeAnyClass = stages[0]!.correlation >= mostLikeAnyClass;
  const dependsOnWeights = !likeUntrained && !likeAnyClass;
  const beatsRandom = gain('map') > gain('random');
  const beatsCentre = gain('map') > gain('centre');
  const faults = [
    ...(likeUntrained ? ['alike without any learned weights'] : []),
    ...(likeAnyClass ? ['alike for whatever class'] : []),
    ...(beatsRandom ? [] : ['no better than random places']),
    ...(beatsCentre ? [] : ['no better than a centre blob']),
  ];
  return { dependsOnWeights, beatsRandom, beatsCentre, passes: faults.length === 0, faults };
}
