import { expect, test } from 'vitest';
import { scratchFolders } from '../../test/helpers/scratch.js';
import type { Prepared } from './prepare-run.js';
import { type ExtractionPlan, planExtraction, readPlannedShard, savePlan } from './extraction-plan.js';

const { scratch } = scratchFolders();

const plan: ExtractionPlan = {
  format: 1,
  data: '/pictures',
  base: 'squeezenet',
  side: 224,
  parts: [{ layer: 'conv10', pool: 'average' }],
  settings: { precision: 'float32' },
  resize: 'squash',
  small: ['squash'],
  batchSize: 16,
  key: 'k',
  pictures: 1,
  shards: 1,
};
const inFolder = (folder: string) => ({ path: `${folder}/1.png`, file: `${folder}/1.png`, digest: 'd' });

test('pictures that were moved make another plan, so that shards find them', async () => {
  const store = scratch();
  const before = await savePlan(store, { plan, shards: [[inFolder('cats')]] });
  expect(await savePlan(store, { plan, shards: [[inFolder('cats')]] })).toBe(before);
  const after = await savePlan(store, { plan, shards: [[inFolder('dogs')]] });
  expect(after).not.toBe(before);
  expect(readPlannedShard(store, before, 1)).toEqual([inFolder('cats')]);
  expect(readPlannedShard(store, after, 1)).toEqual([inFolder('dogs')]);
});

test('nothing is planned for a base from scratch', async () => {
  const prepared = { options: { fromScratch: true }, plan: { branches: [{}] } } as unknown as Prepared;
  await expect(planExtraction(prepared, 1, {})).rejects.toThrow(
    /^Expected a base with weights, .* with --from-scratch all of it is trained/,
  );
});
