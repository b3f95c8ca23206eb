import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { keptVerdicts } from './copy-verdicts.js';

const { scratch } = scratchFolders();

beforeEach(() => vi.stubEnv('FINETUNE_CACHE', scratch()));
afterEach(() => vi.unstubAllEnvs());

const set = ['a', 'b', 'c'].map((digest) => ({ path: `${digest}.jpg`, file: digest, digest, label: 0 }));
const [a, b, c] = set as [(typeof set)[0], (typeof set)[0], (typeof set)[0]];

test('a pair is decided once, copies or not, whichever is met first', () => {
  const first = keptVerdicts(set, { cache: true });
  first.keep(b, a, { kind: 'turned' });
  first.keep(a, c, { kind: undefined });
  expect([first.known(a, b), first.known(b, a)]).toEqual([{ kind: 'turned' }, { kind: 'turned' }]);
  first.close();
  const next = keptVerdicts([c, a, b], { cache: true });
  expect([next.known(a, b), next.known(c, a), next.known(b, c)]).toEqual([
    { kind: 'turned' },
    { kind: undefined },
    undefined,
  ]);
  next.close();
});

test('another set of pictures has verdicts of its own, and none outlives a cache that is not wanted', () => {
  const first = keptVerdicts(set, { cache: true });
  first.keep(a, b, { kind: 'turned' });
  first.close();
  const unwanted = keptVerdicts(set, { cache: false });
  expect(unwanted.known(a, b)).toBeUndefined();
  unwanted.keep(a, c, { kind: 'cropped' });
  expect(unwanted.known(a, c)).toBeUndefined();
  unwanted.close();
  const others = keptVerdicts([a, b], { cache: true });
  expect(others.known(a, b)).toBeUndefined();
  others.close();
});
