import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { againWhenLost } from '../features/lost-features.js';
import { type Extracted, extractRun } from '../runs/extract-run.js';
import type { FinetuneOptions, ResolvedOptions } from '../runs/options.js';
import { resolveOptions } from '../runs/options.js';
import { type Prepared, prepare } from '../runs/prepare-run.js';
import { runExamples } from '../runs/run-examples.js';
import type { Examples } from '../features/examples.js';
import type { Weights } from '../formats/tensors.js';
import { UserError } from '../runtime/errors.js';
import { closingAll, type Keep } from '../runtime/closing.js';
import { type Hooks, Interrupted } from '../runtime/progress.js';
import { Random } from '../runtime/random.js';
import { scratchJob } from '../training/from-scratch.js';
import { type RateTest, testRates } from '../training/rate-test.js';
import { headJob, standardised } from '../training/train-head.js';
import { partsOf } from '../training/trained.js';
import { randomWeights, type TrainingContext, type TrainingJob } from '../training/training-job.js';
import { headOnFrozen, unfrozenJob, unfrozenTitle } from '../training/unfreeze.js';

/** What a range test found, as the caller gets it. */
export interface FoundRate extends RateTest {
  /** What was trained: `linear head`, `VGG-16 from block5`. */
  readonly network: string;
  /** The option of the main job that the suggestion is for. */
  readonly option: 'learningRate' | 'unfreezeLearningRate';
}

/** From 1e-7 to 10 in 100 steps, as fastai's finder. */
export const usualRange = { from: 1e-7, to: 10, steps: 100 } as const;

/**
 * Looks for a learning rate of what the main job, with the same options, would train in steps: the unfrozen layers after
 * their head, a network from scratch, else the head. Nothing is written.
 *
 * @throws UserError for what the user can mend; Interrupted when the signal fires.
 */
export async function findLearningRate(
  input: FinetuneOptions,
  hooks: Hooks = {},
  range: { readonly from: number; readonly to: number; readonly steps: number } = usualRange,
): Promise<FoundRate> {
  const { signal } = hooks;
  try {
    return await againWhenLost(() => closingAll((keep) => find(input, hooks, range, keep)), hooks);
  } catch (error) {
    if (signal?.aborted && error === signal.reason) {
      throw new Interrupted('Looking for a learning rate was interrupted.', { goesOn: false });
    }
    throw error;
  }
}

async function find(
  input: FinetuneOptions,
  hooks: Hooks,
  range: { readonly from: number; readonly to: number; readonly steps: number },
  keep: Keep,
): Promise<FoundRate> {
  const given = resolveOptions(input);
  expectSteps(given);
  // a head that would be solved takes no steps: it is tried as if it did
  const options: ResolvedOptions = given.unfreeze ? given : { ...given, solver: 'steps' };
  const prepared = await prepare(options, hooks);
  const checkpointFolder = fs.mkdtempSync(path.join(os.tmpdir(), 'finetune-lr-find-'));
  keep({ close: () => fs.rmSync(checkpointFolder, { recursive: true, force: true }) });
  const extracted = await extractRun(prepared, checkpointFolder, keep, hooks);
  const random = new Random(options.seed);
  const { job, initial, train } = await tested(prepared, extracted, { random, checkpointFolder, hooks });
  const test = await testRates(job, initial, train, {
    ...range,
    weightDecay: typeof options.weightDecay === 'number' ? options.weightDecay : 0,
    random: random.fork('range test'),
    signal: hooks.signal,
    onStep: (done) =>
      hooks.onProgress?.({
        kind: 'work',
        stage: 'Finding a learning rate',
        done,
        total: range.steps,
        unit: 'steps',
      }),
  });
  return { ...test, network: job.name, option: options.unfreeze ? 'unfreezeLearningRate' : 'learningRate' };
}

/** @throws UserError for heads that no learning rate would change. A linear head can be trained in steps, too. */
function expectSteps({ head, effort, unfreeze }: ResolvedOptions): void {
  if (unfreeze) return;
  const what = head === 'prototypes' ? '--head prototypes' : effort === 'best' ? '--effort best' : undefined;
  if (what === undefined) return;
  throw new UserError(
    `Expected something that is trained in steps but received ${what}, which has no learning rate. Leave it out.`,
  );
}

/** What would be trained in steps, what it would begin with, and on what. */
async function tested(
  prepared: Prepared,
  extracted: Extracted,
  context: TrainingContext,
): Promise<{ job: TrainingJob; initial: Weights; train: Examples }> {
  const { options, base, suffix } = prepared;
  const data = runExamples(prepared, extracted);
  const { classes } = data;
  const { title } = base;
  if (suffix && options.fromScratch) {
    const named = { ...context, name: `${title} from scratch` };
    return { ...scratchJob(classes, suffix, named, options), train: data.train };
  }
  if (suffix) {
    const head = await headOnFrozen(data, suffix, context, options);
    const named = { ...context, name: unfrozenTitle(title, options.unfreeze!) };
    const { job, initial } = unfrozenJob(classes, suffix, head, named, options);
    return { job, initial: initial.measured, train: data.train };
  }
  const job = headJob(data, options, context);
  const { train } = standardised(data.train, partsOf(data), { train: data.train });
  return { job, initial: randomWeights(job), train };
}
