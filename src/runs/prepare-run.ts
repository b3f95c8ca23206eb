import os from 'node:os';
import { divide } from '../data/divide.js';
import { withGroups } from '../data/group-by.js';
import type { ScannedFolder } from '../data/scan.js';
import type { Split } from '../data/split.js';
import { splitRecord } from '../data/split-record.js';
import type { FrozenPart } from '../features/frozen-extractor.js';
import { type BasesPlan, planBases, type PlannedBranch } from '../features/branch-plan.js';
import { cutAt, wholeNetwork } from '../models/cut-points.js';
import { inputOf, type Network } from '../models/network.js';
import { withPooledFeatures } from '../models/pooled-features.js';
import { byteSize } from '../runtime/byte-size.js';
import { type Hooks, Interrupted } from '../runtime/progress.js';
import { Random } from '../runtime/random.js';
import { networkMemory } from '../summary/network-memory.js';
import { type ModelSpec, modelSpec } from '../models/registry.js';
import { initialWeights } from '../training/initialise.js';
import { cutBefore, type Suffix } from '../training/unfreeze.js';
import { UserError } from '../runtime/errors.js';
import { beginBase, loadPlainBase, untrainedBase } from '../zoo/base.js';
import { type Bases, loadBases } from '../zoo/bases.js';
import type { BegunWeights } from '../zoo/begun-weights.js';
import { imagenetClasses } from '../zoo/imagenet-classes.js';
import { type ImagenetNamesake, imagenetNamesakes } from '../zoo/imagenet-names.js';
import { basesOf, bestBases, type ResolvedOptions } from './options.js';
import { scanPictures } from './scan-pictures.js';

/** What a run works on. */
export interface Prepared {
  readonly options: ResolvedOptions;
  readonly folder: ScannedFolder;
  readonly split: Split;
  /** One base, or several side by side. */
  readonly base: Bases;
  /** What it makes of a picture. */
  readonly plan: BasesPlan;
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
export async function prepare(given: ResolvedOptions, hooks: Hooks): Promise<Prepared> {
  // before the pictures are looked through and the weights are read
  const searched = given.base === 'auto';
  const specs = askedBases(given);
  const { branches } = planBases(specs, given, 0);
  const [{ spec, network, parts }] = branches as [PlannedBranch];
  const from = cutOf(given);
  if (from) expectTrainable(cutAt(withPooledFeatures(network, parts), from).above, given);
  const isOne = branches.length === 1 && !searched && !given.fromScratch;
  const begun = isOne ? beginBase({ base: spec.name, weights: given.weights }, network, hooks) : undefined;
  try {
    return await prepareWith(begun, specs, given, hooks);
  } finally {
    await begun?.close();
  }
}

/** @param begun the weights of the one base, which are read while pictures are looked through. */
async function prepareWith(
  begun: BegunWeights | undefined,
  specs: readonly ModelSpec[],
  given: ResolvedOptions,
  hooks: Hooks,
): Promise<Prepared> {
  const { folder, split } = await findPictures(given, hooks);
  for (const message of [...folder.warnings, ...split.warnings])
    hooks.onProgress?.({ kind: 'warning', message });
  const pictures = split.train.length + split.validation.length + split.test.length;
  const searched = given.base === 'auto';
  const available = searched ? await withWeights(specs, hooks) : specs;
  const options = searched ? { ...given, base: available.map(({ name }) => name).join(',') } : given;
  const plan = planBases(available, options, pictures);
  hooks.onProgress?.({ kind: 'note', message: plan.why });
  const base = options.fromScratch
    ? untrained(plan, options.seed)
    : await loadBases(plan, options, hooks, begun);
  const from = cutOf(options);
  const { frozen, suffix } = from ? cutBefore(base, from) : { frozen: base, suffix: undefined };
  const imagenet = await namesakesOf(folder, base, options, hooks);
  return { options, folder, split, base, plan, frozen: { ...base, ...frozen }, suffix, imagenet };
}

/** From where on the base is trained, if it is. */
function cutOf({ fromScratch, unfreeze }: ResolvedOptions): string | undefined {
  return fromScratch ? wholeNetwork : unfreeze;
}

/**
 * Those of the bases that --effort best would take whose weights can be had.
 *
 * @throws UserError when there are none.
 */
async function withWeights(specs: readonly ModelSpec[], hooks: Hooks): Promise<ModelSpec[]> {
  const found: ModelSpec[] = [];
  let refusal: UserError | undefined;
  for (const spec of specs) {
    try {
      // what is noted of it is noted when it is loaded at its size
      const onProgress: Hooks['onProgress'] = (event) => {
        if (event.kind !== 'note') hooks.onProgress?.(event);
      };
      await loadPlainBase({ base: spec.name }, { ...hooks, onProgress });
      found.push(spec);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      refusal = error;
      hooks.onProgress?.({
        kind: 'warning',
        message: `${spec.title} is left out, for its weights cannot be had: ${error.message}`,
      });
    }
  }
  if (found.length === 0) throw refusal!;
  return found;
}

/** The one base of a plan with random weights. */
function untrained({ branches }: BasesPlan, seed: number): Bases {
  const [{ name, network, parts }] = branches as [PlannedBranch];
  const whole = withPooledFeatures(network, parts);
  const weights = initialWeights(whole, new Random(seed).fork('base from scratch'));
  const base = untrainedBase(name, { network, parts }, weights);
  return { ...base, branches: [{ ...base, name }] };
}

/** Of the machine's memory, what training in steps may take. */
const memoryShare = 0.8;

/** @throws UserError when a batch would not fit into the machine's memory. */
function expectTrainable(network: Network, { batchSize, optimiser, base }: ResolvedOptions): void {
  const { training } = networkMemory(network, { batch: batchSize, optimiser });
  const memory = os.totalmem();
  if (training <= memoryShare * memory) return;
  throw new UserError(
    `Expected ${base} to be trained within ${byteSize(memoryShare * memory)} of memory but it takes ${byteSize(training)} with --batch-size ${batchSize}. Give a smaller batch, a smaller --input, or unfreeze less.`,
  );
}

/** Published bases that see colours were all trained on ImageNet; what weights of the user's own know is not known. */
async function namesakesOf(
  { labels }: ScannedFolder,
  { network }: Bases,
  { weights, fromScratch }: ResolvedOptions,
  { signal }: Hooks,
): Promise<Prepared['imagenet']> {
  if (weights !== undefined || fromScratch || inputOf(network).shape[2] !== 3) return undefined;
  try {
    const asked = { environment: process.env, ...(signal && { signal }) };
    return imagenetNamesakes(labels, await imagenetClasses(asked, { packages: false }));
  } catch (error) {
    if (error instanceof UserError) return undefined; // no figure depends on these names
    throw error;
  }
}

/** The networks that are to be read side by side: those that were asked for, or all that --effort best would take. */
export function askedBases(options: ResolvedOptions): ModelSpec[] {
  return (options.base === 'auto' ? bestBases : basesOf(options)).map((name) => modelSpec(name));
}

/** Finds the pictures of a run, and divides them. */
export async function findPictures(
  options: ResolvedOptions,
  hooks: Hooks,
): Promise<Pick<Prepared, 'folder' | 'split'>> {
  const scanned = await scan(options, hooks);
  const folder = options.groupBy === undefined ? scanned : withGroups(scanned, options.groupBy);
  return { folder, split: divide(folder, options) };
}

/** What tells a run from another in the same folder: options, pictures, weights. */
export function identityOf({ options, folder, split, base }: Prepared): object {
  const { out: _out, name: _name, store: _store, ...settings } = options;
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
