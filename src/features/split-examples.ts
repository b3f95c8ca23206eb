import type { Split } from '../data/split.js';
import { type Examples, heldInMemory, withViews } from './examples.js';
import { storedExamples } from './extract.js';
import type { FeatureRows } from './feature-store.js';

/**
 * The three parts as examples that are read from the store, at once or batch by batch.
 *
 * @param views other looks of the training and validation pictures.
 */
export function splitExamples(
  store: FeatureRows,
  split: Split,
  views: readonly FeatureRows[] = [],
): { train: Examples; validation: Examples; test: Examples } {
  const looked = (pictures: Split['train']) =>
    heldInMemory(
      withViews(
        storedExamples(store, pictures),
        views.map((view) => storedExamples(view, pictures)),
      ),
    );
  return {
    train: looked(split.train),
    validation: looked(split.validation),
    test: heldInMemory(storedExamples(store, split.test)),
  };
}
