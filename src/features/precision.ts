import type { WeightedNetwork } from '../models/compose.js';
import { usesGpu } from '../runtime/tensorflow.js';
import { type CalibratingPrefix, type Calibration, compileCalibrating } from './calibrate.js';
import { type Fidelity, leastCosine } from './fidelity.js';
import { candidates, type Precision } from './precision-candidates.js';
import { Reference, type Speed, tryOn, worthwhile } from './precision-trial.js';
import type { PixelBatch, Prefix } from './prefix.js';

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
  const reference = new Reference(full, heldOut);
  for (const { name, settings } of candidates(reference, weighted, asked, calibration)) {
    const trial = tryOn(weighted, settings, reference, timedBefore[name]);
    // those that come after it would be as slow: what is fast in lower precisions is one library's
    if (!trial) {
      return plain(
        [...refusals, `TensorFlow has no kernels for ${name} on this processor.`].join(' '),
        speeds,
      );
    }
    const { reduced, closeness, speed } = trial;
    speeds[name] = speed;
    const refusal = refuse(name, closeness, asked === 'auto', speed.ms / speed.referenceMs);
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
      reason: `${name}: ${times}, cosine ${closeness.cosine.toFixed(4)} between their features.${before}`,
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
