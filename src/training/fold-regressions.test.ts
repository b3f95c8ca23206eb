import { expect, test } from 'vitest';
import { Random } from '../runtime/random.js';
import { tf } from '../runtime/tensorflow.js';
import { sharesOf } from './cross-validation.js';
import { FoldRegressions } from './fold-regressions.js';
import { LogisticRegression } from './logistic-regression.js';

/** Centred clouds, one a class; some features vary a hundred times less than others. */
function clouds(size: number, features: number, classes: number) {
  const random = new Random(1);
  const labels = Array.from({ length: size }, (_, i) => i % classes);
  const values = Float32Array.from({ length: size * features }, (_, i) => {
    const feature = i % features;
    const own = feature === labels[Math.floor(i / features)] ? 1 : 0;
    return (random.normal() + own) / (feature % 3 === 2 ? 100 : 1);
  });
  for (let feature = 0; feature < features; feature++) {
    let sum = 0;
    for (let i = feature; i < values.length; i += features) sum += values[i]!;
    for (let i = feature; i < values.length; i += features) values[i]! -= sum / size;
  }
  return { values, features, labels, classes };
}

test.each([
  ['more features than examples', 30, 80],
  ['more examples than features', 90, 12],
])('%s: each fit is the minimum that one regression finds alone', async (_, size, features) => {
  const before = tf.memory().numTensors;
  const data = clouds(size, features, 3);
  const shares = [0, 1, 2].map((fold) => sharesOf(size, (i) => (i % 4 === fold ? 0 : 1 + (i % 2))));
  const alone = new LogisticRegression(data);
  const together = new FoldRegressions(data, 3);
  for (const strength of [1, 0.01]) {
    const points = await together.fit(shares, strength);
    for (const [fit, share] of shares.entries()) {
      const lossAt = (point: Float64Array) => {
        const rows = alone.probabilities(point, data.values);
        const loss = rows.reduce((sum, row, i) => sum - share[i]! * Math.log(row[data.labels[i]!]!), 0);
        const squares = point.subarray(0, 3 * features).reduce((sum, w) => sum + w * w, 0);
        return loss + (strength / 2) * squares;
      };
      const { point } = await alone.fit(share, strength);
      expect(lossAt(together.meanPoint([points[fit]!])) / lossAt(point)).toBeCloseTo(1, 3);
    }
    const again = await together.fit(shares, strength);
    expect(again).toEqual(points);
    // of one of them the mean is itself: back among the features it answers the same
    const own = alone.probabilities(together.meanPoint([points[0]!]), data.values);
    for (const [i, row] of together.probabilities(points, size, () => 0).entries())
      for (const [k, p] of row.entries()) expect(p).toBeCloseTo(own[i]![k]!, 4);
  }
  alone.dispose();
  together.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test('all fits stop when they are told to', async () => {
  const together = new FoldRegressions(clouds(30, 4, 3), 2);
  const shares = [0, 1].map(() => sharesOf(30, () => 1));
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(together.fit(shares, 1, { signal })).rejects.toThrow('enough');
  together.dispose();
});
