/**
 * Accuracy in tests, of vitest or any other runner.
 *
 *     import { expectAccuracy } from 'finetune/testing';
 *
 *     test('still knows pets', async () => {
 *       await expectAccuracy('runs/pets', './pets', { atLeast: 0.95, against: 'baseline/predictions.csv' });
 *     });
 *
 * Importing this module costs next to nothing, as with `finetune` itself.
 */

import { AssertionError } from 'node:assert';
import { evaluateRun } from './index.js';
import type { EvaluateOptions, Evaluation } from './recipes/evaluate.js';
import { type Expectations, verdictsOf } from './report/verdicts.js';
import { UserError } from './runtime/errors.js';

export interface AccuracyExpectations extends Expectations, Omit<EvaluateOptions, 'data' | 'onPrediction'> {}

export type { Evaluation };

/**
 * Expects that a run is right on a share of the pictures of a folder (`atLeast`; `judge` says whether its figure is held
 * to that, or an end of the figure's 95 % interval), and that it is not worse than another one on the same pictures
 * (`against`), as a whole or in any class, by more than chance.
 *
 * @returns the figures.
 * @throws AssertionError when it is not so; its message has figure, interval, what was expected, and whether it is more
 *   than chance.
 * @throws UserError when nothing is expected, or it cannot be measured.
 */
export async function expectAccuracy(
  run: string,
  data: string,
  expected: AccuracyExpectations,
): Promise<Evaluation> {
  const { atLeast, judge, ...options } = expected;
  if (atLeast === undefined && options.against === undefined)
    throw new UserError(
      'Expected an accuracy to hold the run to but received none. Give atLeast or against.',
    );
  if (atLeast !== undefined && !(atLeast >= 0 && atLeast <= 1))
    throw new UserError(`Expected atLeast between 0 and 1 but received ${atLeast}. For 95 % write 0.95.`);
  const evaluation = await evaluateRun(run, { data, ...options });
  const bound = { ...(atLeast !== undefined && { atLeast }), ...(judge && { judge }) };
  const failed = verdictsOf(evaluation, bound).filter(({ passed }) => !passed);
  if (failed.length === 0) return evaluation;
  throw new AssertionError({
    message: [`${run} on ${data}:`, ...failed.map(({ message }) => `${message}.`)].join('\n  '),
    actual: evaluation.metrics.accuracy,
    expected: atLeast ?? evaluation.against?.all.accuracyBefore,
    operator: 'expectAccuracy',
    stackStartFn: expectAccuracy,
  });
}
