import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { ClassMetrics, Metrics } from '../evaluation/metrics.js';
import type { LabelledPrediction } from '../evaluation/predictions.js';
import type { SelectiveFigures } from '../evaluation/selective.js';
import { UserError } from '../runtime/errors.js';
import { readRecord, readRecordText } from '../runtime/record-file.js';
import { parseCsv } from '../formats/csv.js';
import type { HeadChoice } from '../training/blend-choice.js';
import { type RunMetrics, runVersion, type SurenessMetrics, trainAgain } from './record.js';

/** A finished run as its folder holds it. */
export interface SavedRun {
  readonly directory: string;
  readonly labels: readonly string[];
  readonly metrics: RunMetrics;
  /** Every option as resolved, seed, versions, device. */
  readonly config: Readonly<Record<string, unknown>>;
  /** On the held-out pictures. */
  readonly predictions: readonly LabelledPrediction[];
}

/**
 * Reads a run folder back.
 *
 * @throws UserError when it is no run folder, when its run did not finish, when another version wrote it, and when a
 *   file is damaged.
 */
export function readRun(directory: string): SavedRun {
  const config = readRunConfig(directory);
  const metrics = readRecord(path.join(directory, 'metrics.json'), metricsSchema, what, trainAgain);
  const labels = readLabels(path.join(directory, 'labels.txt'));
  const predictions = readPredictions(path.join(directory, 'predictions.csv'), labels);
  return { directory, labels, metrics, config, predictions };
}

/**
 * Reads config.json of a finished run: every option as resolved, seed, versions, device.
 *
 * @throws UserError as `readRun` does.
 */
export function readRunConfig(directory: string): SavedRun['config'] {
  if (!fs.existsSync(directory)) {
    throw new UserError(`Expected a run folder but '${directory}' does not exist.`);
  }
  const has = (name: string) => fs.existsSync(path.join(directory, name));
  if (!has('metrics.json')) {
    throw new UserError(
      has('checkpoint') || has('config.json')
        ? `Expected a finished run but the one in '${directory}' did not end. Its command, given again, goes on with it.`
        : `Expected a run folder such as runs/<name> but '${directory}' has no metrics.json.`,
    );
  }
  const config = readRecord(path.join(directory, 'config.json'), configSchema, what, trainAgain);
  if (config.version !== runVersion) {
    throw new UserError(
      `Expected a run folder of version ${runVersion} but '${directory}' has version ${config.version ?? 'unknown'}. Train it again.`,
    );
  }
  return config;
}

const what = 'the record of a finished run';

function readLabels(file: string): string[] {
  const labels = readRecordText(file, what, trainAgain).split('\n').slice(0, -1);
  const seen = new Set<string>();
  const twice = labels.find((label) => seen.size === seen.add(label).size);
  if (twice === undefined) return labels;
  throw new UserError(`Expected classes of different names in '${file}' but two are '${twice}'.`);
}

/** @param labels the classes in the order of the columns. */
function readPredictions(file: string, labels: readonly string[]): LabelledPrediction[] {
  const [head, ...rows] = parseCsv(readRecordText(file, what, trainAgain));
  if (head?.slice(3).join('\n') !== labels.join('\n')) {
    throw new UserError(`Expected the classes of labels.txt as columns of '${file}' but they differ.`);
  }
  return rows.map(([picture, label, , ...probabilities], i) => {
    const prediction = {
      path: picture!,
      label: labels.indexOf(label!),
      probabilities: probabilities.map(Number),
    };
    const whole = probabilities.length === labels.length && prediction.probabilities.every(Number.isFinite);
    if (whole && prediction.label >= 0) return prediction;
    throw new UserError(
      `Expected a class and ${labels.length} probabilities in row ${i + 2} of '${file}' but they are not there.`,
    );
  });
}

const configSchema = z.looseObject({ version: z.number().exactOptional() });

const share = z.number().min(0).max(1);
const interval = z.tuple([z.number(), z.number()]);

const classMetrics: z.ZodType<ClassMetrics> = z.object({
  n: z.number(),
  accuracy: share,
  ci95: interval,
  precision: share.nullable(),
  f1: share.nullable(),
});

/** Not `z.record`, which leaves out a class called `__proto__`. */
const byClass = z.unknown().transform((value, context): Record<string, ClassMetrics> => {
  const rows = z.array(z.tuple([z.string(), classMetrics])).safeParse(Object.entries(value ?? {}));
  if (rows.success) return Object.fromEntries(rows.data);
  context.addIssue({ code: 'custom', message: 'expected figures for each class' });
  return z.NEVER;
});

const metrics: z.ZodType<Metrics> = z.object({
  accuracy: share,
  ci95: interval,
  n: z.number(),
  top5: share.exactOptional(),
  balancedAccuracy: share,
  macroF1: share.exactOptional(),
  macroF1Ci95: interval.exactOptional(),
  logLoss: z.number(),
  calibrationError: share,
  perClass: byClass,
});

const comparison = z.object({
  mcnemarP: share,
  difference: z.number(),
  differenceCi95: interval,
  macroF1Difference: z.number().exactOptional(),
  macroF1DifferenceCi95: interval.exactOptional(),
  onlyFirst: z.number(),
  onlySecond: z.number(),
});

const count = z.number().int().min(0);

const selective: z.ZodType<SelectiveFigures> = z.object({
  threshold: share,
  n: count,
  answered: count,
  accuracy: share.nullable(),
  ci95: interval.nullable(),
});

const sureness: z.ZodType<SurenessMetrics> = z.object({
  calibration: z.object({ n: count, from: z.enum(['folds', 'validation']) }),
  sets: z.array(
    z.object({
      asked: share,
      threshold: share,
      n: count,
      coverage: share,
      ci95: interval,
      size: z.object({ mean: z.number(), n: count, ci95: interval.exactOptional() }),
      sizes: z.array(count),
    }),
  ),
  selective: z.array(selective),
  suggestion: z.intersection(selective, z.object({ target: share })).nullable(),
  unlike: z.object({ n: count, unlike: count, share, ci95: interval, expected: share }).exactOptional(),
});

const foldFigures = z.object({ logLoss: z.number(), accuracy: share });
const blendHead = z.enum(['logistic', 'discriminant', 'both']);

const choice: z.ZodType<HeadChoice> = foldFigures.extend({
  head: blendHead,
  mirrored: z.boolean(),
  sources: z.array(z.object({ name: z.string(), weight: z.number(), without: foldFigures.exactOptional() })),
  left: z.array(z.string()),
  heads: z.array(foldFigures.extend({ head: blendHead })),
  otherView: foldFigures.exactOptional(),
  tried: count,
  cutShort: z.boolean(),
  corrected: z.object({ accuracy: share, ci95: interval, flattery: z.number() }),
});

const metricsSchema: z.ZodType<RunMetrics> = z.object({
  test: metrics,
  heldOut: z.enum(['test', 'val']),
  validation: z
    .object({ accuracy: share, ci95: interval, n: z.number(), folds: z.number().exactOptional() })
    .exactOptional(),
  frozen: z.object({ test: metrics, comparison }).exactOptional(),
  baseline: z.object({ model: z.literal('lenet5'), test: metrics, trainSeconds: z.number() }).exactOptional(),
  comparison: comparison.exactOptional(),
  imagenet: z.array(z.object({ label: z.string(), id: z.string(), name: z.string() })).exactOptional(),
  choice: choice.exactOptional(),
  sureness: sureness.exactOptional(),
  timing: z.object({
    decodeMsPerImage: z.number(),
    extractMsPerImage: z.number(),
    trainSeconds: z.number(),
    totalSeconds: z.number(),
  }),
  precision: z.string(),
  device: z.string(),
  parameters: z.object({ trainable: z.number(), frozen: z.number() }),
});
