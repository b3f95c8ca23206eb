import { compare } from '../evaluation/compare.js';
import { wilsonInterval } from '../evaluation/intervals.js';
import { measure } from '../evaluation/metrics.js';
import { usesGpu } from '../runtime/tensorflow.js';
import type { Trained } from '../training/trained.js';
import { precisionText } from '../features/frozen-extractor.js';
import { unfrozenTitle } from '../training/unfreeze.js';
import { frozenParameters, keptParameters } from '../zoo/base.js';
import { titleOf, usedBranches } from '../zoo/bases.js';
import type { Extracted } from './extract-run.js';
import type { Fitted } from './fit-run.js';
import type { Prepared } from './prepare-run.js';
import { usedParts } from './result.js';
import { withParts } from './save-run.js';
import { measureSureness } from './measure-sureness.js';
import type { NetworkResult, RunMetrics } from './record.js';

/** What the held-out pictures say of each network. */
export interface Measured {
  readonly metrics: RunMetrics;
  readonly networks: {
    readonly transferred: NetworkResult;
    /** With --unfreeze: the head on the wholly frozen base. */
    readonly frozen?: NetworkResult;
    readonly baseline?: NetworkResult;
  };
}

/** Measures the networks of a run on the held-out pictures, the same for all. */
export function measureRun(
  { options, folder, base, frozen, suffix, imagenet, plan }: Prepared,
  { features, split }: Extracted,
  { head, tuned, best, baseline: lenet, likeness, heldOutLikeness }: Fitted,
  started: number,
): Measured {
  const result = (title: string, trained: Trained, secondsBefore: number): NetworkResult => {
    const predictions = split.test.map(({ path, label }, i) => ({
      path,
      label,
      probabilities: trained.testProbabilities[i]!,
    }));
    return {
      title,
      trainableParameters: trained.trainableParameters,
      seconds: secondsBefore + trained.seconds,
      history: trained.measured.history,
      test: measure(predictions, folder.labels),
      predictions,
    };
  };
  const used = usedParts(head, plan);
  const title = titleOf(usedBranches(base, used));
  const how = options.fromScratch ? 'from scratch' : 'transferred';
  const withHead = result(`${title} ${how}`, head, features.seconds);
  const withTuning = tuned && result(unfrozenTitle(title, options.unfreeze!), tuned, features.seconds);
  const transferred = withTuning ?? withHead;
  const baseline = lenet && result('LeNet-5 from scratch', lenet, 0);
  const metrics: RunMetrics = {
    test: transferred.test,
    heldOut: split.heldOut,
    ...validationMetrics(best),
    ...(withTuning && {
      frozen: { test: withHead.test, comparison: compare(withTuning.predictions, withHead.predictions) },
    }),
    ...(baseline && {
      baseline: { model: 'lenet5', test: baseline.test, trainSeconds: lenet.seconds },
      comparison: compare(transferred.predictions, baseline.predictions),
    }),
    ...(imagenet && { imagenet }),
    ...(best.choice && { choice: best.choice }),
    sureness: measureSureness(best, transferred.predictions, likeness, heldOutLikeness),
    timing: {
      decodeMsPerImage: features.decodeMsPerImage,
      extractMsPerImage: features.extractMsPerImage,
      trainSeconds: best.seconds,
      totalSeconds: (performance.now() - started) / 1000,
    },
    precision: precisionText(features.settings),
    device: usesGpu() ? 'gpu' : 'cpu',
    parameters: {
      trainable: transferred.trainableParameters,
      frozen: suffix
        ? frozenParameters(frozen.network) + keptParameters(suffix)
        : frozenParameters(withParts(frozen, used).network),
    },
  };
  const networks = { transferred, ...(withTuning && { frozen: withHead }), ...(baseline && { baseline }) };
  return { metrics, networks };
}

/** How the validation pictures were classified by the network that they chose, if there were any. */
export function validationMetrics({
  validationRight,
  folds,
}: Pick<Trained, 'validationRight' | 'folds'>): Pick<RunMetrics, 'validation'> {
  if (validationRight.length === 0) return {};
  const right = validationRight.filter(Boolean).length;
  const n = validationRight.length;
  const { low, high } = wilsonInterval(right, n);
  return {
    validation: { accuracy: right / n, ci95: [low, high], n, ...(folds !== undefined && { folds }) },
  };
}
