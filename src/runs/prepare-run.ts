import os from 'node:os';
import { divide } from '../data/divide.js';
import { withGroups } from '../data/group-by.js';
import type { ScannedFolder } from '../data/scan.js';
import type { Split } from '../data/split.js';
import { splitRecord } from '../data/split-record.js';
import type { FrozenPart } from '../features/frozen-extractor.js';
import { type FeaturePlan, planFeatures } from '../features/feature-plan.js';
import { withPooledFeatures } from '../models/pooled-features.js';
import { type Hooks, Interrupted } from '../runtime/progress.js';
import { modelSpec } from '../models/registry.js';
import { cutBefore, type Suffix } from '../training/unfreeze.js';
import { cutAt, wholeNetwork } from '../models/cut-points.js';
import type { Network } from '../models/network.js';
import type { Weights } from '../formats/tensors.js';
import { Random } from '../runtime/random.js';
import { networkMemory } from '../summary/network-memory.js';
import { initialWeights } from '../training/initialise.js';
import { UserError } from '../runtime/errors.js';
import { type Base, loadBase, untrainedBase } from '../zoo/base.js';
import { imagenetClasses } from '../zoo/imagenet-classes.js';
import { type ImagenetNamesake, imagenetNamesakes } from '../zoo/imagenet-names.js';
import type { ResolvedOptions } from './options.js';
import { scanPictures } from './scan-pictures.js';

/** What a run works on. */
export interface Prepared {
  readonly options: ResolvedOptions;
  readonly folder: ScannedFolder;
  readonly split: Split;
  readonly base: Base;
  /** What the base makes of a picture. */
  readonly plan: FeaturePlan;
  /** What of the base stays as it is. */
  readonly frozen: FrozenPart;
  /** What of the base is trained after the head; with --unfreeze only. */
  readonly suffix: Suffix | undefined;
  /** Classes with the name of one of ImageNet's; undefined where that says nothing, or the names could not be had. */
  readonly imagenet: readonly ImagenetNamesake[] | undefined;
}

/**
 * Finds pictures and base and checks that what was asked of them makes sense. Nothing that exists is touched.
 *
 * @throws UserError when it makes none.
 */
export async function prepare(options: ResolvedOptions, hooks: Hooks): Promise<Prepared> {
  // before the pictures are looked through and the weights are read
  const spec = modelSpec(options.base);
  const { network, parts } = planFeatures(spec, options, 0);
  const from = options.fromScratch ? wholeNetwork : options.unfreeze;
  if (from) expectTrainable(cutAt(withPooledFeatures(network, parts), from).above, options);
  const scanned = await scan(options, hooks);
  const folder = options.groupBy === undefined ? scanned : withGroups(scanned, options.groupBy);
  const split = divide(folder, options);
  for (const message of [...folder.warnings, ...split.warnings])
    hooks.onProgress?.({ kind: 'warning', message });
  const pictures = split.train.length + split.validation.length + split.test.length;
  const plan = planFeatures(spec, options, pictures);
  hooks.onProgress?.({ kind: 'note', message: plan.why });
  const base = options.fromScratch
    ? untrainedBase(options.base, plan, randomBase(plan, options.seed))
    : await loadBase(options, plan, hooks);
  const { frozen, suffix } = from ? cutBefore(base, from) : { frozen: base, suffix: undefined };
  const imagenet = await namesakesOf(folder, base, options, hooks);
  return { options, folder, split, base, plan, frozen: { ...base, ...frozen }, suffix, imagenet };
}

function randomBase({ network, parts }: FeaturePlan, seed: number): Weights {
  const whole = withPooledFeatures(network, parts);
  return initialWeights(whole, new Random(seed).fork('base from scratch'));
}

/** Of the machine's memory, what training in steps may take. */
const memoryShare = 0.8;

/** @throws UserError when a batch would not fit into the machine's memory. */
function expectTrainable(network: Network, { batchSize, optimiser, base }: ResolvedOptions): void {
  const { training } = networkMemory(network, { batch: batchSize, optimiser });
  const memory = os.totalmem();
  if (training <= memoryShare * memory) return;
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
  throw new UserError(
    `Expected ${base} to be trained within ${gigabytes(memoryShare * memory)} of memory but it takes ${gigabytes(training)} with --batch-size ${batchSize}. Give a smaller batch, a smaller --input, or unfreeze less.`,
  );
}

/** Published bases that see colours were all trained on ImageNet; what weights of the user's own know is not known. */
async function namesakesOf(
  { labels }: ScannedFolder,
  { spec }: Base,
  { weights, fromScratch }: ResolvedOptions,
  { signal }: Hooks,
): Promise<Prepared['imagenet']> {
  if (weights !== undefined || fromScratch || spec.inputShape[2] !== 3) return undefined;
  try {
    const asked = { environment: process.env, ...(signal && { signal }) };
    return imagenetNamesakes(labels, await imagenetClasses(asked, { packages: false }));
  } catch (error) {
    if (error instanceof UserError) return undefined; // no figure depends on these names
    throw error;
  }
}

/** What tells a run from another in the same folder: options, pictures, weights. */
export function identityOf({ options, folder, split, base }: Prepared): object {
  const { out: _out, name: _name, ...settings } = options;
  return { settings, split: splitRecord(split, folder.labels, options.seed), base: base.digest };
}

async function scan({ data, strict, layout }: ResolvedOptions, hooks: Hooks) {
  try {
    return await scanPictures(data, { strict, layout }, hooks);
  } catch (error) {
    if (hooks.signal?.aborted) throw new Interrupted('Checking pictures was interrupted.');
    throw error;
  }
}
