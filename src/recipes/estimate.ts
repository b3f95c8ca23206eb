import { counted, type Picture } from '../data/pictures.js';
import { type PlannedBranch, planBases } from '../features/branch-plan.js';
import { worthTrying } from '../features/decide-precision.js';
import type { FrozenPart } from '../features/frozen-extractor.js';
import { batchSizeOf } from '../features/frozen-features.js';
import { choosePrecision } from '../features/precision.js';
import { pixelBatches } from '../features/pixel-batches.js';
import type { PixelBatch } from '../features/prefix.js';
import { withPooledFeatures } from '../models/pooled-features.js';
import { bytesPerValue } from '../arithmetic/cost.js';
import { UserError } from '../runtime/errors.js';
import type { Hooks } from '../runtime/progress.js';
import { Random } from '../runtime/random.js';
import { type FinetuneOptions, resolveOptions } from '../runs/options.js';
import { askedBases, findPictures } from '../runs/prepare-run.js';
import { networkMemory, peakLiveValues } from '../summary/network-memory.js';
import { initialWeights } from '../training/initialise.js';
import { untrainedBase } from '../zoo/base.js';

/** What the main job is likely to take on this machine. */
export interface Estimate {
  readonly pictures: number;
  readonly classes: number;
  /** How they are divided, in words. */
  readonly split: string;
  /** What the base makes of a picture, in words. */
  readonly plan: string;
  /** Decoding included; of all bases and views together. */
  readonly millisecondsPerPicture: number;
  readonly seconds: { readonly features: number; readonly others: number; readonly total: number };
  /** Bytes, at the most at once. */
  readonly memory: number;
  /** Bytes that stay. */
  readonly disk: { readonly features: number; readonly run: number };
}

/** Beside the features: opening TensorFlow, copies, heads, baseline, maps, report (`bench start` has them one by one). */
const otherSeconds = { fixed: 9, perPicture: 0.008, baseline: 0.006 };

/** Node, sharp and TensorFlow before a network is opened. */
const programBytes = 450e6;

/** Weights as read, as folded, in the graph, and in lower precision. */
const copiesOfWeights = 4;

/** Convolution routines work in buffers beside the activations. */
const workSpace = 1.5;

/** Calibrating, and then timed: as the main job tries a precision. */
const trial = { pictures: 24, batch: 8 };

/**
 * Estimates time, memory and disk of the main job. Some of the pictures are decoded and sent through the network, with random
 * weights: what they are does not change how long it takes, and nothing need be fetched. The rest goes by what it took on the
 * project's own machine (two cores); that part is rough. Features that are stored already are not heeded.
 *
 * @throws UserError for options that make no sense, or a folder without pictures.
 */
export async function estimateRun(options: FinetuneOptions, hooks: Hooks = {}): Promise<Estimate> {
  const given = resolveOptions(options);
  const { folder, split } = await findPictures(given, hooks);
  const all = [...split.train, ...split.validation, ...split.test];
  const plan = planBases(askedBases(given), given, all.length);
  const views = plan.mirrored ? 2 : 1;
  let milliseconds = 0;
  for (const branch of plan.branches) {
    milliseconds += views * (await timeBranch(branch, all, given, hooks));
  }
  const weights = plan.branches.map(({ network }) => networkMemory(network).weights);
  const peaks = plan.branches.map(
    ({ network }, i) =>
      copiesOfWeights * weights[i]! +
      workSpace * bytesPerValue * peakLiveValues(network) * batchSizeOf(network, given).size,
  );
  const width = plan.branches.reduce(
    (sum, { network, parts }) => sum + withPooledFeatures(network, parts).layers.at(-1)!.shape[0]!,
    0,
  );
  const features = (milliseconds * all.length) / 1000;
  const each = otherSeconds.perPicture + (given.baseline === 'none' ? 0 : otherSeconds.baseline);
  const others = otherSeconds.fixed + each * all.length;
  return {
    pictures: all.length,
    classes: folder.labels.length,
    split: split.how,
    plan: plan.why,
    millisecondsPerPicture: milliseconds,
    seconds: { features, others, total: features + others },
    memory: programBytes + Math.max(...peaks),
    disk: {
      features: bytesPerValue * all.length * (views * width + thumbnailValues),
      run: weights.reduce((sum, bytes) => sum + bytes, 0) + runBytes,
    },
  };
}

/** Pixels of a picture that copies are looked for by, and that LeNet-5 reads. */
const thumbnailValues = 32 * 32 * 3;

/** Report with its pictures, tables. */
const runBytes = 2e6;

/** Milliseconds a picture: decoding, and the network in the precision that it is likely to compute in. */
async function timeBranch(
  { name, network, parts, spec }: PlannedBranch,
  pictures: readonly Picture[],
  options: ReturnType<typeof resolveOptions>,
  hooks: Hooks,
): Promise<number> {
  const [height, width, channels] = network.layers[0]!.shape as [number, number, 1 | 3];
  const random = new Random(options.seed);
  const some = random
    .fork('trial')
    .shuffle([...pictures])
    .slice(0, trial.pictures);
  hooks.onProgress?.({ kind: 'note', message: `Timing ${name} on ${counted(some.length, 'picture')}` });
  const started = performance.now();
  const decoding = { height, width, channels, resize: options.resize, batchSize: trial.batch };
  const batches = await pixelBatches(some, { ...decoding, ...(hooks.signal && { signal: hooks.signal }) });
  const decoded = batches.reduce((sum, { count }) => sum + count, 0);
  if (decoded === 0)
    throw new UserError('Expected pictures that can be decoded but of those tried none can.');
  const decodeMs = (performance.now() - started) / decoded;
  const whole = withPooledFeatures(network, parts);
  const weights = initialWeights(whole, random.fork('weights'));
  const frozen: FrozenPart = untrainedBase(spec.name, { network, parts }, weights);
  return (
    decodeMs +
    timeNetwork(
      frozen,
      batches,
      options.precision === 'auto' && pictures.length < worthTrying ? 'float32' : options.precision,
    )
  );
}

function timeNetwork(
  frozen: FrozenPart,
  batches: readonly PixelBatch[],
  precision: ReturnType<typeof resolveOptions>['precision'],
): number {
  const [heldOut, ...calibration] = batches as [PixelBatch, ...PixelBatch[]];
  const asked = calibration.length === 0 ? 'float32' : precision;
  const { prefix, speeds } = choosePrecision(frozen, asked, { heldOut, calibration });
  try {
    // of random weights a low precision may come out too far off; the time is what counts
    const [first, ...others] = Object.values(speeds);
    if (first) {
      return asked === 'auto'
        ? Math.min(first.referenceMs, first.ms, ...others.map(({ ms }) => ms))
        : first.ms;
    }
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 3; round++) {
      const begin = performance.now();
      prefix.run(heldOut.pixels, heldOut.count);
      best = Math.min(best, (performance.now() - begin) / heldOut.count);
    }
    return best;
  } finally {
    prefix.dispose();
  }
}
