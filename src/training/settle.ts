import { breathe } from '../runtime/breathe.js';
import { batches, type Examples } from '../features/examples.js';
import type { Weights } from '../formats/tensors.js';
import type { Random } from '../runtime/random.js';
import type { Trainer } from './trainer.js';

/**
 * The weights that a trainer keeps, with the statistics of batch normalisation that the examples have under these very
 * weights. Of averaged weights there are none yet: while training, statistics follow the weights that steps change
 * (Izmailov et al., "Averaging weights leads to wider optima", 2018, section 3.2).
 *
 * @param random draws how altered examples look.
 */
export async function settled(
  trainer: Trainer,
  train: Examples,
  { random, signal }: { readonly random: Random; readonly signal?: AbortSignal | undefined },
): Promise<Weights> {
  const sums = new Map<string, { mean: Float64Array; square: Float64Array }>();
  let count = 0;
  for (const batch of batches(train, trainer.options.batchSize, { random, filled: true })) {
    await breathe(signal);
    const moments = trainer.moments(batch);
    for (const [name, variance] of moments) {
      if (!name.endsWith('/variance')) continue;
      const layer = name.slice(0, -'/variance'.length);
      const mean = moments.get(`${layer}/mean`)!;
      const sum = sums.get(layer) ?? {
        mean: new Float64Array(mean.length),
        square: new Float64Array(mean.length),
      };
      for (const [i, value] of mean.entries()) {
        sum.mean[i]! += value;
        sum.square[i]! += variance[i]! + value ** 2;
      }
      sums.set(layer, sum);
    }
    count++;
  }
  const weights = new Map(trainer.weights());
  for (const [layer, { mean, square }] of sums) {
    const row = (values: Float64Array) => ({ shape: [values.length], data: Float32Array.from(values) });
    const means = mean.map((sum) => sum / count);
    weights.set(`${layer}/mean`, row(means));
    weights.set(`${layer}/variance`, row(square.map((sum, i) => Math.max(0, sum / count - means[i]! ** 2))));
  }
  return weights;
}
