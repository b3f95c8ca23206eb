import { plainWarning } from '../data/odd-pictures.js';
import type { Picture } from '../data/pictures.js';
import { type LayoutName, type ScannedFolder, scanFolder } from '../data/scan.js';
import { type Metrics, measure } from '../evaluation/metrics.js';
import type { LabelledPrediction } from '../evaluation/predictions.js';
import { didYouMean, UserError } from '../runtime/errors.js';
import type { Classifier } from '../runs/classifier.js';
import { type Hooks, Interrupted } from '../runtime/progress.js';
import { findTrainedPictures } from '../runs/trained-pictures.js';
import { isRun, openClassifier } from '../runs/zoo-classifier.js';

export interface EvaluateOptions {
  readonly data: string;
  readonly strict?: boolean;
  /** What the folders of `data` are; told by names and contents unless given. */
  readonly layout?: LayoutName;
  /** Whether pictures count that the run has trained or chosen on. */
  readonly includeTrained?: boolean;
}

/** What an accuracy of a run was measured on. */
export interface Evaluation {
  readonly metrics: Metrics;
  /** Of the folder: `test`, else `val`, else `train`, or `all` of a folder without parts. */
  readonly part: string;
  /** The classes in the order of the run. */
  readonly labels: readonly string[];
  /** Of the part's pictures those that the run has trained or chosen on. Absent for a network of the zoo. */
  readonly trained?: {
    /** The same bytes. */
    readonly copies: number;
    /** Others that look the same. */
    readonly nearCopies: number;
    /** Whether they are in the figures; else they were left out. */
    readonly included: boolean;
    /** What could be told: `nothing` without the run's split.json, only `copies` without fingerprints in it. */
    readonly told: 'all' | 'copies' | 'nothing';
  };
}

/**
 * Measures a run, or a network of the zoo, on a folder of labelled pictures. Of a folder with parts, the held-out one
 * is taken: `test`, else `val`; of a flat one, everything. Pictures that the run has trained or chosen on, and near
 * copies of them, are left out unless told.
 *
 * @throws UserError when the folder has a class that the run does not know, or no picture is left.
 */
export async function evaluateRun(
  run: string,
  options: EvaluateOptions,
  hooks: Hooks = {},
): Promise<Evaluation> {
  const { onProgress, signal } = hooks;
  const classifier = await openClassifier(run, hooks);
  try {
    const { layout = 'auto', strict = false } = options;
    const folder = await scanFolder(options.data, { strict, layout, ...(signal && { signal }) });
    for (const message of folder.warnings) onProgress?.({ kind: 'warning', message });
    for (const { path, reason } of folder.skipped) {
      onProgress?.({ kind: 'warning', message: `${path} was left out: ${reason}` });
    }
    const warn = (message: string) => onProgress?.({ kind: 'warning', message });
    const { pictures: found, part } = heldOutPart(folder);
    const labelOf = matchLabels(folder.labels, classifier);
    const { pictures, trained } = isRun(run)
      ? await withoutTrained(run, found, options, hooks)
      : { pictures: found };
    // Names of ImageNet's classes are not unique (two are 'crane'), their synsets are.
    const keys = classifier.ids ?? classifier.labels;
    const byPath = new Map(pictures.map((picture) => [picture.path, picture]));
    const predictions: LabelledPrediction[] = [];
    const onBroken = ({ path, reason }: { path: string; reason: string }) => {
      if (options.strict) throw new UserError(`Expected only usable pictures but ${path} is not: ${reason}.`);
      onProgress?.({ kind: 'warning', message: `${path} was left out: ${reason}` });
    };
    const plain: string[] = [];
    for await (const { path, predictions: ranked } of classifier.classify(pictures, {
      onBroken,
      onPlain: (path) => plain.push(path),
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
    plainWarning(plain, pictures.length).forEach(warn);
    if (predictions.length === 0)
      throw new UserError(`Expected usable pictures in '${options.data}' but found none.`);
    const labels = namesOf(classifier);
    return { metrics: measure(predictions, labels), part, labels, ...(trained && { trained }) };
  } catch (error) {
    if (signal?.aborted) throw new Interrupted('The evaluation was interrupted.', { goesOn: false });
    throw error;
  } finally {
    classifier.dispose();
  }
}

/** The pictures that an honest figure may be measured on. */
async function withoutTrained(
  run: string,
  found: readonly Picture[],
  { data, includeTrained = false }: EvaluateOptions,
  { onProgress, signal }: Hooks,
): Promise<{ pictures: readonly Picture[]; trained: Evaluation['trained'] }> {
  const { copies, nearCopies, told } = await findTrainedPictures(run, found, signal);
  if (told !== 'all') {
    const what =
      told === 'nothing' ? 'pictures this run has trained on' : 'near copies of pictures it has trained on';
    const why = told === 'nothing' ? 'it has no usable split.json' : 'an older version made it';
    onProgress?.({
      kind: 'warning',
      message: `Whether there are ${what} among these cannot be told (${why}): the figure may flatter.`,
    });
  }
  const pictures = includeTrained
    ? found
    : found.filter((picture) => !copies.has(picture) && !nearCopies.has(picture));
  if (pictures.length === 0 && found.length > 0) {
    throw new UserError(
      `Expected pictures in '${data}' that the run has not trained or chosen on but it has on all ${found.length}. ` +
        'Give other pictures; or, for a figure that says nothing about new ones, --include-trained.',
    );
  }
  const trained = { copies: copies.size, nearCopies: nearCopies.size, included: includeTrained, told };
  return { pictures, trained };
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
