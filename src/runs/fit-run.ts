import {
  type Likeness,
  type LikenessReference,
  likenessReference,
  likenessesTo,
  pooledFeature,
} from '../evaluation/likeness.js';
import type { FeaturePlan } from '../features/feature-plan.js';
import { type Examples, joinExamples } from '../features/examples.js';
import type { Split } from '../data/split.js';
import { surestMistakes } from '../evaluation/mistakes.js';
import { productsOf } from '../retrieval/products.js';
import { nearestExamples } from '../retrieval/nearest-examples.js';
import type { NearestPictures } from './record.js';
import { extractPixels } from '../features/frozen-features.js';
import { splitExamples } from '../features/split-examples.js';
import type { StoredFeatures } from '../features/stored-features.js';
import { placed } from '../training/choose-features.js';
import { trainLenetBaseline } from '../training/lenet-baseline.js';
import { trainHead } from '../training/train-head.js';
import type { HeadData, Trained } from '../training/trained.js';
import { trainFromScratch } from '../training/from-scratch.js';
import { runExamples } from './run-examples.js';
import type { TrainingContext } from '../training/training-job.js';
import { trainUnfrozen, unfrozenTitle } from '../training/unfreeze.js';
import type { Random } from '../runtime/random.js';
import type { Extracted } from './extract-run.js';
import type { Prepared } from './prepare-run.js';

/** The networks that a run has trained. */
export interface Fitted {
  /** The head on the wholly frozen base; with --from-scratch the whole network. */
  readonly head: Trained;
  /** The head with the unfrozen layers; with --unfreeze only. */
  readonly tuned: Trained | undefined;
  /** What the run is about: `tuned`, else `head`. */
  readonly best: Trained;
  readonly baseline: Trained | undefined;
  /** By which pictures are known that are unlike all that were trained on; absent of a handful. */
  readonly likeness: LikenessReference | undefined;
  /** How like these the held-out pictures are, or a random thousand of them. */
  readonly heldOutLikeness: readonly Likeness[];
  /** For the surest mistakes of `best`, by path, the training pictures nearest to them. */
  readonly nearest: ReadonlyMap<string, NearestPictures>;
}

/** Trains head, unfrozen layers and baseline; what each needs no more is closed. */
export async function fitRun(
  prepared: Prepared,
  extracted: Extracted,
  context: TrainingContext,
): Promise<Fitted> {
  const { options, folder, plan, suffix } = prepared;
  const classes = folder.labels.length;
  const { features, views, whole, pixels, split } = extracted;
  const data = runExamples(prepared, extracted);
  const { tuned, head } = await fitClassifier(prepared, data, context);
  const read = readerOf(plan.parts, suffix ? plan.parts : head.parts!);
  // by pixels no picture is like another
  const known = whole ? undefined : joinExamples(data.train, data.validation);
  const likeness = known && likenessOf(known, read, context.random);
  const heldOutLikeness = likeness ? likenessOfSome(data.test, likeness, read, context.random) : [];
  const nearest = whole ? new Map() : await nearestOf(tuned ?? head, split, data);
  if (whole) {
    whole.close();
    whole.larger?.close();
  } else features.close();
  for (const view of views) view.close();

  const onPixels = (stored: StoredFeatures) =>
    trainLenetBaseline({ ...splitExamples(stored.store, split), classes }, options, context);
  let baseline: Trained | undefined;
  if (options.baseline !== 'none' && options.resize === 'squash') {
    baseline = await onPixels(pixels);
  } else if (options.baseline !== 'none') {
    const resized = await extractPixels(split, options.resize, options, context.hooks);
    try {
      baseline = await onPixels(resized);
    } finally {
      resized.close();
    }
  }
  pixels.close();
  return { head, tuned, best: tuned ?? head, baseline, nearest, likeness, heldOutLikeness };
}

/** The network that the run is about. */
async function fitClassifier(
  { options, base, suffix }: Prepared,
  data: HeadData,
  context: TrainingContext,
): Promise<Pick<Fitted, 'head' | 'tuned'>> {
  const { title } = base;
  if (suffix && options.fromScratch) {
    const name = `${title} from scratch`;
    const { kept: _none, ...network } = suffix;
    return { head: await trainFromScratch(data, network, { ...context, name }, options), tuned: undefined };
  }
  if (suffix) {
    const name = unfrozenTitle(title, options.unfreeze!);
    return trainUnfrozen(data, suffix, { ...context, name }, options);
  }
  return { head: await trainHead(data, options, context), tuned: undefined };
}

/** One example as the frozen part of the saved network puts it out: without parts that the head does without. */
type Read = (examples: Examples, place: number) => Float32Array;

function readerOf(parts: FeaturePlan['parts'], used: FeaturePlan['parts']): Read {
  const kept = placed(parts).filter(({ part }) =>
    used.some(({ layer, pool }) => layer === part.layer && pool === part.pool),
  );
  const width = kept.reduce((sum, { size }) => sum + size, 0);
  return (examples, place) => {
    const values = pooledFeature(examples.read([place]), examples.shape);
    if (kept.length === parts.length) return values;
    const read = new Float32Array(width);
    let at = 0;
    for (const { offset, size } of kept) {
      read.set(values.subarray(offset, offset + size), at);
      at += size;
    }
    return read;
  };
}

/** By the frozen part's output, whatever was trained on top of it. */
export function likenessOf(trained: Examples, read: Read, random: Random): LikenessReference | undefined {
  const width = trained.size > 0 ? read(trained, 0).length : 0;
  return likenessReference(
    trained.size,
    width,
    (place) => read(trained, place),
    random.fork('likeness'),
    productsOf,
  );
}

function likenessOfSome(
  examples: Examples,
  reference: LikenessReference,
  read: Read,
  random: Random,
): Likeness[] {
  const places = Array.from({ length: examples.size }, (_, i) => i);
  const some = random.fork('held out').shuffle(places).slice(0, 1000);
  const features = some.map((place) => read(examples, place));
  return likenessesTo(reference, features, productsOf);
}

const [mostMistakes, mostNearest] = [24, 2];

/** While the features are still open. */
async function nearestOf(
  { testProbabilities }: Trained,
  split: Split,
  { train, test }: { readonly train: Examples; readonly test: Examples },
): Promise<Map<string, NearestPictures>> {
  const predictions = split.test.map(({ path, label }, i) => ({
    path,
    label,
    probabilities: testProbabilities[i]!,
  }));
  const mistakes = surestMistakes(predictions, mostMistakes);
  const places = mistakes.map((mistake) => predictions.findIndex(({ path }) => path === mistake.path));
  const found = await nearestExamples(train, test, places, mostNearest);
  return new Map(
    mistakes.map(({ path }, i) => [
      path,
      found[i]!.map(({ place, similarity }) => {
        const { path: nearest, label } = split.train[place]!;
        return { path: nearest, label, similarity };
      }),
    ]),
  );
}
