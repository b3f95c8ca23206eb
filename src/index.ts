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
import type { Against, EvaluateOptions, Evaluation } from './recipes/evaluate.js';
import type { ExplainOptions, Explanation } from './recipes/explain.js';
import type { Look, LookOptions } from './recipes/look.js';
import type { FinishedRun } from './recipes/finetune.js';
import type { FinetuneOptions } from './runs/options.js';
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
export type {
  Against,
  Classifier,
  EvaluateOptions,
  Evaluation,
  ExplainOptions,
  Explanation,
  FinetuneOptions,
  FinishedRun,
  Hooks,
  Look,
  LookOptions,
  Prediction,
  Progress,
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
