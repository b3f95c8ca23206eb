import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { progressDisplay } from './progress-display.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

test('a stage that comes a second time is timed from its own start', () => {
  let shown = '';
  const { show } = progressDisplay({ write: (text: string) => (shown = text) }, { quiet: false });
  const work = (done: number, total: number, unit: 'pictures' | 'pairs') =>
    show({ kind: 'work', stage: 'Looking for copies', done, total, unit });
  work(0, 100, 'pictures');
  vi.advanceTimersByTime(100_000);
  work(100, 100, 'pictures');
  expect(shown).toMatch(/100 of 100, 1 pictures\/s, 1 min 40 s/);
  work(0, 1000, 'pairs');
  vi.advanceTimersByTime(11_000);
  work(500, 1000, 'pairs');
  expect(shown).toMatch(/500 of 1000, 11 s left/);
});
