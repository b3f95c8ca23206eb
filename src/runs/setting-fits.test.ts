import { expect, test } from 'vitest';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { examplesInMemory } from '../features/examples.js';
import { Random } from '../runtime/random.js';
import { tf } from '../runtime/tensorflow.js';
import { fitOptions } from './fit-work.js';
import { sweepFolds, type Trial, trialFits } from './setting-fits.js';
import { resolveStudy } from './study-options.js';
import type { Setting } from './sweep-space.js';

const { scratch } = scratchFolders();
const [size, features, classes] = [60, 12, 3];
const random = new Random(3);
const labels = Array.from({ length: size }, (_, i) => i % classes);
const values = Float32Array.from(
  { length: size * features },
  (_, i) => random.normal() + (i % features === labels[Math.floor(i / features)] ? 1.5 : 0),
);
const fits = {
  shared: {
    pool: size,
    training: 50,
    kin: labels.map((_, i) => `${i}`),
    validationShare: 0.15,
    classes,
    parts: [{ layer: 'pool', pool: 'average' as const, size: features, weight: 1, optional: false }],
    seed: 0,
    round: 0,
  },
  examples: examplesInMemory(values, [features], labels),
};

function trial(setting: Setting): Trial {
  return { setting, options: fitOptions(resolveStudy({}, { data: 'photos', ...setting }).options) };
}

test('what a setting gets right depends on no other setting, nor on the order: any worker may try it', async () => {
  const before = tf.memory().numTensors;
  const trials = [
    { weightDecay: 0.02 },
    { weightDecay: 0.5, classWeights: 'balanced' },
    { weightDecay: 0.4 },
    { weightDecay: 0 },
    {},
  ];
  const place = { folder: scratch(), signal: undefined };
  const all = trialFits.open(fits, place);
  const answers: string[] = [];
  for (const one of trials) answers.push(await all.fit(trial(one)));
  all.close?.();
  for (const digits of answers) {
    expect(digits).toMatch(new RegExp(`^[01]{${size}}$`));
    expect([...digits].filter((digit) => digit === '1').length).toBeGreaterThan(size / sweepFolds);
  }
  const last = trialFits.open(fits, place);
  expect(await last.fit(trial(trials[2]!))).toBe(answers[2]);
  expect(await last.fit(trial(trials[0]!))).toBe(answers[0]);
  last.close?.();
  expect(tf.memory().numTensors).toBe(before);
});

test('trials that share their regressions are handed out many at once', () => {
  const exact = trialFits.work(trial({ weightDecay: 0.1 }), fits);
  const usual = trialFits.work(trial({ weightDecay: 0.1, effort: 'best' }), fits);
  expect(exact).toBeLessThan(usual);
  // above the path, below it, and of more classes than it keeps fits of
  for (const weightDecay of [50, 0, 1e-30]) expect(trialFits.work(trial({ weightDecay }), fits)).toBe(usual);
  const many = { ...fits, shared: { ...fits.shared, classes: 10_000 } };
  const share = (one: Setting) => trialFits.work(trial(one), many) / trialFits.work(trial(one), fits);
  expect(share({ weightDecay: 0.1 })).toBeGreaterThan(2 * share({ weightDecay: 50 }));
  expect(trialFits.work(trial({}), fits)).toBeGreaterThan(10 * usual);
  expect(trialFits.work(trial({ solver: 'steps' }), fits)).toBe(Number.POSITIVE_INFINITY);
});
