import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { ClassMetrics, Metrics } from '../evaluation/metrics.js';
import type { LabelledPrediction } from '../evaluation/predictions.js';
import { messageOf, UserError } from '../runtime/errors.js';
import { parseCsv } from '../formats/csv.js';
import { type RunMetrics, runVersion } from './record.js';

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
  const metrics = readJson(path.join(directory, 'metrics.json'), metricsSchema);
  const labels = readText(path.join(directory, 'labels.txt')).split('\n').slice(0, -1);
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
  const config = readJson(path.join(directory, 'config.json'), configSchema);
  if (config.version !== runVersion) {
    throw new UserError(
      `Expected a run folder of version ${runVersion} but '${directory}' has version ${config.version ?? 'unknown'}. Train it again.`,
    );
  }
  return config;
}

/** @param labels the classes in the order of the columns. */
function readPredictions(file: string, labels: readonly string[]): LabelledPrediction[] {
  const [head, ...rows] = parseCsv(readText(file));
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

function readText(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserError(`Expected '${file}' of a finished run but it cannot be read: ${messageOf(error)}.`);
  }
}

function readJson<T>(file: string, schema: z.ZodType<T>): T {
  const text = readText(file);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError(`Expected JSON in '${file}' but it is damaged: ${messageOf(error)}.`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path: where, message }) => `${where.join('.')}: ${message}`);
  throw new UserError(`Expected the record of a run in '${file}' but found ${faults.join('; ')}.`);
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
  logLoss: z.number(),
  calibrationError: share,
  perClass: byClass,
});

const comparison = z.object({
  mcnemarP: share,
  difference: z.number(),
  differenceCi95: interval,
  onlyFirst: z.number(),
  onlySecond: z.number(),
});

const metricsSchema: z.ZodType<RunMetrics> = z.object({
  test: metrics,
  heldOut: z.enum(['test', 'val']),
  validation: z.object({ accuracy: share, ci95: interval, n: z.number() }),
  frozen: z.object({ test: metrics, comparison }).exactOptional(),
  baseline: z.object({ model: z.literal('lenet5'), test: metrics, trainSeconds: z.number() }).exactOptional(),
  comparison: comparison.exactOptional(),
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
