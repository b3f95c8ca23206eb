/** How a head's weight decay is chosen: every candidate is compared after the same steps. */
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { Random } from '../runtime/random.js';
import { type Examples, examplesInMemory } from '../features/examples.js';
import { buildHead } from './heads.js';
import { trainHead } from './train-head.js';
import { resolveOptions } from '../runs/options.js';
import { comparedAfter, fitMeasured, randomWeights, type TrainingJob, withTrainer } from './training-job.js';

const { scratch } = scratchFolders();

/** Two classes that overlap. */
function points(size: number, seed: number): Examples {
  const random = new Random(seed);
  const labels = Array.from({ length: size }, (_, i) => i % 2);
  const values = labels.flatMap((label) => [0, 1, 2, 3].map((i) => (i === label ? 1 : 0) + random.normal()));
  return examplesInMemory(Float32Array.from(values), [4], labels);
}

const data = { train: points(320, 1), validation: points(120, 2), test: points(60, 3), classes: 2 };
const options = resolveOptions({ data: '.', epochs: 90 });

function jobIn(checkpointFolder: string): TrainingJob {
  return {
    name: 'head',
    network: buildHead('linear', 4, 2),
    classes: 2,
    epochs: 90,
    learningRate: 0.01,
    patience: undefined,
    options,
    random: new Random(0),
    checkpointFolder,
    hooks: {},
  };
}

test('a full fit is compared where its trial would have ended', async () => {
  const job = jobIn(scratch());
  expect(comparedAfter(job, data.train)).toBe(60); // 600 steps of ten batches
  expect(comparedAfter({ ...job, epochs: 20 }, data.train)).toBe(20);
  expect(comparedAfter({ ...job, patience: 5 }, data.train)).toBe(90);
  const initial = randomWeights(job);
  await withTrainer(job, initial, async (trainer) => {
    const fit = (trial: boolean) =>
      fitMeasured(job, trainer, { initial, ...data }, { weightDecay: 0.3, name: `${trial}`, trial });
    const [full, trial] = [await fit(false), await fit(true)];
    expect(full.result.history).toHaveLength(90);
    expect(trial.result.history).toHaveLength(60);
    expect(full.comparedRight).toEqual(trial.validationRight);
    expect(trial.comparedRight).toEqual(trial.validationRight);
    // From its checkpoint nothing can be said of the middle any more.
    expect((await fit(false)).comparedRight).toBeUndefined();
  });
});

test('a head that goes on from its checkpoints is the one that was never interrupted', async () => {
  const folder = scratch();
  const context = () => ({ random: new Random(0), checkpointFolder: folder, hooks: {} });
  const first = await trainHead(data, options, context());
  const names = fs.readdirSync(folder);
  expect(names.filter((name) => name.startsWith('head trial'))).toHaveLength(5);
  const again = await trainHead(data, options, context());
  expect(again.weightDecay).toBe(first.weightDecay);
  expect(again.testProbabilities).toEqual(first.testProbabilities);
});

test('with one picture a class, of which none can be left out to choose by, each class is that picture', async () => {
  const few = { train: points(2, 4), validation: points(0, 5), test: points(40, 6), classes: 2 };
  const train = (more: object) =>
    trainHead(few, resolveOptions({ data: '.', ...more }), {
      random: new Random(0),
      checkpointFolder: scratch(),
      hooks: {},
    });
  const { testProbabilities, validationRight } = await train({});
  expect(testProbabilities).toEqual((await train({ head: 'prototypes' })).testProbabilities);
  expect(validationRight).toEqual([]);
  expect((await train({ weightDecay: 0.1 })).weightDecay).toBe(0.1);
});
