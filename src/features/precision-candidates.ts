import { foldBatchNorm } from '../models/fold-batch-norm.js';
import type { WeightedNetwork } from '../models/compose.js';
import { cpuFacts } from '../runtime/cpu.js';
import { usesGpu } from '../runtime/tensorflow.js';
import type { CalibratingPrefix, Calibration } from './calibrate.js';
import { rangedLayer } from './int8-layers.js';
import { planInt8 } from './int8-plan.js';
import type { BranchSettings } from './compile-in.js';
import type { PixelBatch } from './prefix.js';

export type Precision = 'float32' | 'bfloat16' | 'float16' | 'int8';

/** A way of computing that is worth a try. */
export interface Candidate {
  /** For people, and for the records of times. */
  readonly name: string;
  readonly settings: BranchSettings;
}

/** Rises when `candidates` come to be others, so that what was chosen among the former ones is chosen anew. */
export const candidatesVersion = 2;

/**
 * What is tried before float32, in this order: int8 of all layers that can; where that leaves some out, int8 of those
 * with ReLU alone, which round less; with `auto` bfloat16 too, on CPUs that have instructions for it. On a GPU float16.
 *
 * @param float32 calibrates when the first candidate is asked for.
 */
export function* candidates(
  float32: Pick<CalibratingPrefix, 'calibrate'>,
  weighted: WeightedNetwork,
  asked: Precision | 'auto',
  calibrating: readonly PixelBatch[],
): Generator<Candidate> {
  const half = (precision: 'bfloat16' | 'float16'): Candidate => ({
    name: precision,
    settings: { precision },
  });
  if (asked === 'auto' ? usesGpu() : asked === 'float16') yield half('float16');
  else if (asked === 'bfloat16') yield half('bfloat16');
  else if (!usesGpu()) {
    yield* integers(float32, weighted, calibrating);
    if (asked === 'auto' && cpuFacts().instructions.includes('BF16')) yield half('bfloat16');
  }
}

function* integers(
  float32: Pick<CalibratingPrefix, 'calibrate'>,
  weighted: WeightedNetwork,
  calibrating: readonly PixelBatch[],
): Generator<Candidate> {
  const { network } = foldBatchNorm(weighted);
  const all = planInt8(network);
  if (all.integer.size === 0) return;
  const calibration = float32.calibrate(calibrating);
  const of = (name: string, calibration: Calibration): Candidate => ({
    name,
    settings: { precision: 'int8', calibration },
  });
  yield of('int8', calibration);
  const { lowest: _, ranges, ...others } = calibration;
  const fewer = planInt8(network, others);
  if (fewer.integer.size === 0 || fewer.integer.size === all.integer.size) return;
  const rangeOf = (name: string) => ranges[rangedLayer(network, ranges, name)]!;
  const theirs = Object.fromEntries(fewer.ranged.map((name) => [name, rangeOf(name)]));
  yield of('int8 of the layers with ReLU', { ranges: theirs, ...others });
}
