import type { Calibration } from './calibrate.js';
import { compileInt8Prefix } from './int8-prefix.js';
import { compilePrefix, type Prefix } from './prefix.js';
import type { WeightedNetwork } from '../models/compose.js';
import { outputOf } from '../models/network.js';
import type { Preprocessing } from '../models/preprocessing.js';
import type { FrozenKey } from './feature-key.js';
import type { Extractor } from './extract.js';

/** How a frozen part computes; kept with the classifier, so that it predicts with what it was trained on. */
export type PrefixSettings =
  | { readonly precision: 'float32' | 'bfloat16' | 'float16' }
  | { readonly precision: 'int8'; readonly calibration: Calibration };

/** A frozen part, with what identifies it. */
export interface FrozenPart extends WeightedNetwork {
  /** Of the weights, whatever file they came from. */
  readonly digest: string;
  readonly preprocessing: Preprocessing;
}

/** What a frozen part's activations depend on. */
export function frozenKey({ network, digest, preprocessing }: FrozenPart): FrozenKey {
  return { layers: network.layers, weights: digest, preprocessing };
}

/**
 * A frozen part as one compiled TensorFlow graph on pixels. Unless it is `compiled` already, it is when it first has
 * something to compute: a run that finds all its features in the cache never does.
 */
export function openPrefix(
  frozen: WeightedNetwork,
  settings: PrefixSettings,
  compiled?: Prefix,
): Extractor & { dispose(): void } {
  let prefix = compiled;
  const { precision } = settings;
  return {
    shape: outputOf(frozen.network).shape,
    run(pixels, count) {
      prefix ??=
        precision === 'int8'
          ? compileInt8Prefix(frozen, settings.calibration)
          : compilePrefix(frozen, { precision });
      return prefix.run(pixels, count);
    },
    dispose: () => prefix?.dispose(),
  };
}
