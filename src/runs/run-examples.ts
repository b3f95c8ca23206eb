import { splitExamples } from '../features/split-examples.js';
import type { HeadData } from '../training/trained.js';
import type { Extracted } from './extract-run.js';
import type { Prepared } from './prepare-run.js';
import { wholeExamples } from './whole-pictures.js';

/** What a run trains on: what its frozen part made of the pictures, or, where nothing is frozen, the pictures themselves. */
export function runExamples(
  { options, folder, base, plan }: Prepared,
  { features, views, whole, split }: Pick<Extracted, 'features' | 'views' | 'whole' | 'split'>,
): HeadData {
  const stores = views.map(({ store }) => store);
  const examples = whole
    ? wholeExamples(whole, split, base, options.augment)
    : splitExamples(features.store, split, stores);
  const mirrored = features.mirrored && { mirrored: splitExamples(features.mirrored, split) };
  return { ...examples, ...mirrored, classes: folder.labels.length, parts: plan.parts };
}
