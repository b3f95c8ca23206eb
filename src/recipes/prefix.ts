import { compilePrefix } from '../graph/prefix.js';
import type { WeightedNetwork } from '../models/compose.js';
import { outputOf } from '../models/network.js';
import type { Extractor } from '../training/features.js';

/** How a frozen part computes; kept with the classifier, so that it predicts with what it was trained on. */
export interface PrefixSettings {
  readonly precision: 'float32';
}

/** Makes a frozen part ready to run on pixels, as one compiled TensorFlow graph. */
export function openPrefix(
  base: WeightedNetwork & { readonly digest: string },
  settings: PrefixSettings,
): Extractor & { dispose(): void } {
  const prefix = compilePrefix(base, settings);
  return {
    shape: prefix.shape,
    identity: { weights: base.digest, cut: outputOf(base.network).name, ...settings },
    run: prefix.run,
    dispose: prefix.dispose,
  };
}
