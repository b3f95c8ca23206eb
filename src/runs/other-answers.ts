import fs from 'node:fs';
import path from 'node:path';
import type { Picture } from '../data/pictures.js';
import { isRight, predictedClass } from '../evaluation/predictions.js';
import { acceptedNames } from '../models/registry.js';
import { UserError } from '../runtime/errors.js';
import type { Hooks } from '../runtime/progress.js';
import { readClassifierRecord } from './classifier-record.js';
import type { Compared, OtherAnswers } from './compared.js';
import { classifyLabelled, keysOf, placesOf } from './labelled-answers.js';
import { matchRecorded, readRecordedAnswers } from './recorded-answers.js';
import { findTrainedPictures } from './trained-pictures.js';
import { isRun, openClassifier } from './zoo-classifier.js';

/** What the other answers; nothing is classified before this is called. */
export type Other = (asked: Compared, hooks: Hooks) => Promise<OtherAnswers>;

/**
 * Opens what a run is compared with: a file of predictions, or a run or network of the zoo, which then classifies the
 * same pictures.
 *
 * @throws UserError when it is none of these, before any work is done.
 */
export function openOther(source: string): Other {
  if (fs.statSync(source, { throwIfNoEntry: false })?.isFile()) {
    const rows = readRecordedAnswers(source);
    return async (asked) => matchRecorded(rows, asked);
  }
  if (!fs.existsSync(source) && !acceptedNames().includes(source)) {
    throw new UserError(
      `Expected a run, a network of the zoo, or a file of predictions to compare with but '${source}' does not exist.`,
    );
  }
  if (isRun(source)) readClassifierRecord(path.join(source, 'model'));
  return (asked, hooks) => answersOf(source, asked, hooks);
}

async function answersOf(
  source: string,
  { pictures, labels, keys, includeTrained }: Compared,
  hooks: Hooks,
): Promise<OtherAnswers> {
  const classifier = await openClassifier(source, hooks);
  try {
    const places = placesOf(labels, classifier);
    const known = pictures.filter(({ label }) => places[label] !== undefined);
    const seen = isRun(source) ? await findTrainedPictures(source, known, hooks.signal) : undefined;
    const trained = (picture: Picture) => seen?.copies.has(picture) || seen?.nearCopies.has(picture);
    const fair = includeTrained ? known : known.filter((picture) => !trained(picture));
    const { onProgress, signal } = hooks;
    const right = new Map<string, boolean>();
    const answers = new Map<string, string>();
    const own = keysOf(classifier);
    const told = { onBroken: () => {}, ...(signal && { signal }) };
    for await (const answer of classifyLabelled(classifier, fair, places, told)) {
      right.set(answer.path, isRight(answer));
      const said = predictedClass(answer.probabilities);
      const place = places.indexOf(said);
      answers.set(answer.path, place < 0 ? own[said]! : keys[place]!);
      onProgress?.({
        kind: 'work',
        stage: 'Comparing',
        done: right.size,
        total: fair.length,
        unit: 'pictures',
      });
    }
    const unmatched = [
      { count: pictures.length - known.length, reason: 'of a class that it does not know' },
      { count: known.length - fair.length, reason: 'among those it has trained or chosen on' },
      { count: fair.length - right.size, reason: 'not to be read any more' },
    ].filter(({ count }) => count > 0);
    const remarks =
      seen && seen.told !== 'all'
        ? [`Whether it has trained on some of these cannot be told: its figure may flatter.`]
        : [];
    return { right, answers, unmatched, remarks };
  } finally {
    classifier.dispose();
  }
}
