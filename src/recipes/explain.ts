import { decodeBatches } from '../data/decode.js';
import type { Picture, SkippedFile } from '../data/pictures.js';
import { checkSummary } from '../explain/check-summary.js';
import { drawContactSheet, hasFonts } from '../explain/contact-sheet.js';
import { curvesOf } from '../explain/curves.js';
import { Explainer } from '../explain/explainer.js';
import type { ExplainedPicture, Explanation } from '../explain/explanation.js';
import { type MethodName, methodNames } from '../explain/method-names.js';
import { classNamed, probabilityOf, type Question, scoreOf } from '../explain/question.js';
import { verdictOn } from '../explain/verdict.js';
import { weightCheck } from '../explain/weight-check.js';
import { predictedClass } from '../evaluation/predictions.js';
import { readAnyClassifier } from '../runs/zoo-classifier.js';
import { oneOfNames, UserError } from '../runtime/errors.js';
import { type Hooks, Interrupted } from '../runtime/progress.js';
import { Random } from '../runtime/random.js';

export interface ExplainOptions {
  /** Why this class; unless given, why the answer of each picture. */
  readonly class?: string;
  /** … rather than that one. */
  readonly ratherThan?: string;
  /** How maps are made; unless given, the linear head's own decomposition, or Grad-CAM where it has none. */
  readonly method?: MethodName;
  /** The layer whose map it is; unless given, the last with places, or the picture for methods that go down to it. */
  readonly layer?: string;
  /** Whether the checks are summed up over all pictures. */
  readonly check?: boolean;
  /** Of the checks' random numbers. */
  readonly seed?: number;
}

export type { Explanation, ExplainedPicture, MethodName };

/** Random orders of places that each map is held against. */
const repeats = 3;

/**
 * Explains what a run, or a network of the zoo, says of pictures: a map for each, and the checks of that map.
 *
 * @returns also `sheet`, a PNG with every picture, its map and its figures.
 * @throws UserError when there is no such class or layer, or no picture can be read.
 */
export async function explainPictures(
  run: string,
  pictures: readonly Pick<Picture, 'path' | 'file'>[],
  options: ExplainOptions = {},
  hooks: Hooks = {},
): Promise<Explanation & { readonly sheet: Buffer }> {
  const { onProgress, signal } = hooks;
  const method = options.method && oneOfNames('--method', options.method, methodNames);
  const explainer = new Explainer(await readAnyClassifier(run, hooks), { method, layer: options.layer });
  try {
    const { decode, labels, layer, draws } = explainer;
    const questionFor = questioner(explainer, options);

    const broken: SkippedFile[] = [];
    const onBroken = (skipped: SkippedFile) => broken.push(skipped);
    const size = decode.height * decode.width * decode.channels;
    const found = [];
    const whole = pictures.map((picture) => ({ ...picture, label: 0, digest: '' }));
    const source = decodeBatches(whole, { ...decode, batchSize: 16, onBroken, ...(signal && { signal }) });
    for await (const batch of source) {
      const answers = explainer.answers(batch.pixels, batch.pictures.length);
      const questions = answers.logits.map((row) => questionFor(predictedClass(row)));
      const maps = explainer.maps(answers, questions);
      for (const [i, { path, file }] of batch.pictures.entries()) {
        const pixels = batch.pixels.slice(i * size, (i + 1) * size);
        found.push({
          path,
          file,
          pixels,
          logits: answers.logits[i]!,
          question: questions[i]!,
          map: maps[i]!,
        });
      }
    }
    if (found.length === 0) {
      const first = broken[0] ? `: ${broken[0].path} is not usable (${broken[0].reason})` : '';
      throw new UserError(`Expected pictures that can be read but there are none${first}.`);
    }

    const { seed = 0, check = false } = options;
    const stages = await weightCheck(explainer, found, { repeats: draws, seed, ...hooks });

    const explained: ExplainedPicture[] = [];
    const random = new Random(seed).fork('places');
    for (const [i, { path, pixels, logits, question, map }] of found.entries()) {
      signal?.throwIfAborted();
      const curves = await curvesOf(explainer, pixels, question, map, { random, repeats });
      const own = stages.map(({ correlations, ...stage }) => ({ ...stage, correlation: correlations[i]! }));
      const answer = predictedClass(logits);
      const score = scoreOf(logits, question);
      const places = map.values.reduce((sum, value) => sum + value, 0);
      explained.push({
        path,
        answer: { label: labels[answer]!, probability: probabilityOf(logits, { of: answer }) },
        question: {
          class: labels[question.of]!,
          ...(question.ratherThan !== undefined && { ratherThan: labels[question.ratherThan]! }),
        },
        probability: probabilityOf(logits, question),
        score,
        map,
        ...(map.constant !== undefined && { completenessError: Math.abs(places + map.constant - score) }),
        stages: own,
        curves,
        verdict: verdictOn(own, curves),
      });
      onProgress?.({ kind: 'work', stage: 'Explaining', done: i + 1, total: found.length, unit: 'pictures' });
    }

    const explanation = {
      method: explainer.method,
      layer,
      pictures: explained,
      broken,
      ...(check && { check: checkSummary(explained) }),
    };
    if (!(await hasFonts())) {
      const message =
        'No fonts were found here, so the contact sheet has no text; --json has all the figures.';
      onProgress?.({ kind: 'warning', message });
    }
    const files = found.map(({ file }) => file);
    return { ...explanation, sheet: await drawContactSheet(explanation, files, decode) };
  } catch (error) {
    if (signal?.aborted) throw new Interrupted('The explanation was interrupted.', { goesOn: false });
    throw error;
  } finally {
    explainer.dispose();
  }
}

/** What is asked of a picture, given what the network answers. */
function questioner(explainer: Explainer, options: ExplainOptions): (answer: number) => Question {
  const given = options.class === undefined ? undefined : classNamed(options.class, explainer, '--class');
  const ratherThan =
    options.ratherThan === undefined ? undefined : classNamed(options.ratherThan, explainer, '--rather-than');
  return (answer) => {
    const of = given ?? answer;
    if (of === ratherThan) {
      const named = explainer.labels[of]!;
      throw new UserError(
        given === undefined
          ? `Expected --rather-than another class than the answer but one is answered '${named}'. Name the other class with --class.`
          : `Expected --class and --rather-than to be two classes but both are '${named}'.`,
      );
    }
    return { of, ...(ratherThan !== undefined && { ratherThan }) };
  };
}
