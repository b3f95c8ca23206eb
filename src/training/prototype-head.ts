import { predictedClass } from '../evaluation/predictions.js';
import { type Examples, joinExamples } from '../features/examples.js';
import { partsText } from '../features/feature-plan.js';
import type { Weights } from '../formats/tensors.js';
import { outputOf } from '../models/network.js';
import { parameterCount } from '../models/network-weights.js';
import { UserError } from '../runtime/errors.js';
import { placed, type Setting } from './choose-features.js';
import { classMeans, type Distances, type MeanProducts, probabilitiesOf } from './class-means.js';
import { foldCount, foldsOf, meanLogLoss } from './cross-validation.js';
import { valuesOf } from './exact-head.js';
import { buildHead } from './heads.js';
import type { TrainingOptions } from './options.js';
import { featureStatistics, type Standardiser, standardiser } from './standardise.js';
import { fitTemperature, withTemperature } from './temperature.js';
import { type HeadData, partsOf, type Trained } from './trained.js';
import type { TrainingContext } from './training-job.js';

/** What may be chosen: how far prototypes are drawn in, and what distances count in units of 1 / mean |x|². */
const grid: readonly Distances[] = [1, 0.7, 0.5, 0.3, 0.1].flatMap((kept) =>
  [1, 2, 5, 10, 20, 50, 100].map((gain) => ({ kept, gain })),
);

/** Where nothing can be judged: one picture a class. */
const usual: Distances = { kept: 1, gain: 5 };

interface Judged {
  readonly setting: Setting;
  readonly scaled: Standardiser;
  readonly distances: Distances;
  readonly outOfFold: readonly (readonly number[])[];
  readonly temperature: number;
  readonly logLoss: number;
}

/**
 * A head for a handful of pictures: each class is the mean of its pictures' features, drawn in towards the mean of all,
 * and a picture belongs to the nearest (Snell et al. 2017, equation 2). That is a linear head in closed form. Which parts
 * of the features it reads, their scaling, how far prototypes are drawn in and how sure it may be are chosen by
 * cross-validation, as of the exact head; with one picture a class there is nothing to judge by, and the usual is taken.
 *
 * @throws UserError for more features than fit into memory.
 */
export function fitPrototypeHead(
  data: HeadData,
  options: TrainingOptions,
  context: TrainingContext,
): Trained {
  const started = performance.now();
  const { train, validation, test, classes } = data;
  const all = joinExamples(train, validation);
  if (4 * all.size * all.shape[0]! * (1 + (all.views?.length ?? 0)) > 2 ** 30) {
    throw new UserError(
      'Expected --head prototypes for few pictures but these do not fit into memory: leave it out.',
    );
  }
  // where no class has two pictures nothing can be judged
  const folds = new Set(all.labels).size === all.size ? undefined : foldsOf(all, context.random);
  const statistics = featureStatistics(all);
  const judged = settingsOf(data, all)
    .slice(0, folds ? undefined : 1)
    .map((setting) =>
      judge(all, standardiser(statistics, setting.parts, setting.scaling), setting, classes, folds),
    );
  const best = judged.reduce((one, other) => (other.logLoss < one.logLoss ? other : one));
  context.hooks.onProgress?.({ kind: 'note', message: describe(best, folds !== undefined) });
  const { scaled, setting, distances, temperature } = best;
  const network = buildHead('linear', scaled.features, classes);
  const asNetwork = ({ means, lengths }: MeanProducts) => {
    return { network, weights: weightsOf(scaled, means, lengths, distances, outputOf(network).name) };
  };
  const meansOf = meansIn(all, scaled, classes);
  const final = meansOf(() => 1);
  const classifier = asNetwork(final);
  const ofTest = productsWith(valuesOf([test], scaled), final.means, scaled.features);
  return {
    classifier,
    measuredClassifier: options.unfreeze ? asNetwork(meansOf((i) => (i < train.size ? 1 : 0))) : classifier,
    parts: setting.parts.map(({ part }) => part),
    scaling: setting.scaling,
    weightDecay: 0,
    temperature,
    measured: { weights: classifier.weights, bestEpoch: 0, history: [], interrupted: false },
    testProbabilities: probabilitiesOf({ products: ofTest, lengths: final.lengths }, distances).map((row) =>
      withTemperature(row, temperature),
    ),
    trainableParameters: parameterCount(network) - 4 * scaled.features,
    ...(folds ? judgement(best, all.labels) : unjudged),
    seconds: (performance.now() - started) / 1000,
  };
}

/** What pictures say that fits without them were asked for. */
function judgement({ outOfFold, temperature }: Judged, labels: readonly number[]) {
  return {
    calibration: { probabilities: outOfFold.map((row) => withTemperature(row, temperature)), labels },
    validationRight: outOfFold.map((row, i) => predictedClass(row) === labels[i]),
    folds: foldCount,
  };
}

/** Where no picture can be spared to judge. */
const unjudged = { calibration: { probabilities: [], labels: [] }, validationRight: [] };

function settingsOf(data: HeadData, { shape }: Examples): Setting[] {
  const all = placed(partsOf(data));
  const needed = all.filter(({ part }) => !part.optional);
  const ways = needed.length < all.length && needed.length > 0 ? [needed, all] : [all];
  if (shape.length !== 1) throw new Error('prototypes are made of vectors');
  return ways.flatMap((parts): Setting[] => [
    { parts, scaling: 'together' },
    { parts, scaling: 'each' },
  ]);
}

function judge(
  all: Examples,
  scaled: Standardiser,
  setting: Setting,
  classes: number,
  folds: number[] | undefined,
): Judged {
  const scale = 1 / meanSquare(valuesOf([all], scaled), all.size);
  const counted = ({ kept, gain }: Distances): Distances => ({ kept, gain: gain * scale });
  if (!folds) {
    return {
      setting,
      scaled,
      distances: counted(usual),
      outOfFold: [],
      temperature: 1,
      logLoss: Math.log(classes),
    };
  }
  const names = [...new Set(folds)];
  const meansOf = meansIn(all, scaled, classes);
  const without = new Map(names.map((fold) => [fold, meansOf((i) => (folds[i] === fold ? 0 : 1))]));
  let best: Judged | undefined;
  for (const distances of grid.map(counted)) {
    const rows = new Map(names.map((fold) => [fold, probabilitiesOf(without.get(fold)!, distances)]));
    const outOfFold = all.labels.map((_, i) => rows.get(folds[i]!)![i]!);
    const temperature = fitTemperature(outOfFold, all.labels);
    const logLoss = meanLogLoss(
      outOfFold.map((row) => withTemperature(row, temperature)),
      all.labels,
    );
    if (!best || logLoss < best.logLoss)
      best = { setting, scaled, distances, outOfFold, temperature, logLoss };
  }
  return best!;
}

/** Means by what each picture counts; its other looks count as much as it does itself. */
function meansIn(
  all: Examples,
  scaled: Standardiser,
  classes: number,
): (counts: (example: number) => number) => MeanProducts {
  const parts = [all, ...(all.views ?? [])];
  const labels = parts.flatMap((part) => part.labels);
  const values = valuesOf(parts, scaled);
  return (counts) => {
    const weights = Float32Array.from(labels, (_, i) => counts(i % all.size));
    return classMeans(values, labels, classes, weights);
  };
}

function productsWith(values: Float32Array, means: Float32Array, width: number): Float32Array {
  const [size, classes] = [values.length / width, means.length / width];
  const out = new Float32Array(size * classes);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < classes; k++) {
      let sum = 0;
      for (let f = 0; f < width; f++) sum += values[i * width + f]! * means[k * width + f]!;
      out[i * classes + k] = sum;
    }
  }
  return out;
}

function weightsOf(
  { features, weights }: Standardiser,
  means: Float32Array,
  lengths: Float32Array,
  { kept, gain }: Distances,
  layer: string,
): Weights {
  const classes = lengths.length;
  const kernel = new Float32Array(features * classes);
  for (let f = 0; f < features; f++) {
    for (let k = 0; k < classes; k++) kernel[f * classes + k] = 2 * gain * kept * means[k * features + f]!;
  }
  return new Map([
    ...weights,
    [`${layer}/kernel`, { shape: [features, classes], data: kernel }],
    [`${layer}/bias`, { shape: [classes], data: lengths.map((length) => -gain * kept ** 2 * length) }],
  ]);
}

function meanSquare(values: Float32Array, size: number): number {
  return Math.max(1e-9, values.reduce((sum, value) => sum + value * value, 0) / size);
}

function describe({ setting, distances, logLoss }: Judged, isJudged: boolean): string {
  const parts = partsText(setting.parts.map(({ part }) => part));
  if (!isJudged) return `Prototypes of ${parts}, one picture each: there are none to judge them by`;
  const scaling = setting.scaling === 'each' ? ' with each feature divided by its own deviation' : '';
  const kept = `${Math.round(100 * distances.kept)} %`;
  return `Prototypes of ${parts}${scaling}, ${kept} of their way from the mean of all; log loss on pictures left out of each of ${foldCount} fits: ${logLoss.toFixed(3)}`;
}
