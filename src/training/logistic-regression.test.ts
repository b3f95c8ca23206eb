import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Random } from '../runtime/random.js';
import { tf } from '../runtime/tensorflow.js';
import { chooseStrength, sharesOf, stratifiedFolds } from './cross-validation.js';
import { FoldRegressions } from './fold-regressions.js';
import { LogisticRegression } from './logistic-regression.js';

/** Normal clouds, one a class, `distance` apart along axes of their own. */
function clouds(classes: number, each: number, features: number, distance: number, seed = 1) {
  const random = new Random(seed);
  const labels = Array.from({ length: classes * each }, (_, i) => i % classes);
  const values = Float32Array.from({ length: labels.length * features }, (_, i) => {
    const own = i % features === labels[Math.floor(i / features)];
    return random.normal() + (own ? distance : 0);
  });
  return { values, features, labels, classes };
}

let tensors = 0;
beforeEach(() => {
  tensors = tf.memory().numTensors;
});
afterEach(() => expect(tf.memory().numTensors).toBe(tensors));

async function withRegression<T>(
  data: ReturnType<typeof clouds>,
  work: (regression: LogisticRegression) => Promise<T>,
): Promise<T> {
  const regression = new LogisticRegression(data);
  try {
    return await work(regression);
  } finally {
    regression.dispose();
  }
}

const all = (size: number) => sharesOf(size, () => 1);

describe('logistic regression', () => {
  test('two values and two classes: the optimum that one works out by hand', async () => {
    // x = ±1 with labels 1 and 0: with kernel (−w, w) the loss is log(1 + e^(−2w)) + strength · w²
    const data = { values: Float32Array.of(1, -1), features: 1, labels: [1, 0], classes: 2 };
    const strength = 0.3;
    let w = 0;
    for (let i = 0; i < 200; i++) w -= 0.5 * (-2 / (1 + Math.exp(2 * w)) + 2 * strength * w);
    await withRegression(data, async (regression) => {
      const { point, converged } = await regression.fit(all(2), strength);
      expect(converged).toBe(true);
      expect(point[0]).toBeCloseTo(-w, 4);
      expect(point[1]).toBeCloseTo(w, 4);
      expect(point[2]).toBeCloseTo(0, 4);
    });
  });

  test('one minimum, wherever it begins, and the same bits from the same start', async () => {
    await withRegression(clouds(3, 20, 8, 1), async (regression) => {
      const fit = (start?: Float64Array) => regression.fit(all(60), 0.02, start ? { start } : {});
      const [first, again] = [await fit(), await fit()];
      expect(again.point).toEqual(first.point);
      const elsewhere = await fit(Float64Array.from({ length: 27 }, (_, i) => Math.sin(i)));
      // of the biases only differences count
      for (let i = 0; i < 24; i++) expect(elsewhere.point[i]).toBeCloseTo(first.point[i]!, 2);
      expect(first.evaluations).toBeLessThan(60);
    });
  });

  test('an example that counts twice is two examples, one that counts nothing is none', async () => {
    const data = clouds(2, 10, 4, 1);
    const twice = {
      ...data,
      values: Float32Array.from([...data.values.subarray(4), ...data.values.subarray(4, 8)]),
      labels: [...data.labels.slice(1), data.labels[1]!],
    };
    const weighted = await withRegression(data, (r) =>
      r.fit(
        sharesOf(20, (i) => [0, 2][i] ?? 1),
        0.05,
      ),
    );
    const repeated = await withRegression(twice, (r) => r.fit(all(20), 0.05));
    for (const [i, value] of weighted.point.entries()) expect(value).toBeCloseTo(repeated.point[i]!, 3);
  });

  test('stops when it is told to', async () => {
    await withRegression(clouds(2, 10, 4, 1), async (regression) => {
      const signal = AbortSignal.abort(new Error('enough'));
      await expect(regression.fit(all(20), 0.1, { signal })).rejects.toThrow('enough');
    });
  });
});

describe('cross-validation', () => {
  test('folds hold their share of every class, and copies stay together', () => {
    const { values, labels } = clouds(3, 20, 4, 1);
    values.copyWithin(0, 12, 16); // example 0 becomes a copy of example 3
    const rowOf = (i: number) => values.subarray(4 * i, 4 * i + 4);
    const folds = stratifiedFolds(labels, 5, new Random(1), rowOf);
    expect(folds[0]).toBe(folds[3]);
    for (const label of [0, 1, 2]) {
      const counts = [0, 1, 2, 3, 4].map(
        (fold) => folds.filter((own, i) => own === fold && labels[i] === label).length,
      );
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(2);
    }
    expect(stratifiedFolds(labels, 5, new Random(1), rowOf)).toEqual(folds);
  });

  test('holds noise back strongly and lets signal through', async () => {
    const chosen = async (distance: number) => {
      const data = clouds(2, 40, 40, distance);
      const regressions = new FoldRegressions(data, 5);
      try {
        return await chooseStrength(regressions, data.labels, {
          folds: stratifiedFolds(data.labels, 5, new Random(1), (i) =>
            data.values.subarray(40 * i, 40 * i + 40),
          ),
          strengths: [1e-3, 1e-2, 1e-1, 1, 10],
        });
      } finally {
        regressions.dispose();
      }
    };
    const [noise, signal] = [await chosen(0), await chosen(4)];
    expect(noise.strength).toBeGreaterThan(signal.strength);
    expect(
      signal.outOfFold.filter((row, i) => row.indexOf(Math.max(...row)) === i % 2).length,
    ).toBeGreaterThan(74);
    for (const row of noise.outOfFold) expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
    // judged by fits that never saw them, answers to noise are chance
    expect(noise.tried[0]!.logLoss).toBeGreaterThan(0.65);
  });
});
