import { type MeanWithInterval, meanWithInterval } from '../evaluation/bootstrap.js';
import type { Curves } from './curves.js';
import { mostLikeAnyClass, mostLikeUntrained, type StageCorrelation, type Verdict } from './verdict.js';

/** What a picture's map came to. */
export interface Checked {
  readonly stages: readonly StageCorrelation[];
  readonly curves: Curves;
  readonly verdict: Verdict;
}

/** By how much a map is better than two orders that know nothing of the network; above 0 is better. */
export interface Margins {
  readonly random: MeanWithInterval;
  readonly centre: MeanWithInterval;
}

/** The checks over many pictures, paired picture by picture. */
export interface CheckSummary {
  readonly pictures: number;
  readonly passing: number;
  readonly stages: readonly (Omit<StageCorrelation, 'correlation'> & {
    readonly correlation: MeanWithInterval;
  })[];
  readonly deletion: Margins;
  readonly insertion: Margins;
  /** The interval of the correlation lies within ±0.5 with all weights random, and below 0.8 with the last layer's. */
  readonly dependsOnWeights: boolean | 'too few pictures';
}

export function checkSummary(checked: readonly Checked[]): CheckSummary {
  const margins = (kind: keyof Curves): Margins => {
    const sign = kind === 'insertion' ? 1 : -1;
    const against = (other: 'random' | 'centre') =>
      meanWithInterval(checked.map(({ curves }) => sign * (curves[kind].map - curves[kind][other])));
    return { random: against('random'), centre: against('centre') };
  };
  const stages = checked[0]!.stages.map(({ layers, downTo }, s) => ({
    layers,
    downTo,
    correlation: meanWithInterval(checked.map((one) => one.stages[s]!.correlation)),
  }));
  const [top, all] = [stages[0]!, stages.at(-1)!].map(({ correlation }) => correlation.ci95);
  return {
    pictures: checked.length,
    passing: checked.filter(({ verdict }) => verdict.passes).length,
    stages,
    deletion: margins('deletion'),
    insertion: margins('insertion'),
    dependsOnWeights:
      top && all
        ? Math.max(...all.map(Math.abs)) < mostLikeUntrained && top[1] < mostLikeAnyClass
        : 'too few pictures',
  };
}
