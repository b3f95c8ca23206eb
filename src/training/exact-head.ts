import { predictedClass } from '../evaluation/predictions.js';
import { balancedClassWeights, type Examples, joinExamples } from '../features/examples.js';
import type { NamedTensor, Weights } from '../formats/tensors.js';
import type { WeightedNetwork } from '../models/compose.js';
import type { Network } from '../models/network.js';
import { parameterCount } from '../models/network-weights.js';
import { type Hooks, Interrupted } from '../runtime/progress.js';
import type { Random } from '../runtime/random.js';
import { chooseFeatures, describeSetting, type Opened, type Setting, type Tried } from './choose-features.js';
import { foldCount, foldNames, foldShares, foldsOf, priorVariances, sharesOf } from './cross-validation.js';
import { FoldRegressions } from './fold-regressions.js';
import { buildHead } from './heads.js';
import { LogisticRegression } from './logistic-regression.js';
import type { TrainingOptions } from './options.js';
import { featureStatistics, type Standardiser, standardiser } from './standardise.js';
import { StrengthPath } from './strength-path.js';
import { withTemperature } from './temperature.js';
import { type HeadData, type Trained, partsOf } from './trained.js';
import type { TrainingContext } from './training-job.js';

/** Features beyond this do not fit beside a network: they are trained on in steps. */
const mostBytes = 512 * 2 ** 20;

/**
 * Examples × features × classes up to which settings are compared: pets' 700 × 2,048 × 7 are 10 million; a
 * minute or two go by at the bound on two cores. Beyond it what is usually best is taken: the last stage, scaled together.
 */
const mostCompared = 2e8;

/** Whether all of the examples can be held where the exact solver needs them. */
export function fitsExactSolver(examples: number, features: number): boolean {
  return 4 * examples * features <= mostBytes;
}

/**
 * The linear head as the one minimum of penalised multinomial logistic regression on all but the held-out pictures.
 * Which parts of the features it reads, how they are scaled, how strongly weights are held back and how sure the
 * classifier may be are chosen by cross-validation on the same pictures; no picture is set aside for it. Other looks of
 * the pictures are learned from as much as they themselves, in the same folds, and judge nothing.
 */
export async function fitExactHead(
  data: HeadData,
  options: TrainingOptions,
  context: TrainingContext,
): Promise<Trained> {
  const started = performance.now();
  const { train, test, classes } = data;
  const { signal } = context.hooks;
  const candidates = new HeadCandidates(data, context.random);
  let regression: LogisticRegression | undefined;
  try {
    const { all, labels } = candidates;
    const weights = candidates.weights(options);
    const asked = options.weightDecay;
    const chosen = await candidates.choose(options, context.hooks);
    const { scaled, regressions, result, setting } = chosen;
    const { features } = scaled;
    const values = candidates.valuesOf(scaled);
    regression = new LogisticRegression({ values, features, labels, classes });
    const last = regression;
    context.hooks.onProgress?.({ kind: 'note', message: describeSetting(chosen, asked) });
    const start = regressions.meanPoint(result.points);
    const fit = (weightOf: (example: number) => number) =>
      last.fit(
        sharesOf(labels.length, (i) => weightOf(i % all.size) * (weights?.[i] ?? 1)),
        result.strength,
        { start, signal },
      );
    const { point } = await fit(() => 1);
    // the unfrozen layers' first fit is measured on the validation pictures: its head must not know them
    const onTrain = options.unfreeze ? await fit((i) => (i < train.size ? 1 : 0)) : { point };
    const { temperature } = result;
    const network = buildHead('linear', scaled.features, classes);
    const asNetwork = (weightsOf: Float64Array) => classifier(network, scaled, weightsOf, classes);
    return {
      classifier: asNetwork(point),
      measuredClassifier: asNetwork(onTrain.point),
      parts: setting.parts.map(({ part }) => part),
      scaling: setting.scaling,
      weightDecay: result.strength,
      temperature,
      measured: { weights: asNetwork(point).weights, bestEpoch: 0, history: [], interrupted: false },
      testProbabilities: last
        .probabilities(point, valuesOf([test], scaled))
        .map((row) => withTemperature(row, temperature)),
      trainableParameters: parameterCount(network) - 4 * scaled.features,
      calibration: {
        probabilities: result.outOfFold.map((row) => withTemperature(row, temperature)),
        labels: all.labels,
      },
      validationRight: result.outOfFold.map((row, i) => predictedClass(row) === all.labels[i]),
      folds: foldCount,
      seconds: (performance.now() - started) / 1000,
    };
  } catch (error) {
    if (context.hooks.signal?.aborted) throw new Interrupted('Fitting the head was interrupted.');
    throw error;
  } finally {
    regression?.dispose();
    candidates.dispose();
  }
}

/** The examples as a setting sees them, with where fits begin, by how classes are weighted. */
interface Prepared extends Opened {
  readonly paths: Map<TrainingOptions['classWeights'], StrengthPath>;
}

/** What heads may be made of the same examples: what is computed for one choice serves the next. It holds native memory. */
export class HeadCandidates {
  /** Training and validation pictures. */
  readonly all: Examples;
  /** Of what is learned from: of these pictures, then of each of their other looks. */
  readonly labels: readonly number[];
  readonly #parts;
  readonly #classes: number;
  readonly #folds: readonly number[];
  readonly #statistics;
  readonly #opened = new Map<string, Prepared>();
  readonly #choosesAgain: boolean;

  /** @param choosesAgain whether settings that lose a choice are kept in memory for the next one. */
  constructor(data: HeadData, random: Random, { choosesAgain = false } = {}) {
    this.#choosesAgain = choosesAgain;
    this.all = joinExamples(data.train, data.validation);
    this.#parts = partsOf(data);
    this.#classes = data.classes;
    this.#statistics = featureStatistics(this.all);
    this.labels = this.#looks(this.all.labels);
    this.#folds = this.#looks(foldsOf(this.all, random));
  }

  /** What each example counts; undefined when all count the same. */
  weights({ classWeights }: Pick<TrainingOptions, 'classWeights'>): number[] | undefined {
    if (classWeights !== 'balanced') return undefined;
    const perClass = balancedClassWeights(this.all.labels, this.#classes);
    return this.labels.map((label) => perClass[label]!);
  }

  /** What is learned from, as it comes out of the layer 'standardise'. */
  valuesOf(scaled: Standardiser): Float32Array {
    return valuesOf([this.all, ...(this.all.views ?? [])], scaled);
  }

  /** The same of every look of the pictures. */
  #looks<T>(values: readonly T[]): T[] {
    return [values, ...(this.all.views ?? []).map(() => values)].flat();
  }

  /** Chooses by cross-validation what the options leave open. */
  choose(options: TrainingOptions, hooks: Hooks): Promise<Tried> {
    const { labels, size, shape } = this.all;
    const asked = options.weightDecay;
    return chooseFeatures(this.#parts, {
      labels,
      compares: this.labels.length * shape[0]! * this.#classes <= mostCompared,
      folds: this.#folds,
      strengths: asked === 'auto' ? priorVariances.map((variance) => 1 / (variance * size)) : [asked],
      weights: this.weights(options),
      open: (setting) => this.#open(setting, options),
      leave: (setting) => {
        if (!this.#choosesAgain) this.#close(setting);
      },
      hooks,
    });
  }

  #open(setting: Setting, options: TrainingOptions): Opened {
    const key = JSON.stringify(setting);
    const opened = this.#opened.get(key) ?? this.#prepared(setting);
    this.#opened.set(key, opened);
    // 'auto' begins each fit where its own stronger ones end, as in a choice that is made once, and so chooses the same
    const isOne = options.weightDecay !== 'auto';
    return this.#choosesAgain && isOne ? { ...opened, path: this.#pathOf(opened, options) } : opened;
  }

  #prepared(setting: Setting): Prepared {
    const scaled = standardiser(this.#statistics, setting.parts, setting.scaling);
    const regressions = new FoldRegressions(
      {
        values: this.valuesOf(scaled),
        features: scaled.features,
        labels: this.labels,
        classes: this.#classes,
      },
      foldNames(this.#folds).length,
    );
    return { scaled, regressions, paths: new Map() };
  }

  /** Shared by all choices that count examples alike. */
  #pathOf({ regressions, paths }: Prepared, options: TrainingOptions): StrengthPath {
    const { classWeights } = options;
    const path =
      paths.get(classWeights) ??
      new StrengthPath(regressions, foldShares(this.#folds, this.weights(options)));
    paths.set(classWeights, path);
    return path;
  }

  #close(setting: Setting): void {
    const key = JSON.stringify(setting);
    this.#opened.get(key)?.regressions.dispose();
    this.#opened.delete(key);
  }

  dispose(): void {
    for (const { regressions } of this.#opened.values()) regressions.dispose();
    this.#opened.clear();
  }
}

/** All of the examples as they come out of the layer 'standardise', one after the other. */
export function valuesOf(parts: readonly Examples[], { apply, features }: Standardiser): Float32Array {
  const values = new Float32Array(parts.reduce((sum, { size }) => sum + size, 0) * features);
  let at = 0;
  for (const part of parts) {
    values.set(apply(part).read([...part.labels.keys()]), at);
    at += part.size * features;
  }
  return values;
}

function classifier(
  network: Network,
  { weights }: Standardiser,
  point: Float64Array,
  classes: number,
): WeightedNetwork {
  const values = Float32Array.from(point);
  const end = values.length - classes;
  const logits: [string, NamedTensor][] = [
    ['logits/kernel', { shape: [end / classes, classes], data: values.subarray(0, end) }],
    ['logits/bias', { shape: [classes], data: values.subarray(end) }],
  ];
  const all: Weights = new Map([...weights, ...logits]);
  return { network, weights: all };
}
