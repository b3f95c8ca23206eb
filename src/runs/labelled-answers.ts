import type { Picture } from '../data/pictures.js';
import type { LabelledPrediction } from '../evaluation/predictions.js';
import { didYouMean, UserError } from '../runtime/errors.js';
import type { Classifier, ClassifyOptions, Prediction } from './classifier.js';

type Classes = Pick<Classifier, 'labels' | 'ids'>;

/** What the classes are known by: names of ImageNet's classes are not unique (two are 'crane'), their synsets are. */
export function keysOf({ labels, ids }: Classes): readonly string[] {
  return ids ?? labels;
}

/** What the figures call the classes, each by a name of its own. */
export function namesOf({ labels, ids }: Classes): readonly string[] {
  return ids ? ids.map((id, i) => `${id} ${labels[i]}`) : labels;
}

/** For each of the folder's labels its place among the classifier's, if any: by name, or by ImageNet's synset or words. */
export function placesOf(found: readonly string[], classes: Classes): (number | undefined)[] {
  const places = knownPlaces(classes);
  return found.map((label) => places.get(label) ?? (classes.ids ? places.get(plain(label)) : undefined));
}

/** The same. @throws UserError for a label that the classifier does not know. */
export function expectPlaces(found: readonly string[], classes: Classes): number[] {
  return placesOf(found, classes).map((place, i) => {
    if (place !== undefined) return place;
    const { labels, ids } = classes;
    const expected = ids
      ? "synsets or names of ImageNet's classes"
      : `classes of the run (${labels.join(', ')})`;
    const known = ids ? [...knownPlaces(classes).keys()] : labels;
    const label = found[i]!;
    throw new UserError(`Expected the ${expected} but the folder has '${label}'.${didYouMean(label, known)}`);
  });
}

function knownPlaces({ labels, ids }: Classes): Map<string, number> {
  const places = new Map(labels.map((label, i) => [label, i]));
  if (!ids) return places;
  // The first class of a word is meant: 'crane' is the bird.
  for (const [i, label] of labels.entries()) {
    for (const word of label.split(', ')) if (!places.has(plain(word))) places.set(plain(word), i);
  }
  for (const [i, id] of ids.entries()) places.set(id, i);
  return places;
}

/** A class's name as folders write it: small letters, blanks. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[_-]+/g, ' ');
}

/**
 * Classifies pictures of a folder whose labels are known.
 *
 * @param places for each of the folder's labels its place among the classifier's.
 */
export async function* classifyLabelled(
  classifier: Classifier,
  pictures: readonly Picture[],
  places: readonly (number | undefined)[],
  options: ClassifyOptions,
): AsyncGenerator<LabelledPrediction & Pick<Prediction, 'likeness'>> {
  const keys = keysOf(classifier);
  const byPath = new Map(pictures.map((picture) => [picture.path, picture]));
  for await (const { path, predictions: ranked, likeness } of classifier.classify(pictures, options)) {
    const probability = new Map(ranked.map((p) => [p.id ?? p.label, p.probability]));
    yield {
      path,
      label: places[byPath.get(path)!.label]!,
      probabilities: keys.map((key) => probability.get(key)!),
      ...(likeness && { likeness }),
    };
  }
}
