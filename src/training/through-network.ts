import type { Tensor } from '@tensorflow/tfjs';
import { compile } from '../graph/compile.js';
import type { WeightedNetwork } from '../models/compose.js';
import { forward } from '../models/forward.js';
import { outputOf } from '../models/network.js';
import { tf } from '../runtime/tensorflow.js';
import { sizeOf } from '../formats/tensors.js';
import { batches, type Examples, examplesInMemory, withViews } from '../features/examples.js';

/** The examples as a network puts them out, held in memory: for outputs as small as pooled features. Of examples that
 * are altered afresh, only as they are. */
export function throughNetwork(
  examples: Examples,
  { network, weights }: WeightedNetwork,
  batchSize: number,
): Examples {
  const { shape } = outputOf(network);
  const row = sizeOf(shape);
  const parameters = new Map(
    [...weights].map(([name, tensor]) => [name, tf.tensor(tensor.data, [...tensor.shape])] as const),
  );
  const run = compile((x: Tensor) => forward(network, parameters, x), {
    constants: [...parameters.values()],
  });
  const through = (looks: Examples): Examples => {
    const values = new Float32Array(looks.size * row);
    let done = 0;
    for (const { inputs, count } of batches(looks, batchSize)) {
      const outputs = tf.tidy(() => run(tf.tensor(inputs, [batchSize, ...looks.shape])).dataSync());
      values.set(outputs.subarray(0, count * row) as Float32Array, done * row);
      done += count;
    }
    return examplesInMemory(values, shape, looks.labels, looks.groups);
  };
  try {
    return withViews(through(examples), (examples.views ?? []).map(through));
  } finally {
    run.dispose();
    tf.dispose([...parameters.values()]);
  }
}
