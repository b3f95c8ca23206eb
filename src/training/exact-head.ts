import { balancedClassWeights, type Examples, joinExamples } from '../features/examples.js';
import type { NamedTensor, Weights } from '../formats/tensors.js';
import type { WeightedNetwork } from '../models/compose.js';
import type { Network } from '../models/network.js';
import { parameterCount } from '../models/network-weights.js';
import { Interrupted } from '../runtime/progress.js';
import { chooseStrength, type CrossValidated, sharesOf, stratifiedFolds } from './cross-validation.js';
import { buildHead } from './heads.js';
import { LogisticRegression } from './logistic-regression.js';
import type { TrainingOptions } from './options.js';
import { type Standardiser, standardiser } from './standardise.js';
import { withTemperature } from './temperature.js';
import type { Trained } from './trained.js';
import type { TrainingContext } from './training-job.js';

const foldCount = 5;

/** Features beyond this do not fit beside a network: they are trained on in steps. */
const mostBytes = 512 * 2 ** 20;

/** Prior variances of a weight, features having a variance of 1: strength = 1 / (variance · examples). */
const variances = [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1, 3, 10];

/** Whether all of the examples can be held where the exact solver needs them. */
export function fitsExactSolver(examples: number, features: number): boolean {
  return 4 * examples * features <= mostBytes;
}

/**
 * The linear head as the one minimum of penalised multinomial logistic regression on all but the held-out pictures.
 * How strongly weights are held back is chosen by cross-validation on the same pictures, and so is how sure the
 * classifier may be; no picture is set aside for it.
 */
export async function fitExactHead(
  data: { train: Examples; validation: Examples; test: Examples; classes: number },
  options: TrainingOptions,
  context: TrainingContext,
): Promise<Trained> {
  const started = performance.now();
  const { train, validation, test, classes } = data;
  const features = train.shape[0]!;
  const network = buildHead('linear', features, classes);
  const all = joinExamples(train, validation);
  const scaled = standardiser(all, 'together');
  const values = valuesOf(all, scaled);
  const regression = new LogisticRegression({ values, features, labels: all.labels, classes });
  try {
    const signal = context.hooks.signal;
    const perClass =
      options.classWeights === 'balanced' ? balancedClassWeights(all.labels, classes) : undefined;
    const weights = perClass && all.labels.map((label) => perClass[label]!);
    const asked = options.weightDecay;
    const strengths = asked === 'auto' ? variances.map((variance) => 1 / (variance * all.size)) : [asked];
    const folds = stratifiedFolds(all.labels, foldCount, context.random.fork('folds'), (i) =>
      values.subarray(i * features, (i + 1) * features),
    );
    const tellFits = (done: number) => {
      const total = strengths.length * foldCount;
      context.hooks.onProgress?.({ kind: 'work', stage: 'Fitting the head', done, total, unit: 'fits' });
    };
    const chosen = await chooseStrength(regression, all.labels, {
      folds,
      strengths,
      weights,
      signal,
      onFit: (done) => {
        if (done < strengths.length * foldCount) tellFits(done);
      },
    });
    tellFits(strengths.length * foldCount); // the last strengths may not have been worth trying
    tellChoice(chosen, asked, context);
    const fit = (weightOf: (example: number) => number) =>
      regression.fit(
        sharesOf(all.size, (i) => weightOf(i) * (weights?.[i] ?? 1)),
        chosen.strength,
        { signal },
      );
    const { point } = await fit(() => 1);
    // the unfrozen layers' first fit is measured on the validation pictures: its head must not know them
    const onTrain = options.unfreeze ? await fit((i) => (i < train.size ? 1 : 0)) : { point };
    const { temperature } = chosen;
    const asNetwork = (weightsOf: Float64Array) => classifier(network, scaled, weightsOf, classes);
    return {
      classifier: asNetwork(point),
      measuredClassifier: asNetwork(onTrain.point),
      weightDecay: chosen.strength,
      temperature,
      measured: { weights: asNetwork(point).weights, bestEpoch: 0, history: [], interrupted: false },
      testProbabilities: regression
        .probabilities(point, valuesOf(test, scaled))
        .map((row) => withTemperature(row, temperature)),
      trainableParameters: parameterCount(network) - 4 * features,
      calibration: {
        probabilities: chosen.outOfFold.map((row) => withTemperature(row, temperature)),
        labels: all.labels,
      },
      validationRight: chosen.outOfFold.map((row, i) => row.indexOf(Math.max(...row)) === all.labels[i]),
      folds: foldCount,
      seconds: (performance.now() - started) / 1000,
    };
  } catch (error) {
    if (context.hooks.signal?.aborted) throw new Interrupted('Fitting the head was interrupted.');
    throw error;
  } finally {
    regression.dispose();
  }
}

function tellChoice(
  { strength, logLoss, tried }: CrossValidated,
  asked: TrainingOptions['weightDecay'],
  { hooks }: TrainingContext,
): void {
  const how =
    asked === 'auto' ? `chosen of ${tried.length} by ${foldCount}-fold cross-validation` : 'as asked for';
  const message = `Weight decay ${strength.toPrecision(2)}, ${how}: log loss ${logLoss.toFixed(3)} on pictures left out`;
  hooks.onProgress?.({ kind: 'note', message });
}

/** All of the examples as they come out of the layer 'standardise', one after the other. */
function valuesOf(examples: Examples, { apply }: Standardiser): Float32Array {
  return apply(examples).read(Array.from({ length: examples.size }, (_, i) => i));
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
