import { expect, test } from 'vitest';
import { Random } from '../runtime/random.js';
import { tf } from '../runtime/tensorflow.js';
import { foldShares } from './cross-validation.js';
import { type FoldPoints, FoldRegressions } from './fold-regressions.js';
import { foretold, onStrengthPath, StrengthPath } from './strength-path.js';

const [size, features, classes] = [60, 20, 3];
const folds = Array.from({ length: size }, (_, i) => Math.floor(i / classes) % 2);
const shares = foldShares(folds, undefined);

/** Clouds that overlap, one a class. */
function regressions(): FoldRegressions {
  const random = new Random(1);
  const labels = Array.from({ length: size }, (_, i) => i % classes);
  const values = Float32Array.from(
    { length: size * features },
    (_, i) => random.normal() + (i % features === labels[Math.floor(i / features)] ? 1.5 : 0),
  );
  return new FoldRegressions({ values, features, labels, classes }, 2);
}

function farthest(some: FoldPoints, others: FoldPoints): number {
  return Math.max(
    ...some.flatMap((point, fit) => [...point].map((value, i) => Math.abs(value - others[fit]![i]!))),
  );
}

test('fits begin close to their minimum, weak ones closer than one from zeros ends', async () => {
  const before = tf.memory().numTensors;
  const together = regressions();
  const path = new StrengthPath(together, shares);
  for (const strength of [5, 0.2, 0.004]) {
    const start = (await path.startOf(strength))!;
    const minimum = await together.fit(shares, strength, { starts: start, finely: true });
    const scale = Math.max(...minimum.flatMap((point) => [...point].map(Math.abs)));
    expect(farthest(start, minimum)).toBeLessThan(0.02 * scale);
    if (strength > 0.1) continue;
    const usual = await together.fit(shares, strength);
    expect(farthest(start, minimum)).toBeLessThan(farthest(usual, minimum));
  }
  expect(await path.startOf(1000)).toBeUndefined();
  together.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test('where a fit begins does not depend on what was asked for before, nor on who asks', async () => {
  const [one, other] = [regressions(), regressions()];
  const [path, alone] = [new StrengthPath(one, shares), new StrengthPath(other, shares)];
  const strengths = [0.001, 3, 0.05];
  const starts: (FoldPoints | undefined)[] = [];
  for (const strength of strengths) starts.push(await path.startOf(strength));
  expect(await alone.startOf(0.05)).toEqual(starts[2]);
  expect(await path.startOf(0.05)).toEqual(starts[2]);
  expect(await alone.startOf(0.001)).toEqual(starts[0]);
  one.dispose();
  other.dispose();
});

test('a path that was interrupted goes on', async () => {
  const together = regressions();
  const path = new StrengthPath(together, shares);
  await expect(path.startOf(0.1, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  const start = await path.startOf(0.1);
  expect(start).toEqual(await new StrengthPath(together, shares).startOf(0.1));
  together.dispose();
});

test('weaker than all of its own, down to 0, fits begin at the weakest, and they end', async () => {
  const together = regressions();
  const path = new StrengthPath(together, shares);
  const start = (await path.startOf(0))!;
  for (const point of start) for (const value of point) expect(Number.isFinite(value)).toBe(true);
  for (const strength of [1e-300, 1e-30, 1e-6]) expect(await path.startOf(strength)).toEqual(start);
  const near = await path.startOf(1e-5);
  expect(near).not.toEqual(start);
  expect(near).toEqual(await new StrengthPath(together, shares).startOf(1e-5));
  const points = await together.fit(shares, 0, { starts: start });
  for (const point of points) for (const value of point) expect(Number.isFinite(value)).toBe(true);
  together.dispose();
});

test('fits too large to keep begin from zeros', async () => {
  const path = new StrengthPath({ parameters: 2 ** 20 } as FoldRegressions, shares);
  expect(await path.startOf(0.1)).toBeUndefined();
  expect(onStrengthPath(0.1, 2 ** 20)).toBe(false);
  expect(onStrengthPath(0.1, 2 ** 15)).toBe(true);
  for (const strength of [100, 1e-9, 0]) expect(onStrengthPath(strength, 2 ** 15)).toBe(false);
});

test('two that ask at once are told the same as one, even where the other is interrupted', async () => {
  const together = regressions();
  const path = new StrengthPath(together, shares);
  const stop = new AbortController();
  const asked = [path.startOf(0.5, stop.signal), path.startOf(0.01), path.startOf(0.5)];
  const [interrupted, ...others] = asked.map((one) => one.catch((error: unknown) => error));
  stop.abort(new Error('enough'));
  expect(await interrupted).toEqual(new Error('enough'));
  const alone = new StrengthPath(together, shares);
  expect(await others[0]).toEqual(await alone.startOf(0.01));
  expect(await others[1]).toEqual(await alone.startOf(0.5));
  together.dispose();
});

test('what is a parabola of the logarithm of the strength is foretold by three', () => {
  const at = (strength: number) => [Float64Array.of(Math.log(strength) ** 2, 3 - Math.log(strength))];
  const found = [10, 3, 0.2].map((strength) => ({ strength, points: at(strength) }));
  const [point] = foretold(found, 0.01)!;
  for (const [i, value] of at(0.01)[0]!.entries()) expect(point![i]).toBeCloseTo(value, 8);
  expect(foretold([], 1)).toBeUndefined();
});
