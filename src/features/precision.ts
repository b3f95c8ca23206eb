import type { WeightedNetwork } from '../models/compose.js';
import { usesGpu } from '../runtime/tensorflow.js';
import { type CalibratingPrefix, type Calibration, compileCalibrating } from './calibrate.js';
import { type BranchSettings, compileIn, PrecisionMissing } from './compile-in.js';
import { type Fidelity, fidelity, leastCosine } from './fidelity.js';
import { foldBatchNorm } from '../models/fold-batch-norm.js';
import { planInt8 } from './int8-plan.js';
import type { PixelBatch, Prefix } from './prefix.js';

export type Precision = 'float32' | 'bfloat16' | 'float16' | 'int8';

/** Of float32's time: with `auto` less is not worth the difference, nor safe from a noisy clock. */
const worthwhile = 0.85;

/** A frozen network ready to run, and why in this precision. */
export interface PrecisionChoice {
  readonly precision: Precision;
  readonly prefix: Prefix;
  /** With int8: to be kept with what is computed. */
  readonly calibration?: Calibration;
  /** One line for people. */
  readonly reason: string;
  /** Where a lower precision was tried. */
  readonly speed?: Speed;
}

/** Milliseconds a picture of a lower precision, and of float32, on one kind of machine. */
export interface Speed {
  readonly ms: number;
  readonly referenceMs: number;
}

/**
 * Compiles a frozen network in the precision asked for, or for `auto` in the faster of float32 and int8 (on a GPU
 * float16), as timed here or before. Low precision is used only where TensorFlow has it and its features come close to
 * float32's; otherwise float32 is, and the reason says so.
 *
 * @param samples pictures of the kind that will come: some to calibrate (see `calibrate`), others to check and to time.
 * @param timedBefore what an earlier choice for this network found on this kind of machine: it decides again.
 */
export function choosePrecision(
  weighted: WeightedNetwork,
  asked: Precision | 'auto',
  samples: { readonly calibration: readonly PixelBatch[]; readonly heldOut: PixelBatch },
  timedBefore?: Speed,
): PrecisionChoice {
  const full = compileCalibrating(weighted);
  try {
    return tryReduced(full, weighted, asked, samples, timedBefore);
  } catch (error) {
    full.dispose();
    throw error;
  }
}

/** Leaves open what the choice computes with; when it throws, only `full`. */
function tryReduced(
  full: CalibratingPrefix,
  weighted: WeightedNetwork,
  asked: Precision | 'auto',
  samples: { readonly calibration: readonly PixelBatch[]; readonly heldOut: PixelBatch },
  timedBefore: Speed | undefined,
): PrecisionChoice {
  const plain = (why: string): PrecisionChoice => ({
    precision: 'float32',
    prefix: full,
    reason: `float32: ${why}`,
  });
  if (asked === 'float32') return plain('as asked for.');
  const precision = asked !== 'auto' ? asked : usesGpu() ? 'float16' : 'int8';
  if (precision === 'int8') {
    if (usesGpu()) return plain('int8 runs on CPUs only.');
    const { integer } = planInt8(foldBatchNorm(weighted).network);
    if (integer.size === 0) return plain('no layer of this network can run in int8.');
  }
  const { heldOut } = samples;
  const settings: BranchSettings =
    precision === 'int8' ? { precision, calibration: full.calibrate(samples.calibration) } : { precision };
  const trial = tryOn(weighted, settings, full, heldOut);
  if (!trial) return plain(`TensorFlow has no kernels for ${precision} on this processor.`);
  const { reduced, check, ...measured } = trial;
  const speed = timedBefore ?? measured;
  const refusal = refuse(precision, check, asked === 'auto', speed.ms / speed.referenceMs);
  if (refusal) {
    reduced.dispose();
    return { ...plain(refusal), speed };
  }
  full.dispose();
  const times = `${speed.ms.toFixed(1)} ms a picture against ${speed.referenceMs.toFixed(1)} in float32`;
  return {
    speed,
    precision,
    prefix: reduced,
    ...(settings.precision === 'int8' && { calibration: settings.calibration }),
    reason: `${precision}: ${times}, cosine ${check.cosine.toFixed(4)} between their features.`,
  };
}

function refuse(precision: Precision, check: Fidelity, ifSlower: boolean, share: number): string | undefined {
  if (!check.good) {
    return `${precision} comes out too different (cosine ${check.cosine.toFixed(4)} of at least ${leastCosine}).`;
  }
  if (ifSlower && share > worthwhile) {
    return `${precision} takes ${share.toFixed(2)} times as long as float32 on this machine.`;
  }
  return undefined;
}

/** Turns that two networks take at most, and milliseconds after which there is no further one. */
const turns = { most: 5, milliseconds: 1000 };

/**
 * Compiles the network in a lower precision and runs it and float32's on the same pictures, in turns: of a network that
 * takes little time a single turn says more about what else the machine was doing. The shortest of each counts. Undefined
 * where this machine has not got the precision; then, and when anything fails, what was compiled here is closed.
 */
function tryOn(
  weighted: WeightedNetwork,
  settings: BranchSettings,
  full: Prefix,
  heldOut: PixelBatch,
): (Speed & { readonly reduced: Prefix; readonly check: Fidelity }) | undefined {
  let reduced: Prefix | undefined;
  try {
    reduced = compileIn(weighted, settings);
    const started = performance.now();
    let [reference, result] = [timed(full, heldOut), timed(reduced, heldOut)];
    const check = fidelity(result.outputs, reference.outputs, heldOut.count);
    for (let turn = 1; turn < turns.most && performance.now() - started < turns.milliseconds; turn++) {
      [reference, result] = [
        faster(reference, timed(full, heldOut)),
        faster(result, timed(reduced, heldOut)),
      ];
    }
    return { reduced, ms: result.ms, referenceMs: reference.ms, check };
  } catch (error) {
    reduced?.dispose();
    if (error instanceof PrecisionMissing) return undefined;
    throw error;
  }
}

interface Timed {
  readonly outputs: Float32Array;
  /** Milliseconds a picture. */
  readonly ms: number;
}

function faster(one: Timed, other: Timed): Timed {
  return other.ms < one.ms ? other : one;
}

/** Timed once everything is set up, which the first picture does. */
function timed(prefix: Prefix, { pixels, count }: PixelBatch): Timed {
  prefix.run(pixels.subarray(0, pixels.length / count), 1);
  const started = performance.now();
  const outputs = prefix.run(pixels, count);
  return { outputs, ms: (performance.now() - started) / count };
}
