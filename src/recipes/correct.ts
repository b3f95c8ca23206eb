import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Tensor2D } from '@tensorflow/tfjs';
import { findLookAlikes } from '../data/duplicates.js';
import { type Fingerprint, fingerprintText } from '../data/fingerprint.js';
import type { Picture } from '../data/pictures.js';
import { mirrorView } from '../data/resize.js';
import type { Split } from '../data/split.js';
import { compare, type Comparison } from '../evaluation/compare.js';
import { isRight, type LabelledPrediction } from '../evaluation/predictions.js';
import { z } from 'zod';
import type { PlannedPart } from '../features/feature-plan.js';
import { poolNames } from '../models/pooled-features.js';
import { BatchSize } from '../features/batch-size.js';
import type { FeatureKey } from '../features/feature-key.js';
import { type Examples, heldInMemory, joinExamples } from '../features/examples.js';
import { storedExamples } from '../features/extract.js';
import { extractPixels } from '../features/frozen-features.js';
import { meanRows } from '../features/joined-rows.js';
import { lookAt } from '../features/looks.js';
import { splitExamples } from '../features/split-examples.js';
import { computeFeatures } from '../features/stored-features.js';
import { forward } from '../models/forward.js';
import { networkAfter } from '../models/network.js';
import { networkWeights } from '../models/network-weights.js';
import { writeRun } from '../report/write-run.js';
import { readRunClassifier, saveClassifier, type SavedClassifier } from '../runs/classifier.js';
import { correctedResult, withNewHead } from '../runs/corrected-run.js';
import { Corrections } from '../runs/corrections.js';
import { expectHeadInput, headFeatureKey, openHeadFeatures, publishedBase } from '../runs/head-features.js';
import type { ResolvedOptions } from '../runs/options.js';
import { readRun } from '../runs/read-run.js';
import { likenessOf } from '../runs/fit-run.js';
import { surenessFile, surenessOf, surenessText } from '../runs/sureness.js';
import { findRunPictures } from '../runs/run-pictures.js';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { closingAll, type Keep } from '../runtime/closing.js';
import { UserError } from '../runtime/errors.js';
import type { Hooks } from '../runtime/progress.js';
import { Random } from '../runtime/random.js';
import { tf } from '../runtime/tensorflow.js';
import { trainHead } from '../training/train-head.js';
import { batchSize } from './training-features.js';

/** Below this, McNemar's test calls a difference more than chance. */
const clear = 0.05;

export interface CorrectOptions {
  /** The folder of corrections. */
  readonly corrections: string;
  /** Where the run's pictures lie now. */
  readonly data?: string | undefined;
  /** Where the corrected run goes: a folder that is not there yet. */
  readonly out: string;
  /** What the corrected run is called: as its folder unless told. */
  readonly name?: string;
}

/** What training the head again with corrections came to. */
export interface Correction {
  /** By the paired test on the held-out pictures, first the corrected run; below 0.05 it is more than chance. */
  readonly verdict: 'better' | 'worse' | "can't be told apart";
  readonly comparison: Comparison;
  /** Accuracy on the held-out pictures. */
  readonly accuracy: number;
  readonly accuracyBefore: number;
  readonly heldOut: number;
  /** Corrected pictures that were trained on, and how many of them the run before and the corrected one get right. */
  readonly corrections: { readonly trained: number; readonly rightBefore: number; readonly right: number };
  /** Corrected pictures that were not trained on: copies of held-out ones, or not to be decoded. */
  readonly leftOut: { readonly heldOut: number; readonly broken: number };
  readonly seconds: number;
}

/**
 * Trains the head of a run again with corrected pictures beside those that it has learned from, as the run was trained:
 * same settings, same seed, same division. Both heads are held to the same held-out pictures, of which no corrected one is
 * ever part: a corrected picture that is one of them, or looks like one, is not trained on.
 *
 * @returns the comparison; `out` holds the corrected run, whole.
 * @throws UserError when there is nothing to train on, or the run's pictures are not where they were.
 */
export async function correctRun(
  run: string,
  options: CorrectOptions,
  hooks: Hooks = {},
): Promise<Correction> {
  const started = performance.now();
  if (fs.existsSync(options.out)) {
    throw new UserError(
      `Expected a folder for the corrected run that is not there yet but '${options.out}' is.`,
    );
  }
  return closingAll(async (keep) => {
    const before = readRun(run);
    const saved = await readRunClassifier(run);
    const asked = new Corrections(options.corrections, before.labels).pictures();
    if (asked.length === 0) {
      throw new UserError(
        `Expected corrected pictures in '${options.corrections}' but there are none. Correct some first.`,
      );
    }
    const found = await findRunPictures(run, before.labels, options.data, hooks);
    const { usable, fingerprints, heldOut } = await withoutHeldOut(
      asked,
      found.split,
      found.options,
      keep,
      hooks,
    );
    const key = headFeatureKey(saved, publishedBase(run));
    const stored = (of: FeatureKey) =>
      featuresOf(saved, of, [found.split, usable], found.options, keep, hooks);
    const { store: plain } = await stored(key);
    const answered = saved.mirrored ? meanRows(plain, (await stored(mirroredKey(key))).store) : plain;
    const corrections = usable.filter(({ digest }) => answered.has(digest));
    if (corrections.length === 0) {
      throw new UserError(
        `Expected corrected pictures to train on but of ${asked.length} ${heldOut} are held out by the run, and the others cannot be decoded.`,
      );
    }

    const kept = withoutCorrected(found.split, corrections);
    const { train, validation, test } = splitExamples(answered, kept);
    const added = storedExamples(answered, corrections);
    const classes = before.labels.length;
    // unfrozen layers stay as the run has trained them; a head that was searched for reads what was found then
    const { unfreeze: _unfreeze, effort: _effort, ...settings } = found.options;
    const checkpointFolder = fs.mkdtempSync(path.join(os.tmpdir(), 'finetune-correct-'));
    keep({ close: () => fs.rmSync(checkpointFolder, { recursive: true, force: true }) });
    const trained = await trainHead(
      { train: joinExamples(train, added), validation, test, classes, ...partsRead(before.config) },
      settings,
      { random: new Random(found.options.seed), checkpointFolder, hooks },
    );

    const now = answersFor(found.split.test, trained.testProbabilities);
    const then = answersFor(found.split.test, headProbabilities(saved, test));
    const comparison = compare(now, then);
    const successor = withNewHead(saved, trained);
    const rightOn = (classifier: SavedClassifier) =>
      answersFor(corrections, headProbabilities(classifier, added)).filter(isRight).length;
    const seconds = (performance.now() - started) / 1000;
    await saveClassifier(path.join(options.out, 'model'), successor);
    const likeness =
      expectHeadInput(saved.network) === saved.cut
        ? likenessOf(
            heldInMemory(storedExamples(plain, [...kept.train, ...kept.validation, ...corrections])),
            (examples, place) => examples.read([place]),
            new Random(found.options.seed),
          )
        : saved.sureness?.likeness; // judged below the unfrozen layers, where nothing has changed
    await writeFileAtomic(path.join(options.out, surenessFile), surenessText(surenessOf(trained, likeness)));
    await writeFileAtomic(
      path.join(options.out, 'split.json'),
      `${JSON.stringify({ ...found.record, corrections: entriesOf(corrections, fingerprints) }, null, 2)}\n`,
    );
    const { name = path.basename(path.resolve(options.out)), corrections: folder } = options;
    await writeRun(
      options.out,
      correctedResult({
        name,
        before,
        split: found.split,
        corrections,
        folder: path.resolve(folder),
        trained,
        predictions: now,
        comparison,
        seconds,
      }),
    );
    const share = (answers: readonly LabelledPrediction[]) => answers.filter(isRight).length / answers.length;
    return {
      verdict: verdictOf(comparison),
      comparison,
      accuracy: share(now),
      accuracyBefore: share(then),
      heldOut: now.length,
      corrections: {
        trained: corrections.length,
        rightBefore: rightOn(saved),
        right: rightOn(successor),
      },
      leftOut: { heldOut, broken: usable.length - corrections.length },
      seconds,
    };
  });
}

const usedFeatures = z.looseObject({
  features: z.looseObject({
    used: z.array(
      z.object({
        layer: z.string(),
        pool: z.enum([...poolNames, 'none']),
        size: z.number(),
        weight: z.number(),
      }),
    ),
  }),
});

/** What the head reads of the base, as the run has chosen it. */
function partsRead(config: object): { parts?: readonly PlannedPart[] } {
  const used = usedFeatures.safeParse(config).data?.features.used;
  return used ? { parts: used.map((part) => ({ ...part, optional: false })) } : {};
}

function verdictOf({ mcnemarP, difference }: Comparison): Correction['verdict'] {
  if (mcnemarP >= clear) return "can't be told apart";
  return difference > 0 ? 'better' : 'worse';
}

/** The corrected pictures that are none of the held-out ones, by their bytes and by their looks. */
async function withoutHeldOut(
  asked: readonly Picture[],
  split: Split,
  options: ResolvedOptions,
  keep: Keep,
  hooks: Hooks,
): Promise<{ usable: Picture[]; fingerprints: ReadonlyMap<string, Fingerprint>; heldOut: number }> {
  const all = { ...split, train: [...asked] };
  const pixels = keep(await extractPixels(all, 'squash', options, hooks));
  const { fingerprints } = lookAt(pixels.store, all);
  pixels.close();
  const known = split.test.filter(({ digest }) => fingerprints.has(digest));
  const visible = asked.filter(({ digest }) => fingerprints.has(digest));
  const of = ({ digest }: Picture) => fingerprints.get(digest)!;
  const alike = findLookAlikes(known.map(of), visible.map(of));
  const digests = new Set(split.test.map(({ digest }) => digest));
  const isHeldOut = new Set(
    asked.filter((picture) => digests.has(picture.digest) || alike[visible.indexOf(picture)] !== undefined),
  );
  return { usable: asked.filter((one) => !isHeldOut.has(one)), fingerprints, heldOut: isHeldOut.size };
}

/** A picture that was trained on under another class is so no more: the correction takes its place. */
function withoutCorrected(split: Split, corrections: readonly Picture[]): Split {
  const corrected = new Set(corrections.map(({ digest }) => digest));
  const others = (pictures: readonly Picture[]) => pictures.filter(({ digest }) => !corrected.has(digest));
  const [train, validation] = [others(split.train), others(split.validation)];
  if (train.length === 0 || validation.length === 0) {
    throw new UserError(
      'Expected pictures to train and to choose on beside the corrected ones but every one of a part is corrected. Train the run anew.',
    );
  }
  return { ...split, train, validation };
}

/**
 * Of the pictures' mirror images. Where a run answers by the mean of the logits to both, its head, which is linear, gives that
 * of the mean of their features.
 */
function mirroredKey(key: FeatureKey): FeatureKey {
  return { ...key, decode: { ...key.decode, view: mirrorView } };
}

async function featuresOf(
  saved: SavedClassifier,
  key: FeatureKey,
  [split, corrections]: readonly [Split, readonly Picture[]],
  options: ResolvedOptions,
  keep: Keep,
  hooks: Hooks,
) {
  const extractor = openHeadFeatures(saved);
  keep({ close: () => extractor.dispose() });
  const pictures = [...split.train, ...split.validation, ...split.test, ...corrections];
  const extracting = {
    extractor,
    batchSize: new BatchSize(batchSize),
    stage: 'Computing features',
  } as const;
  return keep(await computeFeatures(pictures, key, extracting, options, hooks));
}

/** What a classifier's head says of stored features. */
function headProbabilities({ network, weights }: SavedClassifier, examples: Examples): number[][] {
  const head = networkAfter(network, expectHeadInput(network));
  return tf.tidy(() => {
    const parameters = new Map(
      networkWeights(head).map(({ name, shape }) => [name, tf.tensor(weights.get(name)!.data, [...shape])]),
    );
    const places = Array.from({ length: examples.size }, (_, i) => i);
    const values = tf.tensor(examples.read(places), [examples.size, ...examples.shape]);
    return (forward(head, parameters, values) as Tensor2D).arraySync();
  });
}

function answersFor(
  pictures: readonly Picture[],
  rows: readonly (readonly number[])[],
): LabelledPrediction[] {
  return pictures.map(({ path: where, label }, i) => ({ path: where, label, probabilities: rows[i]! }));
}

/** What `evaluate` knows copies of them by. */
function entriesOf(pictures: readonly Picture[], fingerprints: ReadonlyMap<string, Fingerprint>) {
  return pictures.map(({ path: where, digest }) => {
    const fingerprint = fingerprints.get(digest);
    return { path: where, digest, ...(fingerprint && { fingerprint: fingerprintText(fingerprint) }) };
  });
}
