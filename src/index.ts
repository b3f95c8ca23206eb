/**
 * Transfer learning from TypeScript.
 *
 *     import { finetune, loadRun } from 'finetune';
 *
 *     const run = await finetune({ data: './pets', base: 'vgg16' });
 *     console.log(run.summary);
 *
 * Importing this module costs next to nothing: TensorFlow's native library is opened by the first call that needs it.
 */

import { chooseDevice } from './runtime/gpu.js';
import { ensureTensorFlow } from './runtime/install/ensure.js';
import type { Classifier, Prediction } from './runs/classifier.js';
import type { CheckOptions } from './recipes/check.js';
import type { FolderCheck } from './runs/folder-check.js';
import type { Against, EvaluateOptions, Evaluation } from './recipes/evaluate.js';
import type { Extraction, ExtractionTask } from './recipes/extract.js';
import type { ExplainOptions, Explanation } from './recipes/explain.js';
import type { FinishedComparison } from './recipes/compare.js';
import type { Correction, CorrectOptions } from './recipes/correct.js';
import type { Estimate } from './recipes/estimate.js';
import type { FinishedCrossValidation } from './recipes/cross-validate.js';
import type { Look, LookOptions } from './recipes/look.js';
import type { FinishedRun } from './recipes/finetune.js';
import type { Similar, SimilarOptions, SimilarPicture } from './recipes/similar.js';
import type { SimilarEvaluation, SimilarEvaluationOptions } from './recipes/similar-evaluation.js';
import type { StyleOptions, StyleTransfer } from './recipes/style.js';
import type { FinishedLearningCurve } from './recipes/learning-curve.js';
import type { FinishedSweep } from './recipes/sweep.js';
import type { FoundRate } from './recipes/lr-find.js';
import type { FinetuneOptions } from './runs/options.js';
import type { SweepSpace } from './runs/sweep-space.js';
import type {
  CompareOptions,
  CrossValidateOptions,
  LearningCurveOptions,
  SweepOptions,
} from './runs/study-options.js';
import type { ServeOptions } from './serve/options.js';
import type { Server } from './serve/serve.js';
import type { Hooks, Progress } from './runtime/progress.js';
import { progressEvents } from './runtime/progress-events.js';

export * from './summary/network-costs.js';
export * from './summary/network-memory.js';
export * from './summary/network-receptive-fields.js';
export type { ClassMetrics, Metrics } from './evaluation/metrics.js';
export { Interrupted } from './runtime/progress.js';
export type { Comparison, RunMetrics } from './runs/record.js';
export { UserError } from './runtime/errors.js';

export type { EpochRecord } from './runtime/progress.js';
export type { ComparedNetwork, ComparedPair, NetworkComparison } from './runs/comparison.js';
export type { CrossValidatedNetwork, CrossValidationResult } from './runs/cross-validation.js';
export type { PooledMetrics } from './evaluation/pooled-metrics.js';
export type { SweepResult, Trial } from './runs/sweep.js';
export type { CurveLine, CurvePoint, LearningCurve } from './runs/learning-curve.js';
export type {
  Against,
  CheckOptions,
  Classifier,
  CompareOptions,
  Correction,
  CorrectOptions,
  CrossValidateOptions,
  Estimate,
  EvaluateOptions,
  Evaluation,
  ExplainOptions,
  Explanation,
  Extraction,
  ExtractionTask,
  FinetuneOptions,
  FoundRate,
  FinishedComparison,
  FinishedCrossValidation,
  FinishedLearningCurve,
  FinishedRun,
  FinishedSweep,
  FolderCheck,
  Hooks,
  LearningCurveOptions,
  Look,
  LookOptions,
  Prediction,
  Progress,
  Similar,
  SimilarEvaluation,
  SimilarEvaluationOptions,
  SimilarOptions,
  SimilarPicture,
  StyleOptions,
  StyleTransfer,
  SweepOptions,
  SweepSpace,
  ServeOptions,
  Server,
};

/**
 * The main job, as `npx finetune` does it: from a folder of pictures to a run folder with a trained classifier, its
 * figures and its report. Every option but `data` has a default; docs/options.md has them all.
 *
 * @throws UserError for what the caller can mend: one line with what was expected, what came and what to do next.
 * @throws Interrupted when the signal fires; the next call with the same options goes on from there.
 */
export async function finetune(options: FinetuneOptions, hooks?: Hooks): Promise<FinishedRun> {
  const { runFinetune } = await recipes(options.device, hooks?.onProgress);
  return runFinetune(options, hooks);
}

/**
 * What `finetune` with the same options is likely to take on this machine: time (of which that for features is measured on
 * some of the pictures), memory, disk. `finetune doctor --data` shows the same. Nothing is fetched but TensorFlow.
 *
 * @throws UserError for options that make no sense, or a folder without pictures.
 */
export async function estimate(options: FinetuneOptions, hooks?: Hooks): Promise<Estimate> {
  await recipes(options.device, hooks?.onProgress);
  const { estimateRun } = await import('./recipes/estimate.js');
  return estimateRun(options, hooks);
}

/**
 * `finetune` as a loop over its progress. The last event is `{ kind: 'finished', result }` with the finished run;
 * leaving the loop earlier interrupts the job.
 */
export function finetuneEvents(
  options: FinetuneOptions,
  signal?: AbortSignal,
): AsyncGenerator<Progress | { readonly kind: 'finished'; readonly result: FinishedRun }> {
  return progressEvents((hooks) => finetune(options, hooks), signal);
}

/**
 * Opens the classifier of a finished run. It holds native memory until its `dispose()`.
 *
 * @throws UserError when `directory` is no finished run.
 */
export async function loadRun(directory: string): Promise<Classifier> {
  const { openRun } = await recipes();
  return openRun(directory);
}

/**
 * Measures a finished run on a folder of labelled pictures; `part` names the part of the folder that was used: `test`,
 * else `val`, else `train`, or `all` of a folder without parts; `labels` are the classes in the run's order. Pictures that
 * the run has trained or chosen on are left out and counted in `trained`.
 *
 * @throws UserError when the folder has a class that the run does not know, no usable picture, or none that is new to
 *   the run.
 */
export async function evaluateRun(run: string, options: EvaluateOptions, hooks?: Hooks): Promise<Evaluation> {
  const { measureRun } = await recipes();
  return measureRun(run, options, hooks);
}

/**
 * Explains what a finished run, or a network of the zoo, says of pictures: for each a map of the places that speak for
 * and against, with the checks of that map; `sheet` is a PNG with all of them. docs/explain.md says what a map means.
 *
 * @throws UserError when there is no such class or layer, or no picture can be read.
 */
export async function explain(
  run: string,
  pictures: readonly { readonly path: string; readonly file: string }[],
  options?: ExplainOptions,
  hooks?: Hooks,
): Promise<Explanation & { readonly sheet: Buffer }> {
  await recipes('auto', hooks?.onProgress);
  const { explainPictures } = await import('./recipes/explain.js');
  return explainPictures(run, pictures, options, hooks);
}

/**
 * Finds the pictures of the folder `options.in` that are most like each query, by what the head of a finished run, or the
 * head on a network of the zoo, reads of them. docs/similar.md says how they are compared.
 *
 * @param queries pictures, folders or patterns.
 * @throws UserError when there is no such run, folder or picture.
 */
export async function findSimilar(
  run: string,
  queries: readonly string[],
  options: SimilarOptions,
  hooks?: Hooks,
): Promise<Similar> {
  await recipes('auto', hooks?.onProgress);
  const { findSimilar: find } = await import('./recipes/similar.js');
  return find(run, queries, options, hooks);
}

/**
 * Measures how well `findSimilar` finds pictures of the same class: recall and precision at 1, 5 and 10, and mean average
 * precision.
 *
 * @throws UserError when the folders are not sorted into classes, or have none in common.
 */
export async function evaluateSimilar(
  run: string,
  options: SimilarEvaluationOptions,
  hooks?: Hooks,
): Promise<SimilarEvaluation> {
  await recipes('auto', hooks?.onProgress);
  const { evaluateSimilar: measure } = await import('./recipes/similar-evaluation.js');
  return measure(run, options, hooks);
}

/**
 * Draws what one picture shows in the style of another (Gatys, Ecker & Bethge 2016, with VGG-16); `pixels` are RGB values
 * 0 to 255, [height, width, 3]. When the signal fires, what is there by then is returned.
 *
 * @param content file of a picture. @param style likewise.
 * @throws UserError when a picture cannot be read or an option is out of bounds.
 */
export async function transferStyle(
  content: string,
  style: string,
  options?: StyleOptions,
  hooks?: Hooks,
): Promise<StyleTransfer> {
  await recipes('auto', hooks?.onProgress);
  const { transferStyle: draw } = await import('./recipes/style.js');
  return draw(content, style, options, hooks);
}

/**
 * Accuracy against pictures a class, as `finetune learning-curve` does it: heads trained on parts of the pictures, all
 * judged by the same held-out ones, LeNet-5 beside them, and a forecast for twice and four times as many.
 * docs/learning-curve.md says what may be concluded.
 *
 * @throws UserError for what the caller can mend.
 * @throws Interrupted when the signal fires; the next call with the same options goes on from there.
 */
export async function learningCurve(
  options: LearningCurveOptions,
  hooks?: Hooks,
): Promise<FinishedLearningCurve> {
  await recipes(options.device, hooks?.onProgress);
  const { runLearningCurve } = await import('./recipes/learning-curve.js');
  return runLearningCurve(options, hooks);
}

/**
 * Several bases and heads on the same splits, as `finetune compare` does it: mean and range over seeds, and of each pair
 * what may be concluded. docs/compare.md says how.
 *
 * @throws UserError for what the caller can mend.
 * @throws Interrupted when the signal fires; the next call with the same options goes on from there.
 */
export async function compareNetworks(options: CompareOptions, hooks?: Hooks): Promise<FinishedComparison> {
  await recipes(options.device, hooks?.onProgress);
  const { runComparison } = await import('./recipes/compare.js');
  return runComparison(options, hooks);
}

/**
 * Judges every picture by a head that had not seen it, as `finetune cross-validate` does it: with few pictures a far
 * surer figure than one held-out part gives. docs/cross-validate.md says what may be concluded.
 *
 * @throws UserError for what the caller can mend.
 * @throws Interrupted when the signal fires; the next call with the same options goes on from there.
 */
export async function crossValidate(
  options: CrossValidateOptions,
  hooks?: Hooks,
): Promise<FinishedCrossValidation> {
  await recipes(options.device, hooks?.onProgress);
  const { runCrossValidation } = await import('./recipes/cross-validate.js');
  return runCrossValidation(options, hooks);
}

/**
 * Looks for a learning rate of what the main job, with the same options, trains in steps, as `finetune lr-find` does it:
 * `(await findLearningRate({ data: './pets', unfreeze: 'block5' })).suggestion`.
 *
 * @throws UserError for what the caller can mend; Interrupted when the signal fires.
 */
export async function findLearningRate(options: FinetuneOptions, hooks?: Hooks): Promise<FoundRate> {
  await recipes(options.device, hooks?.onProgress);
  const { findLearningRate: find } = await import('./recipes/lr-find.js');
  return find(options, hooks);
}

/**
 * Searches settings of the head on stored features, as `finetune sweep` does it:
 * `sweep({ weightDecay: { from: 1e-4, to: 10 }, classWeights: ['none', 'balanced'] }, { data: './pets' })`. Held-out
 * pictures choose nothing. docs/sweep.md says what the best one is worth.
 *
 * @throws UserError for what the caller can mend.
 * @throws Interrupted when the signal fires; the next call with the same options goes on from there.
 */
export async function sweep(space: SweepSpace, options: SweepOptions, hooks?: Hooks): Promise<FinishedSweep> {
  await recipes(options.device, hooks?.onProgress);
  const { runSweep } = await import('./recipes/sweep.js');
  return runSweep(space, options, hooks);
}

/**
 * Looks a folder of pictures through before anything is trained on it, as `npx finetune check` does: broken files, copies,
 * labels that the other pictures contradict, facts that give the class away, and what to do. docs/check.md
 *
 * @throws UserError when there is no such folder, or no picture in it can be used.
 */
export async function checkFolder(
  directory: string,
  options?: CheckOptions,
  hooks?: Hooks,
): Promise<FolderCheck> {
  await recipes('auto', hooks?.onProgress);
  const { checkFolder: look } = await import('./recipes/check.js');
  return (await look(directory, options, hooks)).check;
}

/**
 * Computes the base's features of a folder's pictures, or a share of them, into a folder that many machines may fill, as
 * `npx finetune extract` does; `finetune({ …, store })` then finds them there. docs/many-machines.md
 *
 *     await extract({ options: { data: './pets' }, store: '/shared/features', shard: { shard: 3, of: 64 } });
 *
 * @throws UserError for what you can mend; Interrupted when the signal fires: finished shards stay.
 */
export async function extract(task: ExtractionTask, hooks?: Hooks): Promise<Extraction> {
  await recipes('options' in task ? task.options.device : 'auto', hooks?.onProgress);
  const { runExtraction } = await import('./recipes/extract.js');
  return runExtraction(task, hooks);
}

/**
 * Serves a finished run: a page to try it on and correct it, and an HTTP API; docs/serve.md. Returns once it takes requests.
 *
 *     const server = await serve('runs/pets-vgg16', { port: 7860 });
 *     console.log(server.url);
 *
 * @throws UserError when `run` is no finished run, or the address cannot be listened on.
 */
export async function serve(run: string, options: ServeOptions = {}, hooks: Hooks = {}): Promise<Server> {
  const { device = 'auto' } = options;
  await ensureTensorFlow({ device, ...(hooks.onProgress && { onProgress: hooks.onProgress }) });
  const { serveRun } = await import('./serve/serve.js');
  return serveRun(run, options, hooks);
}

/**
 * Trains the head of a finished run again with corrected pictures, a folder a class, as the page of `serve` does: the
 * corrected run goes to `options.out`, which is not there yet, and what came of it on the same held-out pictures is told.
 * Nothing that was there changes.
 *
 *     const { verdict } = await correct('runs/pets', { corrections: 'runs/pets-corrections', out: 'runs/pets-2' });
 *
 * @throws UserError when there is nothing to train on, or the run's pictures are not where they were.
 */
export async function correct(run: string, options: CorrectOptions, hooks?: Hooks): Promise<Correction> {
  await recipes('auto', hooks?.onProgress);
  const { correctRun } = await import('./recipes/correct.js');
  return correctRun(run, options, hooks);
}

/**
 * Looks into a finished run or a network of the zoo: its first filters, its maps of pictures, and for units the pictures
 * that excite them most and one drawn by gradient ascent. `page` and `sheets` show all of it; docs/look.md says more.
 *
 * @throws UserError when there is no such network, layer, channel or class, or no picture can be read.
 */
export async function look(
  run: string,
  pictures: readonly { readonly path: string; readonly file: string }[] = [],
  options?: LookOptions,
  hooks?: Hooks,
): Promise<Look> {
  await recipes('auto', hooks?.onProgress);
  const { lookInto } = await import('./recipes/look.js');
  return lookInto(run, pictures, options, hooks);
}

/** What works on tensors. Loading it opens TensorFlow, so the library is set up and the device settled first. */
async function recipes(device: FinetuneOptions['device'] = 'auto', onProgress?: Hooks['onProgress']) {
  await ensureTensorFlow({ device, ...(onProgress && { onProgress }) });
  chooseDevice(device);
  const { runFinetune } = await import('./recipes/finetune.js');
  const { loadRun: openRun } = await import('./runs/classifier.js');
  const { evaluateRun: measureRun } = await import('./recipes/evaluate.js');
  return { runFinetune, openRun, measureRun };
}
