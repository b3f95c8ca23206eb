import { expect, test } from 'vitest';
import { Interrupted, type Progress } from './progress.js';
import { progressEvents } from './progress-events.js';

const note = (message: string): Progress => ({ kind: 'note', message });
const tick = () => new Promise((resolve) => setImmediate(resolve));

test('every event comes once and in order, then the result', async () => {
  const events = progressEvents(async ({ onProgress }) => {
    onProgress?.(note('one'));
    onProgress?.(note('two'));
    await tick();
    onProgress?.(note('three'));
    return 3;
  });
  const seen = [];
  for await (const event of events) {
    await tick(); // a listener slower than the job
    seen.push(event);
  }
  expect(seen).toEqual([note('one'), note('two'), note('three'), { kind: 'finished', result: 3 }]);
});

test('what the job throws, the loop throws, after the events before it', async () => {
  const events = progressEvents(async ({ onProgress }) => {
    onProgress?.(note('one'));
    throw new Error('no such folder');
  });
  expect((await events.next()).value).toEqual(note('one'));
  await tick();
  await expect(events.next()).rejects.toThrow('no such folder');
});

test('leaving the loop stops the job and waits for its end', async () => {
  let cleaned = false;
  const events = progressEvents(async ({ onProgress, signal }) => {
    for (;;) {
      onProgress?.(note('working'));
      await tick();
      if (!signal?.aborted) continue;
      await tick();
      cleaned = true;
      throw new Interrupted('stopped');
    }
  });
  for await (const event of events) if (event.kind === 'note') break;
  expect(cleaned).toBe(true);
});

test("the caller's own signal stops the job", async () => {
  const caller = new AbortController();
  const events = progressEvents(async ({ signal }) => {
    while (!signal?.aborted) await tick();
    throw new Interrupted('stopped');
  }, caller.signal);
  const next = events.next();
  caller.abort();
  await expect(next).rejects.toThrow(Interrupted);
});
