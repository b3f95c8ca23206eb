import { forward } from '../models/forward.js';
import { tf } from '../runtime/tensorflow.js';
import type { Extractor } from '../training/features.js';
import type { Base } from './base.js';
export function openPrefix(base: Base): Extractor & { dispose(): void } {
  const parameters = new Map([...base.weights].map(([n, t]) => [n, tf.tensor(t.data, [...t.shape])]));
  const { shape } = base.network.layers[0]!;
  return {
    shape: [base.features],
    identity: { weights: base.digest, cut: base.spec.transferCut, precision: 'float32' },
    run: (pixels, count) =>
      tf.tidy(
        () =>
          forward(
            base.network,
            parameters,
            tf.cast(tf.tensor(pixels, [count, ...shape], 'int32'), 'float32'),
          ).dataSync() as Float32Array,
      ),
    dispose: () => tf.dispose([...parameters.values()]),
  };
}
