import { balancedClassWeights, type Examples, joinExamples } from '../features/examples.js';
import type { NamedTensor, Weights } from '../formats/tensors.js';
import type { WeightedNetwork } from '../models/compose.js';
import type { Network } from '../models/network.js';
import { parameterCount } from '../models/network-weights.js';
import { Interrupted } from '../runtime/progress.js';
import { priorVariances, sharesOf, stratifiedFolds } from './cross-validation.js';
import { chooseFeatures, describeSetting, foldCount } from './choose-features.js';
import { buildHead } from './heads.js';
import { LogisticRegression } from './logistic-regression.js';
import type { TrainingOptions } from './options.js';
import { featureStatistics, type Standardiser, standardiser } from './standardise.js';
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
  const { train, validation, test, classes } = data;
  const { signal } = context.hooks;
  const all = joinExamples(train, validation);
  const rows = all.read([...all.labels.keys()]);
  const width = all.shape[0]!;
  const perClass =
    options.classWeights === 'balanced' ? balancedClassWeights(all.labels, classes) : undefined;
  const { views = [] } = all;
  const looks = <T>(values: readonly T[]): T[] => [values, ...views.map(() => values)].flat();
  const labels = looks(all.labels);
  const weights = perClass && labels.map((label) => perClass[label]!);
  const asked = options.weightDecay;
  const regressions: LogisticRegression[] = [];
  try {
    const statistics = featureStatistics(all);
    const chosen = await chooseFeatures(partsOf(data), {
      labels: all.labels,
      compares: labels.length * width * classes <= mostCompared,
      folds: looks(
        stratifiedFolds(
          all.labels,
          foldCount,
          context.random.fork('folds'),
          (i) => all.groups?.[i] ?? rows.subarray(i * width, (i + 1) * width),
        ),
      ),
      strengths: asked === 'auto' ? priorVariances.map((variance) => 1 / (variance * all.size)) : [asked],
      weights,
      open: (setting) => {
        const scaled = standardiser(statistics, setting.parts, setting.scaling);
        const values = valuesOf([all, ...views], scaled);
        const { features } = scaled;
        const regression = new LogisticRegression({ values, features, labels, classes });
        regressions.push(regression);
        return { scaled, regression };
      },
      close: ({ regression }) => {
        regression.dispose();
        regressions.splice(regressions.indexOf(regression), 1);
      },
      hooks: context.hooks,
    });
    const { scaled, regression, result, setting } = chosen;
    context.hooks.onProgress?.({ kind: 'note', message: describeSetting(chosen, asked) });
    const fit = (weightOf: (example: number) => number) =>
      regression.fit(
        sharesOf(labels.length, (i) => weightOf(i % all.size) * (weights?.[i] ?? 1)),
        result.strength,
        { signal },
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
      testProbabilities: regression
        .probabilities(point, valuesOf([test], scaled))
        .map((row) => withTemperature(row, temperature)),
      trainableParameters: parameterCount(network) - 4 * scaled.features,
      calibration: {
        probabilities: result.outOfFold.map((row) => withTemperature(row, temperature)),
        labels: all.labels,
      },
      validationRight: result.outOfFold.map((row, i) => row.indexOf(Math.max(...row)) === all.labels[i]),
      folds: foldCount,
      seconds: (performance.now() - started) / 1000,
    };
  } catch (error) {
    if (context.hooks.signal?.aborted) throw new Interrupted('Fitting the head was interrupted.');
    throw error;
  } finally {
    for (const regression of regressions) regression.dispose();
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
