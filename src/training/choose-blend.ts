import { predictedClass } from '../evaluation/predictions.js';
import type { Hooks } from '../runtime/progress.js';
import { chooseStrength, foldCount, foldNames, logLosses, meanLogLoss } from './cross-validation.js';
import { discriminants } from './discriminant.js';
import type { Blend, FeatureBlends, Source } from './feature-blend.js';
import { FoldRegressions } from './fold-regressions.js';
import { meanOfLogits } from '../evaluation/mean-of-logits.js';
import { softmax } from '../evaluation/softmax.js';
import { fitTemperature, withTemperature } from './temperature.js';

export type BlendHead = 'logistic' | 'discriminant' | 'both';

export interface BlendSetting {
  readonly blend: Blend;
  /** Whether features are means of the picture's and its mirror image's. */
  readonly mirrored: boolean;
  readonly head: BlendHead;
}

/** A setting, and what fits without them say of all examples. */
export interface TriedBlend {
  readonly setting: BlendSetting;
  /** At its temperature. */
  readonly outOfFold: readonly (readonly number[])[];
  readonly temperature: number;
  readonly logLoss: number;
  /** Of the logistic regression. */
  readonly strength: number;
  /** Of the discriminant analysis, where it has part. */
  readonly shrinkage?: number;
  /** Of both heads together: each by itself, at its own temperature. */
  readonly of?: readonly [logistic: TriedBlend, discriminant: TriedBlend];
}

export interface ChosenBlend {
  readonly best: TriedBlend;
  /** All that were tried, the best among them. */
  readonly tried: readonly TriedBlend[];
  /** Whether the work allowed ended before the search did. */
  readonly cutShort: boolean;
}

/** What a blend's examples are made from. */
export interface BlendData {
  readonly sources: readonly Source[];
  readonly plain: FeatureBlends;
  readonly mirrored: FeatureBlends | undefined;
  readonly labels: readonly number[];
  readonly classes: number;
  readonly folds: readonly number[];
  /** What each example counts; undefined: all the same. */
  readonly weights: readonly number[] | undefined;
  readonly strengths: readonly number[];
}

/** Weights that a source may have. */
const weightsTried = [0, 0.5, 1];

/**
 * What costs more to compute must lower the log loss by so much of it: below is chance, and every source and view makes
 * each answer slower.
 */
const [sourceWorth, viewWorth] = [0.01, 0.02];

/** Covariances of shrunken discriminant analysis, from a fourth to nearly a sphere. */
const shrinkages = [0.25, 0.5, 0.75, 0.9];

/** Multiply-adds of all cross-validation: some minutes on two cores. */
const mostWork = 4e12;
/** Of one setting: strengths × folds × evaluations × two products, about. */
const fitsWork = 5 * foldCount * 30 * 2;
/** Examples beyond which discriminant analysis, cubic in them, is left out. */
const mostDiscriminant = 1500;

/** How many settings the amount of work allows: a matter of counts, so that the same pictures give the same choice. */
export function settingsAllowed(examples: number, classes: number): number {
  return Math.floor(mostWork / (fitsWork * examples ** 2 * classes));
}

/**
 * Chooses by cross-validation, all settings on the same folds and each at its own best strength, by log loss at its best
 * temperature: source by source the weight, beginning with all that are not optional, until nothing changes; then whether
 * the mirror image is looked at too; then logistic regression, discriminant analysis, or the mean of both's logits.
 */
export async function chooseBlend(data: BlendData, hooks: Hooks): Promise<ChosenBlend> {
  const allowed = Math.max(2, settingsAllowed(data.labels.length, data.classes));
  const tried = new Map<string, TriedBlend>();
  let cutShort = false;
  const attempt = async (blend: Blend, mirrored: boolean): Promise<TriedBlend | undefined> => {
    const key = JSON.stringify([data.sources.map(({ name }) => blend[name] ?? 0), mirrored]);
    const known = tried.get(key);
    if (known) return known;
    if (tried.size >= allowed) {
      cutShort = true;
      return undefined;
    }
    const result = await crossValidated(data, blend, mirrored, hooks);
    tried.set(key, result);
    hooks.onProgress?.({
      kind: 'work',
      stage: 'Fitting the head',
      done: tried.size,
      total: Math.max(tried.size, Math.min(allowed, 1 + 4 * data.sources.length)),
      unit: 'fits',
    });
    return result;
  };
  const first = Object.fromEntries(data.sources.map(({ name, optional }) => [name, optional ? 0 : 1]));
  let best = (await attempt(first, false))!;
  for (let changed = true; changed;) {
    changed = false;
    for (const { name } of data.sources) {
      for (const weight of weightsTried) {
        const blend = { ...best.setting.blend, [name]: weight };
        if (weight === best.setting.blend[name] || !Object.values(blend).some((w) => w > 0)) continue;
        const other = await attempt(blend, false);
        if (other && isBetter(other, best)) {
          best = other;
          changed = true;
        }
      }
    }
  }
  if (data.mirrored) {
    const other = await attempt(best.setting.blend, true);
    if (other && other.logLoss < (1 - viewWorth) * best.logLoss) {
      best = other;
      for (const { name } of data.sources) {
        const blend = { ...best.setting.blend, [name]: 0 };
        if ((best.setting.blend[name] ?? 0) === 0 || !Object.values(blend).some((w) => w > 0)) continue;
        const without = await attempt(blend, true);
        if (without && isBetter(without, best)) best = without;
      }
    }
  }
  const heads = await otherHeads(data, best, hooks);
  const all = [...tried.values(), ...heads];
  return { best: heads.reduce((a, b) => (b.logLoss < a.logLoss ? b : a), best), tried: all, cutShort };
}

/** Lower by more than chance and cost are worth, or no worse by as much with fewer sources. */
function isBetter(other: TriedBlend, best: TriedBlend): boolean {
  const count = ({ setting }: TriedBlend) => Object.values(setting.blend).filter((w) => w > 0).length;
  const [more, fewer] = [count(other) > count(best), count(other) < count(best)];
  if (more) return other.logLoss < (1 - sourceWorth) * best.logLoss;
  return other.logLoss < (fewer ? 1 + sourceWorth / 4 : 1 - sourceWorth / 4) * best.logLoss;
}

async function crossValidated(
  data: BlendData,
  blend: Blend,
  mirrored: boolean,
  { signal }: Hooks,
): Promise<TriedBlend> {
  const { labels, classes, folds, strengths, weights } = data;
  const { values } = (mirrored ? data.mirrored! : data.plain).coordinates(blend);
  const regressions = new FoldRegressions(
    { values, features: labels.length, labels, classes },
    foldNames(folds).length,
  );
  try {
    const result = await chooseStrength(regressions, labels, { folds, strengths, weights, signal });
    const { temperature, logLoss, strength } = result;
    const outOfFold = result.outOfFold.map((row) => withTemperature(row, temperature));
    return { setting: { blend, mirrored, head: 'logistic' }, outOfFold, temperature, logLoss, strength };
  } finally {
    regressions.dispose();
  }
}

/** Discriminant analysis on the chosen features, alone and together with the logistic regression. */
async function otherHeads(data: BlendData, best: TriedBlend, { signal }: Hooks): Promise<TriedBlend[]> {
  const { labels, classes, folds, weights } = data;
  if (labels.length > mostDiscriminant || weights) return [];
  const { blend, mirrored } = best.setting;
  const { values } = (mirrored ? data.mirrored! : data.plain).coordinates(blend);
  const examples = { values, features: labels.length, labels, classes };
  const rows = shrinkages.map(() => labels.map((): number[] => []));
  for (const fold of new Set(folds)) {
    await new Promise(setImmediate);
    signal?.throwIfAborted();
    const points = discriminants(examples, (i) => folds[i] !== fold, shrinkages);
    for (const [s, point] of points.entries()) {
      for (const [i, own] of folds.entries())
        if (own === fold) rows[s]![i] = probabilitiesOf(point, examples, i);
    }
  }
  const [alone] = shrinkages
    .map((shrinkage, s) =>
      judged({ ...best.setting, head: 'discriminant' }, rows[s]!, labels, best, shrinkage),
    )
    .sort((a, b) => a.logLoss - b.logLoss);
  const both = best.outOfFold.map((row, i) => meanOfLogits(row, alone!.outOfFold[i]!));
  const together = judged({ ...best.setting, head: 'both' }, both, labels, best, alone!.shrinkage!);
  return [alone!, { ...together, of: [best, alone!] }];
}

function judged(
  setting: BlendSetting,
  probabilities: readonly (readonly number[])[],
  labels: readonly number[],
  { strength }: TriedBlend,
  shrinkage: number,
): TriedBlend {
  const temperature = fitTemperature(probabilities, labels);
  const outOfFold = probabilities.map((row) => withTemperature(row, temperature));
  return { setting, outOfFold, temperature, logLoss: meanLogLoss(outOfFold, labels), strength, shrinkage };
}

function probabilitiesOf(
  point: Float64Array,
  { values, features, classes }: { values: Float32Array; features: number; classes: number },
  example: number,
): number[] {
  const logits = Array.from(point.subarray(features * classes));
  for (let f = 0; f < features; f++) {
    const value = values[example * features + f]!;
    if (value === 0) continue;
    for (let c = 0; c < classes; c++) logits[c]! += value * point[f * classes + c]!;
  }
  return softmax(logits);
}

/** Whether each example is answered rightly, and −log p of its class. */
export function judgement(
  { outOfFold }: TriedBlend,
  labels: readonly number[],
): { readonly right: readonly boolean[]; readonly losses: readonly number[] } {
  return {
    right: outOfFold.map((row, i) => predictedClass(row) === labels[i]),
    losses: logLosses(outOfFold, labels),
  };
}
