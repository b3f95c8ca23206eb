import type { Split } from '../data/split.js';
import { type Examples, heldInMemory } from './examples.js';
import { storedExamples } from './extract.js';
import type { FeatureRows } from './feature-store.js';

/** The three parts as examples that are read from the store, at once or batch by batch. */
export function splitExamples(
  store: FeatureRows,
  split: Split,
): { train: Examples; validation: Examples; test: Examples } {
  return {
    train: heldInMemory(storedExamples(store, split.train)),
    validation: heldInMemory(storedExamples(store, split.validation)),
    test: heldInMemory(storedExamples(store, split.test)),
  };
}
