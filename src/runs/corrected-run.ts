import { partsText } from '../features/feature-plan.js';
import type { Picture } from '../data/pictures.js';
import type { Split } from '../data/split.js';
import type { Comparison } from '../evaluation/compare.js';
import { measure } from '../evaluation/metrics.js';
import type { LabelledPrediction } from '../evaluation/predictions.js';
import { stack, withSoftmax } from '../models/compose.js';
import { networkUpTo } from '../models/network.js';
import { describeDevice } from '../runtime/device.js';
import { usesGpu } from '../runtime/tensorflow.js';
import { dividedBy } from '../training/temperature.js';
import type { Trained } from '../training/trained.js';
import type { SavedClassifier } from './classifier.js';
import { expectHeadInput } from './head-features.js';
import { validationMetrics } from './measure-run.js';
import type { SavedRun } from './read-run.js';
import type { RunMetrics, RunResult } from './record.js';
import { pictureThumbnails } from './result.js';

/** What a run and its successor have to do with each other. */
export interface Corrected {
  readonly name: string;
  readonly before: SavedRun;
  readonly split: Split;
  /** What was trained on beside the run's own pictures. */
  readonly corrections: readonly Picture[];
  /** Where they lie. */
  readonly folder: string;
  readonly trained: Trained;
  /** Of the held-out pictures. */
  readonly predictions: readonly LabelledPrediction[];
  readonly comparison: Comparison;
  readonly seconds: number;
}

/** The classifier with its new head; what lies below, and whether mirror images are looked at, stays as it is. */
export function withNewHead(saved: SavedClassifier, trained: Trained): SavedClassifier {
  const layer = expectHeadInput(saved.network);
  const below = { network: networkUpTo(saved.network, layer), weights: saved.weights };
  const { network, weights } = stack(below, layer, dividedBy(trained.temperature, trained.classifier));
  return { ...saved, network: withSoftmax(network), weights };
}

/** The successor as its report and its files tell of it. */
export function correctedResult(corrected: Corrected): RunResult {
  const { name, before, split, corrections, trained, predictions, comparison, seconds } = corrected;
  const { labels, config } = before;
  const test = measure(predictions, labels);
  const metrics: RunMetrics = {
    test,
    heldOut: before.metrics.heldOut,
    ...validationMetrics(trained),
    timing: {
      ...before.metrics.timing,
      extractMsPerImage: 0,
      decodeMsPerImage: 0,
      trainSeconds: trained.seconds,
      totalSeconds: seconds,
    },
    precision: before.metrics.precision,
    device: usesGpu() ? 'gpu' : 'cpu',
    parameters: before.metrics.parameters,
  };
  return {
    name,
    labels,
    metrics,
    transferred: {
      title: 'Corrected head',
      trainableParameters: trained.trainableParameters,
      seconds: trained.seconds,
      history: trained.measured.history,
      test,
      predictions,
    },
    splitDescription: `${split.how} ${corrections.length} corrected pictures were trained on beside these; none of them is held out.`,
    counts: {
      train: split.train.length + corrections.length,
      validation: split.validation.length,
      test: split.test.length,
    },
    skipped: [],
    warnings: [],
    leaks: [],
    dropped: [],
    device: describeDevice(),
    features: `${partsText(trained.parts ?? [])}. As the run before`,
    config: configOf(corrected, config, comparison),
    command: `finetune serve, ${corrections.length} corrections to the run before`,
    thumbnail: pictureThumbnails(split),
  };
}

function configOf(
  { before, corrections, folder, trained }: Corrected,
  { version: _version, out: _out, name: _name, ...config }: SavedRun['config'],
  comparison: Comparison,
): Record<string, unknown> {
  return {
    ...config,
    weightDecayUsed: trained.weightDecay,
    temperature: trained.temperature,
    corrected: { run: before.directory, corrections: folder, pictures: corrections.length, comparison },
    date: new Date().toISOString(),
  };
}
