import { expect, test } from 'vitest';
import { withPooledFeatures } from '../models/pooled-features.js';
import { modelSpec } from '../models/registry.js';
import { isChain } from './chain.js';
import { planFeatures } from './feature-plan.js';

const auto = { effort: 'default', input: 'auto', features: 'auto', pool: 'auto', solver: 'exact' } as const;

/** Whether what is planned of a base is a chain: all of it, and what of it reads the last stage. */
function chains(base: string): { whole: boolean; lastStage: boolean } {
  const { network, parts } = planFeatures(modelSpec(base), auto, 100);
  const stage = parts.filter(({ optional }) => !optional);
  const [whole, lastStage] = [parts, stage].map((some) => isChain(withPooledFeatures(network, some)));
  return { whole: whole!, lastStage: lastStage! };
}

test.each(['vgg16', 'mobilenet-v1-1'])('the last map of %s, pooled in two ways, ends a chain', (base) => {
  expect(chains(base)).toEqual({ whole: false, lastStage: true });
});

test.each(['googlenet', 'resnet50', 'squeezenet'])('%s is none, with branches or shortcuts in it', (base) => {
  expect(chains(base)).toEqual({ whole: false, lastStage: false });
});

test('a base without pools, and LeNet-5, are chains', () => {
  for (const base of ['vgg16', 'lenet5']) expect(isChain(modelSpec(base).buildBase())).toBe(true);
});
