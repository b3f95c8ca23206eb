import type { Split } from '../data/split.js';
import { surestMistakes } from '../evaluation/mistakes.js';
import type { Examples } from '../features/examples.js';
import { nearestExamples } from '../training/nearest.js';
import type { NearestPictures } from './record.js';
import { extractPixels } from '../features/frozen-features.js';
import { splitExamples } from '../features/split-examples.js';
import type { StoredFeatures } from '../features/stored-features.js';
import { trainLenetBaseline } from '../training/lenet-baseline.js';
import { trainHead } from '../training/train-head.js';
import type { Trained } from '../training/trained.js';
import type { TrainingContext } from '../training/training-job.js';
import { trainUnfrozen } from '../training/unfreeze.js';
import type { Extracted } from './extract-run.js';
import type { Prepared } from './prepare-run.js';

/** The networks that a run has trained. */
export interface Fitted {
  /** The head on the wholly frozen base. */
  readonly head: Trained;
  /** The head with the unfrozen layers; with --unfreeze only. */
  readonly tuned: Trained | undefined;
  /** What the run is about: `tuned`, else `head`. */
  readonly best: Trained;
  readonly baseline: Trained | undefined;
  /** For the surest mistakes of `best`, by path, the training pictures nearest to them. */
  readonly nearest: ReadonlyMap<string, NearestPictures>;
}

/** Trains head, unfrozen layers and baseline; what each needs no more is closed. */
export async function fitRun(
  { options, folder, base, suffix }: Prepared,
  { features, pixels, split }: Extracted,
  context: TrainingContext,
): Promise<Fitted> {
  const classes = folder.labels.length;
  const data = { ...splitExamples(features.store, split), classes };
  const name = `${base.spec.title} from ${options.unfreeze}`;
  const { tuned, head } = suffix
    ? await trainUnfrozen(data, suffix, { ...context, name }, options)
    : { tuned: undefined, head: await trainHead(data, options, context) };
  const nearest = nearestOf(tuned ?? head, split, data);
  features.close();

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
  return { head, tuned, best: tuned ?? head, baseline, nearest };
}

const [mostMistakes, mostNearest] = [24, 2];

/** While the features are still open. */
function nearestOf(
  { testProbabilities }: Trained,
  split: Split,
  { train, test }: { readonly train: Examples; readonly test: Examples },
): Map<string, NearestPictures> {
  const predictions = split.test.map(({ path, label }, i) => ({
    path,
    label,
    probabilities: testProbabilities[i]!,
  }));
  const mistakes = surestMistakes(predictions, mostMistakes);
  const places = mistakes.map((mistake) => predictions.findIndex(({ path }) => path === mistake.path));
  const found = nearestExamples(train, test, places, mostNearest);
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
