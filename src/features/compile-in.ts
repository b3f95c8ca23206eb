import type { WeightedNetwork } from '../models/compose.js';
import { productsSaturate } from '../runtime/cpu.js';
import { messageOf, UserError } from '../runtime/errors.js';
import type { Calibration } from './calibrate.js';
import { compileInt8Prefix } from './int8-prefix.js';
import { compilePrefix, type Prefix } from './prefix.js';

/** How one frozen network computes. */
export type BranchSettings =
  | { readonly precision: 'float32' | 'bfloat16' | 'float16' }
  | { readonly precision: 'int8'; readonly calibration: Calibration };

/** TensorFlow cannot compute in a lower precision on this machine. */
export class PrecisionMissing extends UserError {}

/**
 * How TensorFlow says that it has no kernel. Those for integers are oneDNN's. TensorFlow uses oneDNN on x86-64 with AVX2, where
 * tensorflow.ts asks for it, and on ARM's Neoverse V1. Without it a kernel that does nothing stands in, and its
 * output is missing.
 */
const noKernel = /Missing \d+-th output|No OpKernel was registered|could not create a primitive/;

/**
 * Compiles a frozen network in one precision.
 *
 * @throws PrecisionMissing, mostly not before the prefix first runs, where TensorFlow has no kernels for it.
 */
export function compileIn(weighted: WeightedNetwork, settings: BranchSettings): Prefix {
  const { precision } = settings;
  if (precision === 'float32') return compilePrefix(weighted);
  if (precision === 'int8' && productsSaturate() && settings.calibration.largestWeight === undefined) {
    throw new PrecisionMissing(
      'Expected a processor that adds products of int8 weights in 32 bits (VNNI, AMX), as the one that chose them, but this one adds two in 16, which may be too few. Compute with --precision float32, or begin anew on this machine: the int8 that it chooses works everywhere.',
    );
  }
  const naming = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      if (!noKernel.test(messageOf(error))) throw error;
      throw new PrecisionMissing(
        `Expected TensorFlow to compute in ${precision} but it has no kernels for that on this processor. Train with --precision float32, or use a machine of the kind that chose ${precision}.`,
        { cause: error },
      );
    }
  };
  const prefix = naming(() =>
    settings.precision === 'int8'
      ? compileInt8Prefix(weighted, settings.calibration)
      : compilePrefix(weighted, { precision: settings.precision }),
  );
  return { ...prefix, run: (pixels, count) => naming(() => prefix.run(pixels, count)) };
}
