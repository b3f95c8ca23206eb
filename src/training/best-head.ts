import { mostSearched } from '../features/branch-plan.js';
import { balancedClassWeights, type Examples, joinExamples } from '../features/examples.js';
import type { NamedTensor } from '../formats/tensors.js';
import type { WeightedNetwork } from '../models/compose.js';
import { parameterCount } from '../models/network-weights.js';
import { forward } from '../models/forward.js';
import { type Hooks, Interrupted } from '../runtime/progress.js';
import { tf } from '../runtime/tensorflow.js';
import { type BlendData, chooseBlend, judgement, type TriedBlend } from './choose-blend.js';
import { choiceText, describeChoice } from './blend-choice.js';
import { placed, type PlacedPart } from './choose-features.js';
import { foldCount, foldsOf, sharesOf } from './cross-validation.js';
import { discriminants } from './discriminant.js';
import { type Blend, FeatureBlends, type Source, sourcesOf } from './feature-blend.js';
import { standardiseLayer } from './head-names.js';
import { buildHead } from './heads.js';
import { LogisticRegression } from './logistic-regression.js';
import type { TrainingOptions } from './options.js';
import { featureStatistics, standardiseEpsilon } from './standardise.js';
import { withTemperature } from './temperature.js';
import { type HeadData, partsOf, type Trained } from './trained.js';
import type { TrainingContext } from './training-job.js';
import { meansOf } from '../features/joined-rows.js';

/** Whether the search for the best head is for so many pictures. */
export function fitsBestHead(examples: number): boolean {
  return examples <= mostSearched;
}

/** Prior variances of a weight, an example's squared features adding up to 1 on average. */
const variances = [1, 3, 10, 30, 100, 300];

/**
 * The linear head that cross-validation finds best among blends of all that the bases make of the pictures: which sources
 * count how much, whether mirror images are looked at too, and whether logistic regression, discriminant analysis or both
 * together answer. What it is is the same as of any other run: one dense layer on features.
 */
export async function fitBestHead(
  data: HeadData,
  options: TrainingOptions,
  context: TrainingContext,
): Promise<Trained> {
  const started = performance.now();
  const { train, validation, classes } = data;
  const all = joinExamples(train, validation);
  const sources = sourcesOf(placed(partsOf(data)));
  const mirrored = data.mirrored && joinExamples(data.mirrored.train, data.mirrored.validation);
  const perClass =
    options.classWeights === 'balanced' ? balancedClassWeights(all.labels, classes) : undefined;
  const asked = options.weightDecay;
  const blends: BlendData = {
    sources,
    plain: new FeatureBlends(all, sources),
    mirrored: mirrored && new FeatureBlends(meanExamples(all, mirrored), sources),
    labels: all.labels,
    classes,
    folds: foldsOf(all, context.random),
    weights: perClass && all.labels.map((label) => perClass[label]!),
    strengths: asked === 'auto' ? variances.map((variance) => 1 / (variance * all.size)) : [asked],
  };
  try {
    const chosen = await chooseBlend(blends, context.hooks);
    const choice = describeChoice(chosen, blends, context.random);
    context.hooks.onProgress?.({ kind: 'note', message: choiceText(choice) });
    const { best } = chosen;
    const statistics = featureStatistics(best.setting.mirrored ? meanExamples(all, mirrored!) : all);
    const classifier = await solved(best, blends, statistics.mean, context.hooks);
    const test =
      best.setting.mirrored && data.mirrored ? meanExamples(data.test, data.mirrored.test) : data.test;
    const parts = usedSources(sources, best.setting.blend).flatMap((source) =>
      source.parts.map(({ part }) => ({ ...part, weight: best.setting.blend[source.name]! })),
    );
    const { right } = judgement(best, all.labels);
    return {
      classifier,
      measuredClassifier: classifier,
      parts,
      scaling: 'together',
      weightDecay: best.strength,
      temperature: best.temperature,
      measured: { weights: classifier.weights, bestEpoch: 0, history: [], interrupted: false },
      testProbabilities: probabilitiesOf(classifier, test, usedSources(sources, best.setting.blend)).map(
        (row) => withTemperature(row, best.temperature),
      ),
      trainableParameters: parameterCount(classifier.network) - 4 * classifier.network.layers[0]!.shape[0]!,
      calibration: { probabilities: best.outOfFold, labels: all.labels },
      validationRight: right,
      folds: foldCount,
      choice,
      mirrored: best.setting.mirrored,
      seconds: (performance.now() - started) / 1000,
    };
  } catch (error) {
    if (context.hooks.signal?.aborted) throw new Interrupted('Fitting the head was interrupted.');
    throw error;
  }
}

/** Fits the chosen head to all of the examples: from features to logits that are yet to be divided by the temperature. */
async function solved(
  best: TriedBlend,
  data: BlendData,
  mean: Float32Array,
  { signal }: Hooks,
): Promise<WeightedNetwork> {
  const { blend, mirrored, head } = best.setting;
  const { labels, classes, weights } = data;
  const blends = mirrored ? data.mirrored! : data.plain;
  const coordinates = blends.coordinates(blend);
  const examples = { values: coordinates.values, features: labels.length, labels, classes };
  const logistic = async () => {
    const regression = new LogisticRegression(examples);
    try {
      const shares = sharesOf(labels.length, (i) => weights?.[i] ?? 1);
      return (await regression.fit(shares, best.strength, { signal })).point;
    } finally {
      regression.dispose();
    }
  };
  const discriminant = () => discriminants(examples, () => true, [best.shrinkage!])[0]!;
  const point =
    head === 'logistic'
      ? await logistic()
      : head === 'discriminant'
        ? discriminant()
        : meanOf(await logistic(), discriminant(), best.of!);
  const end = point.length - classes;
  const kernel = Float32Array.from(blends.kernelOf(blend, coordinates, point.subarray(0, end)));
  const used = usedSources(data.sources, blend).flatMap((source) =>
    source.parts.map((part) => ({ ...part, weight: blend[source.name]! })),
  );
  const features = kernel.length / classes;
  const row = (values: Float32Array): NamedTensor => ({ shape: [features], data: values });
  const variance = 1 / coordinates.scale ** 2 - standardiseEpsilon;
  return {
    network: buildHead('linear', features, classes),
    weights: new Map([
      [`${standardiseLayer}/gamma`, row(eachOf(used, ({ weight }) => weight))],
      [`${standardiseLayer}/beta`, row(new Float32Array(features))],
      [`${standardiseLayer}/mean`, row(eachOf(used, ({ offset }, i) => mean[offset + i]!))],
      [`${standardiseLayer}/variance`, row(new Float32Array(features).fill(variance))],
      ['logits/kernel', { shape: [features, classes], data: kernel }],
      ['logits/bias', { shape: [classes], data: Float32Array.from(point.subarray(end)) }],
    ]),
  };
}

function meanOf(
  logistic: Float64Array,
  discriminant: Float64Array,
  [one, other]: NonNullable<TriedBlend['of']>,
): Float64Array {
  return logistic.map((value, i) => (value / one.temperature + discriminant[i]! / other.temperature) / 2);
}

function usedSources(sources: readonly Source[], blend: Blend): Source[] {
  return sources.filter(({ name }) => (blend[name] ?? 0) > 0);
}

/** A value for every feature of some parts, one part after the other. */
function eachOf(parts: readonly PlacedPart[], of: (part: PlacedPart, i: number) => number): Float32Array {
  return Float32Array.from(parts.flatMap((part) => Array.from({ length: part.size }, (_, i) => of(part, i))));
}

/** Means of two sets of examples, one by one. */
function meanExamples(one: Examples, other: Examples): Examples {
  return { ...one, read: (places) => meansOf(one.read(places), other.read(places)) };
}

/** What a head says of examples, of whose features it reads some parts. */
function probabilitiesOf(
  { network, weights }: WeightedNetwork,
  examples: Examples,
  sources: readonly Source[],
): number[][] {
  if (examples.size === 0) return [];
  const parts = sources.flatMap((source) => source.parts);
  const width = examples.shape[0]!;
  return tf.tidy(() => {
    const parameters = new Map(
      [...weights].map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]),
    );
    const all = examples.read([...examples.labels.keys()]);
    const features = parts.reduce((sum, { size }) => sum + size, 0);
    const values = new Float32Array(examples.size * features);
    for (let row = 0; row < examples.size; row++) {
      const own = eachOf(parts, ({ offset }, i) => all[row * width + offset + i]!);
      values.set(own, row * features);
    }
    const batch = tf.tensor2d(values, [examples.size, features]);
    return tf.softmax(forward(network, parameters, batch)).arraySync() as number[][];
  });
}
