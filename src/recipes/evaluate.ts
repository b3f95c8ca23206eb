import type { Picture } from '../data/pictures.js';
import { type LayoutName, type ScannedFolder, scanFolder } from '../data/scan.js';
import { type Metrics, measure } from '../evaluation/metrics.js';
import type { LabelledPrediction } from '../evaluation/predictions.js';
import { didYouMean, UserError } from '../runtime/errors.js';
import type { Classifier } from '../runs/classifier.js';
import { openClassifier } from '../runs/zoo-classifier.js';
import { type Hooks, Interrupted } from '../runtime/progress.js';

/**
 * Measures a run, or a network of the zoo, on a folder of labelled pictures. Of a folder with parts, the held-out one is taken: `test`, else
 * `val`; of a flat one, everything.
 *
 * @throws UserError when the folder has a class that the run does not know.
 */
export async function evaluateRun(
  run: string,
  options: { readonly data: string; readonly strict?: boolean; readonly layout?: LayoutName },
  hooks: Hooks = {},
): Promise<{ metrics: Metrics; part: string; labels: readonly string[] }> {
  const { onProgress, signal } = hooks;
  const classifier = await openClassifier(run, hooks);
  try {
    const { layout = 'auto', strict = false } = options;
    const folder = await scanFolder(options.data, { strict, layout, ...(signal && { signal }) });
    for (const message of folder.warnings) onProgress?.({ kind: 'warning', message });
    for (const { path, reason } of folder.skipped) {
      onProgress?.({ kind: 'warning', message: `${path} was left out: ${reason}` });
    }
    const { pictures, part } = heldOutPart(folder);
    const labelOf = matchLabels(folder.labels, classifier);
    // Names of ImageNet's classes are not unique (two are 'crane'), their synsets are.
    const keys = classifier.ids ?? classifier.labels;
    const byPath = new Map(pictures.map((picture) => [picture.path, picture]));
    const predictions: LabelledPrediction[] = [];
    const onBroken = ({ path, reason }: { path: string; reason: string }) => {
      if (options.strict) throw new UserError(`Expected only usable pictures but ${path} is not: ${reason}.`);
      onProgress?.({ kind: 'warning', message: `${path} was left out: ${reason}` });
    };
    for await (const { path, predictions: ranked } of classifier.classify(pictures, {
      onBroken,
      ...(signal && { signal }),
    })) {
      const probability = new Map(ranked.map((p) => [p.id ?? p.label, p.probability]));
      predictions.push({
        path,
        label: labelOf[byPath.get(path)!.label]!,
        probabilities: keys.map((key) => probability.get(key)!),
      });
      const done = predictions.length;
      const total = pictures.length;
      onProgress?.({ kind: 'work', stage: 'Classifying', done, total, unit: 'pictures' });
    }
    if (predictions.length === 0)
      throw new UserError(`Expected usable pictures in '${options.data}' but found none.`);
    return { metrics: measure(predictions, namesOf(classifier)), part, labels: namesOf(classifier) };
  } catch (error) {
    if (signal?.aborted) throw new Interrupted('The evaluation was interrupted.');
    throw error;
  } finally {
    classifier.dispose();
  }
}

function heldOutPart({ layout, parts }: ScannedFolder): { pictures: readonly Picture[]; part: string } {
  if (layout === 'flat') return { pictures: parts.train ?? [], part: 'all' };
  if (parts.test) return { pictures: parts.test, part: 'test' };
  if (parts.validation) return { pictures: parts.validation, part: 'val' };
  return { pictures: parts.train ?? [], part: 'train' };
}

/** What the figures call the classes, each by a name of its own. */
function namesOf({ labels, ids }: Classifier): readonly string[] {
  return ids ? ids.map((id, i) => `${id} ${labels[i]}`) : labels;
}

/** For each of the folder's labels its place among the classifier's: by name, or by ImageNet's synset or words. */
function matchLabels(found: readonly string[], { labels, ids }: Classifier): number[] {
  const places = new Map(labels.map((label, i) => [label, i]));
  if (ids) {
    // The first class of a word is meant: 'crane' is the bird.
    for (const [i, label] of labels.entries()) {
      for (const word of label.split(', ')) if (!places.has(plain(word))) places.set(plain(word), i);
    }
    for (const [i, id] of ids.entries()) places.set(id, i);
  }
  return found.map((label) => {
    const place = places.get(label) ?? (ids ? places.get(plain(label)) : undefined);
    if (place !== undefined) return place;
    const expected = ids
      ? "synsets or names of ImageNet's classes"
      : `classes of the run (${labels.join(', ')})`;
    const known = ids ? [...places.keys()] : labels;
    throw new UserError(`Expected the ${expected} but the folder has '${label}'.${didYouMean(label, known)}`);
  });
}

/** A class's name as folders write it: small letters, blanks. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[_-]+/g, ' ');
}
