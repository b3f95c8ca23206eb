import type { WeightedNetwork } from '../models/compose.js';
import { usesGpu } from '../runtime/tensorflow.js';
import { type CalibratingPrefix, type Calibration, compileCalibrating } from './calibrate.js';
import { type Fidelity, fidelity, leastCosine } from './fidelity.js';
import { type BranchSettings, compileIn, PrecisionMissing } from './compile-in.js';
import { candidates, type Precision } from './precision-candidates.js';
import type { PixelBatch, Prefix } from './prefix.js';

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
  /** Of what was tried, by name. */
  readonly speeds: Speeds;
}

/** Milliseconds a picture of a lower precision, and of float32, on one kind of machine. */
export interface Speed {
  readonly ms: number;
  readonly referenceMs: number;
}

export type Speeds = Readonly<Record<string, Speed>>;

/** Pictures of the kind that will come: some to calibrate (see `calibrate`), others to check and to time. */
export interface Samples {
  readonly calibration: readonly PixelBatch[];
  readonly heldOut: PixelBatch;
}

/**
 * Compiles a frozen network in the precision asked for, or for `auto` in the first of int8 and bfloat16 (on a GPU
 * float16) that is faster than float32, as timed here or before. Low precision is used only where TensorFlow has it
 * and its features come close to float32's; otherwise float32 is, and the reason says so.
 *
 * @param timedBefore what an earlier choice for this network found on this kind of machine: it decides again.
 */
export function choosePrecision(
  weighted: WeightedNetwork,
  asked: Precision | 'auto',
  samples: Samples,
  timedBefore: Speeds = {},
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
  { calibration, heldOut }: Samples,
  timedBefore: Speeds,
): PrecisionChoice {
  const plain = (why: string, speeds: Speeds = {}): PrecisionChoice => ({
    precision: 'float32',
    prefix: full,
    reason: `float32: ${why}`,
    speeds,
  });
  if (asked === 'float32') return plain('as asked for.');
  if (asked === 'int8' && usesGpu()) return plain('int8 runs on CPUs only.');
  const speeds: Record<string, Speed> = {};
  const refusals: string[] = [];
  for (const { name, settings } of candidates(full, weighted, asked, calibration)) {
    const trial = tryOn(weighted, settings, full, heldOut);
    // those that come after it would be as slow: what is fast in lower precisions is one library's
    if (!trial) {
      return plain(
        [...refusals, `TensorFlow has no kernels for ${name} on this processor.`].join(' '),
        speeds,
      );
    }
    const { reduced, check, ...measured } = trial;
    const speed = timedBefore[name] ?? measured;
    speeds[name] = speed;
    const refusal = refuse(name, check, asked === 'auto', speed.ms / speed.referenceMs);
    if (refusal) {
      refusals.push(refusal);
      reduced.dispose();
      continue;
    }
    full.dispose();
    const times = `${speed.ms.toFixed(1)} ms a picture against ${speed.referenceMs.toFixed(1)} in float32`;
    const before = refusals.map((one) => ` ${one[0]!.toUpperCase()}${one.slice(1)}`).join('');
    return {
      speeds,
      precision: settings.precision,
      prefix: reduced,
      ...(settings.precision === 'int8' && { calibration: settings.calibration }),
      reason: `${name}: ${times}, cosine ${check.cosine.toFixed(4)} between their features.${before}`,
    };
  }
  if (refusals.length === 0) return plain('no layer of this network can run in int8.');
  return plain(refusals.join(' '), speeds);
}

function refuse(name: string, check: Fidelity, ifSlower: boolean, share: number): string | undefined {
  if (!check.good) {
    return `${name} comes out too different (cosine ${check.cosine.toFixed(4)} of at least ${leastCosine}).`;
  }
  if (ifSlower && share > worthwhile) {
    return `${name} takes ${share.toFixed(2)} times as long as float32 on this machine.`;
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
