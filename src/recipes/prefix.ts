import type { WeightedNetwork } from '../models/compose.js';
import { forward } from '../models/forward.js';
import { outputOf } from '../models/network.js';
import { tf } from '../runtime/tensorflow.js';
import type { Extractor } from '../training/features.js';

/** How a frozen part computes; kept with the classifier, so that it predicts with what it was trained on. */
export interface PrefixSettings {
  readonly precision: 'float32' | 'int8';
}

/** Makes a frozen part ready to run on pixels. */
export function openPrefix(
  base: WeightedNetwork & { readonly digest: string },
  settings: PrefixSettings,
): Extractor & { dispose(): void } {
  const parameters = new Map([...base.weights].map(([n, t]) => [n, tf.tensor(t.data, [...t.shape])]));
  const { shape } = base.network.layers[0]!;
  const output = outputOf(base.network);
  return {
    shape: output.shape,
    identity: { weights: base.digest, cut: output.name, ...settings },
    run: (pixels, count) =>
      tf.tidy(() => {
        const batch = tf.cast(tf.tensor(pixels, [count, ...shape], 'int32'), 'float32');
        return forward(base.network, parameters, batch).dataSync() as Float32Array;
      }),
    dispose: () => tf.dispose([...parameters.values()]),
  };
}
