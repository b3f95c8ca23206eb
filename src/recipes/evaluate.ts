import { plainWarning } from '../data/odd-pictures.js';
import type { Picture } from '../data/pictures.js';
import { type LayoutName, type ScannedFolder, scanFolder } from '../data/scan.js';
import { type SetFigures, setFigures } from '../evaluation/conformal.js';
import { type LikenessReference, type UnlikeFigures, unlikeFigures } from '../evaluation/likeness.js';
import {
  selectiveCurve,
  type SelectiveFigures,
  selectiveFigures,
  sureAnswers,
} from '../evaluation/selective.js';
import { type Metrics, measure } from '../evaluation/metrics.js';
import type { LabelledPrediction } from '../evaluation/predictions.js';
import { type Changes, changesOf } from '../evaluation/changes.js';
import { macroF1Difference } from '../evaluation/macro-f1.js';
import { isRight, predictedClass } from '../evaluation/predictions.js';
import { UserError } from '../runtime/errors.js';
import type { Classifier, Prediction } from '../runs/classifier.js';
import { setThreshold } from '../runs/sureness.js';
import { classifyLabelled, expectPlaces, keysOf, namesOf } from '../runs/labelled-answers.js';
import type { OtherAnswers } from '../runs/compared.js';
import { type Other, openOther } from '../runs/other-answers.js';
import { type Hooks, Interrupted } from '../runtime/progress.js';
import { findTrainedPictures } from '../runs/trained-pictures.js';
import type { ViewsName } from '../runs/views.js';
import { isRun, openClassifier } from '../runs/zoo-classifier.js';

export interface EvaluateOptions {
  readonly data: string;
  readonly strict?: boolean;
  /** What the folders of `data` are; told by names and contents unless given. */
  readonly layout?: LayoutName;
  /** Whether pictures count that the run has trained or chosen on. */
  readonly includeTrained?: boolean;
  /**
   * Another run, or a network of the zoo, that is to answer for the same pictures; or a file with its answers: a run's
   * predictions.csv, or what `evaluate --csv` printed.
   */
  readonly against?: string;
  /** Also measures the smallest sets of classes that hold the true one in this share of pictures: see `setThreshold`. */
  readonly coverage?: number;
  /** Which views of a picture are looked at: `auto`, as the run's cross-validation has chosen, unless told. */
  readonly tta?: ViewsName;
  /** Also measures what becomes of the accuracy when answers that are less likely are left open. */
  readonly abstainBelow?: number;
  /** Told each answer as soon as it is made; `keys`: what the classes are known by, in the order of the probabilities. */
  readonly onPrediction?: (prediction: LabelledPrediction, keys: readonly string[]) => void | Promise<void>;
}

/** What another classifier's accuracy is on the pictures that both have answered. */
export interface Against extends Changes, Pick<OtherAnswers, 'unmatched' | 'remarks'> {
  /** As it was given. */
  readonly source: string;
  /** Macro-F1 now minus before, on the same pictures, with its 95 % bootstrap interval. */
  readonly macroF1: ReturnType<typeof macroF1Difference>;
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
  /** With `coverage`: how the sets fared. */
  readonly sets?: SetFigures & { readonly asked: number; readonly threshold: number };
  /** With `abstainBelow`: the answers that are given. */
  readonly abstained?: SelectiveFigures;
  /** Accuracy against the share that is answered, from the surest answers on. */
  readonly selective: readonly SelectiveFigures[];
  /** Pictures unlike any that was trained on; absent for a network of the zoo, and for runs of older versions. */
  readonly unlike?: UnlikeFigures;
  /** With `against`: what became of the accuracy. */
  readonly against?: Against;
}

/** The answers to a part of a folder. */
interface Measured {
  readonly evaluation: Evaluation;
  readonly folder: ScannedFolder;
  /** What the classifier's classes are known by, and the place of each of the folder's among them. */
  readonly keys: readonly string[];
  readonly places: readonly number[];
  readonly answered: readonly {
    readonly picture: Picture;
    readonly prediction: LabelledPrediction & Pick<Prediction, 'likeness'>;
  }[];
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
  const { against } = options;
  const other = against === undefined ? undefined : openOther(against);
  try {
    const measured = await measureRun(run, options, hooks);
    if (against === undefined || !other) return measured.evaluation;
    return { ...measured.evaluation, against: await compareWith(against, other, measured, options, hooks) };
  } catch (error) {
    if (hooks.signal?.aborted) throw new Interrupted('The evaluation was interrupted.', { goesOn: false });
    throw error;
  }
}

async function measureRun(run: string, options: EvaluateOptions, hooks: Hooks): Promise<Measured> {
  const classifier = await openClassifier(run, hooks, options);
  try {
    const { coverage } = options;
    const setFrom = coverage === undefined ? undefined : setThreshold(classifier.sureness, coverage, run);
    const { layout = 'auto', strict = false } = options;
    const { signal } = hooks;
    const folder = await scanFolder(options.data, { strict, layout, ...(signal && { signal }) });
    const warn = (message: string) => hooks.onProgress?.({ kind: 'warning', message });
    folder.warnings.forEach(warn);
    for (const { path, reason } of folder.skipped) warn(`${path} was left out: ${reason}`);
    const { pictures: found, part } = heldOutPart(folder);
    const places = expectPlaces(folder.labels, classifier);
    const { pictures, trained } = isRun(run)
      ? await withoutTrained(run, found, options, hooks)
      : { pictures: found };
    const answered = await classifyAll(classifier, pictures, places, options, hooks);
    const labels = namesOf(classifier);
    const predictions = answered.map(({ prediction }) => prediction);
    const metrics = measure(predictions, labels);
    const evaluation: Evaluation = {
      metrics,
      part,
      labels,
      ...(trained && { trained }),
      ...surenessFigures(predictions, { ...options, setFrom }, classifier.sureness?.likeness),
    };
    return { evaluation, folder, keys: keysOf(classifier), places, answered };
  } finally {
    classifier.dispose();
  }
}

/** How sure the answers are, and what comes of leaving some open. */
function surenessFigures(
  predictions: readonly (LabelledPrediction & Pick<Prediction, 'likeness'>)[],
  {
    coverage,
    setFrom,
    abstainBelow,
  }: Pick<EvaluateOptions, 'coverage' | 'abstainBelow'> & {
    readonly setFrom: number | undefined;
  },
  reference: LikenessReference | undefined,
): Pick<Evaluation, 'sets' | 'abstained' | 'selective' | 'unlike'> {
  const answers = sureAnswers(predictions);
  const likeness = predictions.flatMap((prediction) => prediction.likeness ?? []);
  return {
    ...(coverage !== undefined &&
      setFrom !== undefined && {
        sets: { asked: coverage, threshold: setFrom, ...setFigures(predictions, setFrom) },
      }),
    ...(abstainBelow !== undefined && { abstained: selectiveFigures(answers, abstainBelow) }),
    selective: selectiveCurve(answers),
    ...(reference && { unlike: unlikeFigures(reference, likeness) }),
  };
}

/** @throws UserError when none of the pictures can be used. */
async function classifyAll(
  classifier: Classifier,
  pictures: readonly Picture[],
  places: readonly number[],
  { data, strict, onPrediction }: EvaluateOptions,
  { onProgress, signal }: Hooks,
): Promise<Measured['answered']> {
  const warn = (message: string) => onProgress?.({ kind: 'warning', message });
  const byPath = new Map(pictures.map((picture) => [picture.path, picture]));
  const answered: Measured['answered'][number][] = [];
  const plain: string[] = [];
  const told = {
    onBroken: ({ path, reason }: { path: string; reason: string }) => {
      if (strict) throw new UserError(`Expected only usable pictures but ${path} is not: ${reason}.`);
      warn(`${path} was left out: ${reason}`);
    },
    onPlain: (path: string) => plain.push(path),
    ...(signal && { signal }),
  };
  for await (const prediction of classifyLabelled(classifier, pictures, places, told)) {
    answered.push({ picture: byPath.get(prediction.path)!, prediction });
    await onPrediction?.(prediction, keysOf(classifier));
    const [done, total] = [answered.length, pictures.length];
    onProgress?.({ kind: 'work', stage: 'Classifying', done, total, unit: 'pictures' });
  }
  plainWarning(plain, pictures.length).forEach(warn);
  if (answered.length === 0) throw new UserError(`Expected usable pictures in '${data}' but found none.`);
  return answered;
}

/** @throws UserError when there is no picture that both have answered. */
async function compareWith(
  source: string,
  other: Other,
  { evaluation, folder, keys, places, answered }: Measured,
  { data, includeTrained = false }: EvaluateOptions,
  hooks: Hooks,
): Promise<Against> {
  const asked = {
    pictures: answered.map(({ picture }) => picture),
    labels: folder.labels,
    keys: places.map((place) => keys[place]!),
    known: new Set([...keys, ...folder.labels]),
    includeTrained,
  };
  const { right, answers, unmatched, remarks } = await other(asked, hooks);
  if (right.size === 0) {
    const why = unmatched.map(({ count, reason }) => `${count} are ${reason}`).join(', ');
    throw new UserError(
      `Expected answers of '${source}' to pictures in '${data}' but there is none to compare: ${why}. Give the folder that it was measured on, or a run.`,
    );
  }
  const both = answered.filter(({ picture }) => right.has(picture.path));
  const macroF1 = macroF1Of(
    both.map(({ prediction: { label, probabilities } }) => ({
      truth: keys[label]!,
      now: keys[predictedClass(probabilities)]!,
    })),
    both.map(({ picture }) => answers.get(picture.path)!),
  );
  const pairs = answered.flatMap(({ picture, prediction }) => {
    const before = right.get(picture.path);
    if (before === undefined) return [];
    return [{ label: evaluation.labels[prediction.label]!, now: isRight(prediction), before }];
  });
  return { source, ...changesOf(pairs), macroF1, unmatched, remarks };
}

/** @param before the other's answers to the same pictures, some perhaps with classes that only it knows. */
function macroF1Of(
  answers: readonly { readonly truth: string; readonly now: string }[],
  before: readonly string[],
): Against['macroF1'] {
  const names = [...new Set(answers.flatMap(({ truth, now }) => [truth, now]).concat(before))];
  const places = new Map(names.map((name, i) => [name, i]));
  const first = {
    truths: answers.map(({ truth }) => places.get(truth)!),
    answers: answers.map(({ now }) => places.get(now)!),
    classes: names.length,
  };
  return macroF1Difference(first, { answers: before.map((name) => places.get(name)!) });
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
