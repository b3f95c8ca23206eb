import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { byCodePoints, type Picture } from '../data/pictures.js';
import type { Split } from '../data/split.js';
import { decidePrecision } from '../features/decide-precision.js';
import { digestOf, type FeatureKey, featureKeyDigest } from '../features/feature-key.js';
import { decodeFor, frozenFeatureKey, pixelFeatureKey } from '../features/frozen-features.js';
import type { FrozenPart, PrefixSettings } from '../features/frozen-extractor.js';
import { branchSettingsSchema } from '../features/settings-schema.js';
import { usualShardBatch } from '../features/shard.js';
import type { FeaturePart } from '../models/pooled-features.js';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { UserError } from '../runtime/errors.js';
import { makeFolder } from '../runtime/make-folder.js';
import type { Hooks } from '../runtime/progress.js';
import { readRecord } from '../runtime/record-file.js';
import type { ResolvedOptions } from './options.js';
import type { Prepared } from './prepare-run.js';
import { WorkGone } from './work-gone.js';

/** A picture of a shard: `file` is relative to the folder of pictures, which may lie elsewhere on every machine. */
export type PlannedPicture = Pick<Picture, 'path' | 'file' | 'digest'>;

/** What every shard of an extraction shares: enough to open the network on another machine, and to tell that it is the same. */
export interface ExtractionPlan {
  readonly format: 1;
  /** The folder of pictures on the machine that planned. */
  readonly data: string;
  readonly base: string;
  /** A weight file of one's own, FILE or FILE#SET, absolute. */
  readonly weights?: string | undefined;
  /** Of the network's input, in pixels. */
  readonly side: number;
  readonly parts: readonly FeaturePart[];
  readonly unfreeze?: string | undefined;
  readonly settings: PrefixSettings;
  readonly resize: ResolvedOptions['resize'];
  /** Ways in which small pictures are made, for finding copies and for LeNet-5. */
  readonly small: readonly ResolvedOptions['resize'][];
  readonly batchSize: number;
  /** Digest of the frozen part's feature key: a machine on which it comes out otherwise has other software. */
  readonly key: string;
  /** In all shards. */
  readonly pictures: number;
  readonly shards: number;
}

/** A plan, with the network that it was made with and its shards. */
export interface PlannedExtraction {
  readonly plan: ExtractionPlan;
  readonly frozen: FrozenPart;
  readonly shards: readonly (readonly PlannedPicture[])[];
}

/**
 * Plans how the features of a folder's pictures are computed piece by piece. The pieces depend on the pictures' bytes and
 * on `shards` alone: whoever plans the same gets the same.
 *
 * @param shards how many; undefined: as many as make about a thousand pictures each.
 * @throws UserError for several bases side by side, and where nothing of the base is frozen.
 */
export async function planExtraction(
  { options, folder, split, plan, frozen }: Prepared,
  shards: number | undefined,
  hooks: Hooks,
): Promise<PlannedExtraction> {
  if (plan.branches.length > 1) {
    throw new SeveralNetworks(
      `Expected one network, whose features the shards hold, but ${plan.branches.map(({ name }) => name).join(', ')} lie side by side here. Extract for one base at a time, with the same --input and without --effort best.`,
    );
  }
  if (options.fromScratch) {
    throw new UserError(
      'Expected a base with weights, whose features the shards hold, but with --from-scratch all of it is trained on the pictures: there are no features to compute. Leave out extract, or --from-scratch.',
    );
  }
  const settings = await chosenSettings(frozen, split, options, hooks);
  const decode = decodeFor(frozen, options.resize);
  const pictures = distinctPictures(split, folder.root);
  const count = shards ?? Math.max(1, Math.ceil(pictures.length / usualShard));
  const small = options.baseline === 'none' ? (['squash'] as const) : (['squash', options.resize] as const);
  return {
    frozen,
    plan: {
      format: 1,
      data: folder.root,
      base: options.base,
      ...(options.weights && { weights: path.resolve(options.weights) }),
      side: plan.side,
      parts: plan.parts.map(({ layer, pool }) => ({ layer, pool })),
      ...(options.unfreeze && { unfreeze: options.unfreeze }),
      settings,
      resize: options.resize,
      small: [...new Set(small)],
      batchSize: options.extractBatchSize === 'auto' ? usualShardBatch : options.extractBatchSize,
      key: featureKeyDigest(frozenFeatureKey(frozen, settings, decode)),
      pictures: pictures.length,
      shards: count,
    },
    shards: dealt(pictures, count),
  };
}

/** Features of several networks side by side are not divided among machines. */
export class SeveralNetworks extends UserError {}

/** Equal shares; of many pictures each in whole batches. */
function dealt<T>(pictures: readonly T[], count: number): T[][] {
  const unit = pictures.length >= 32 * usualShardBatch * count ? usualShardBatch : 1;
  const bound = (i: number) =>
    i === count ? pictures.length : unit * Math.floor((i * pictures.length) / count / unit);
  return Array.from({ length: count }, (_, i) => pictures.slice(bound(i), bound(i + 1)));
}

/** Pictures a shard: seconds to minutes of work, a few megabytes. */
const usualShard = 1024;

async function chosenSettings(
  frozen: FrozenPart,
  { train, validation, test }: Split,
  options: ResolvedOptions,
  hooks: Hooks,
): Promise<PrefixSettings> {
  // where a run would note its choice: here it is noted in the folder that machines share
  const notes = fs.mkdtempSync(path.join(os.tmpdir(), 'finetune-extract-'));
  try {
    const decode = decodeFor(frozen, options.resize);
    const total = train.length + validation.length + test.length;
    const file = path.join(notes, 'precision.json');
    const { prefix, settings, reason } = await decidePrecision(
      frozen,
      decode,
      { train, total },
      options,
      file,
      hooks,
    );
    prefix?.dispose();
    hooks.onProgress?.({ kind: 'note', message: `Precision ${reason}` });
    return settings;
  } finally {
    fs.rmSync(notes, { recursive: true, force: true });
  }
}

/** Every content once, under its first path, by digest. */
function distinctPictures({ train, validation, test }: Split, root: string): PlannedPicture[] {
  const first = new Map<string, PlannedPicture>();
  const all = [...train, ...validation, ...test].sort((a, b) => byCodePoints(a.path, b.path));
  for (const { path: shown, file, digest } of all) {
    if (!first.has(digest)) first.set(digest, { path: shown, file: path.relative(root, file), digest });
  }
  return [...first.values()].sort((a, b) => (a.digest < b.digest ? -1 : 1));
}

/** The feature keys of all that is computed of a picture, the frozen part's first. */
export function keysOf(
  { settings, resize, small }: Pick<ExtractionPlan, 'settings' | 'resize' | 'small'>,
  frozen: FrozenPart,
): FeatureKey[] {
  return [frozenFeatureKey(frozen, settings, decodeFor(frozen, resize)), ...small.map(pixelFeatureKey)];
}

const planFile = 'plan.json';
const plannedPictures = z.array(z.object({ path: z.string(), file: z.string(), digest: z.string() }));

const planSchema = z.object({
  format: z.literal(1),
  data: z.string(),
  base: z.string(),
  weights: z.string().optional(),
  side: z.number().int(),
  parts: z.array(z.object({ layer: z.string(), pool: z.enum(['none', 'average', 'max', 'gem']) })),
  unfreeze: z.string().optional(),
  settings: branchSettingsSchema,
  resize: z.enum(['squash', 'crop', 'letterbox']),
  small: z.array(z.enum(['squash', 'crop', 'letterbox'])),
  batchSize: z.number().int(),
  key: z.string(),
  pictures: z.number().int(),
  shards: z.number().int(),
});

/**
 * Keeps a plan in the shared folder; returns its name, which follows from all that it says: where the pictures lie too, so
 * that pictures that were moved are planned anew. The plan itself comes last.
 */
export async function savePlan(
  store: string,
  { plan, shards }: Omit<PlannedExtraction, 'frozen'>,
): Promise<string> {
  const pictures = shards.map((shard) =>
    shard.map(({ path: shown, file, digest }) => ({ path: shown, file, digest })),
  );
  const name = digestOf({ plan, pictures });
  const folder = planFolder(store, name);
  if (fs.existsSync(path.join(folder, planFile))) return name;
  makeFolder(folder);
  for (const [i, shard] of shards.entries()) {
    await writeFileAtomic(path.join(folder, `${i + 1}.json`), JSON.stringify(shard));
  }
  await writeFileAtomic(path.join(folder, planFile), `${JSON.stringify(plan, null, 1)}\n`);
  return name;
}

const planAgain = 'Delete that file and make the plan again with finetune extract … --plan-only.';

/** @throws UserError when there is none of that name, or it is damaged. */
export function readPlan(store: string, name: string): ExtractionPlan {
  const file = path.join(planFolder(store, name), planFile);
  if (!/^[0-9a-f]{32}$/.test(name) || !fs.existsSync(file)) {
    const Gone = fs.existsSync(store) ? WorkGone : UserError;
    throw new Gone(
      `Expected a plan called '${name}' in '${store}' but there is none. Make one with finetune extract … --plan-only, which prints its name.`,
    );
  }
  return readRecord(file, planSchema, 'the plan of an extraction', planAgain);
}

/** The pictures of a plan's shard, counted from 1, where they lie on this machine. */
export function readPlannedShard(store: string, name: string, shard: number): PlannedPicture[] {
  return readRecord(
    path.join(planFolder(store, name), `${shard}.json`),
    plannedPictures,
    `shard ${shard} of a plan`,
    planAgain,
  );
}

/** As the rest of the program knows pictures; nobody asks for a label here. */
export function picturesIn(data: string, shard: readonly PlannedPicture[]): Picture[] {
  return shard.map(({ path: shown, file, digest }) => ({
    path: shown,
    file: path.join(data, file),
    digest,
    label: 0,
  }));
}

function planFolder(store: string, name: string): string {
  return path.join(store, 'plans', name);
}
