import type { Hooks, Progress } from './progress.js';

/**
 * Turns a job that calls back into one that is iterated over: its progress, event by event, then `finished` with its
 * result. Events wait until they are asked for, so none is lost. Leaving the loop early stops the job as its signal
 * would, and waits until it has ended; what the job throws, the loop throws.
 */
export async function* progressEvents<T>(
  job: (hooks: Hooks) => Promise<T>,
  signal?: AbortSignal,
): AsyncGenerator<Progress | { readonly kind: 'finished'; readonly result: T }> {
  const waiting: Progress[] = [];
  const left = new AbortController();
  let ended = false;
  let wake = () => {};
  const onProgress = (progress: Progress) => {
    waiting.push(progress);
    wake();
  };
  const result = job({
    onProgress,
    signal: signal ? AbortSignal.any([signal, left.signal]) : left.signal,
  }).finally(() => {
    ended = true;
    wake();
  });
  const settled = result.then(
    () => {},
    () => {}, // the loop awaits `result` itself, perhaps later
  );
  try {
    while (!ended || waiting.length > 0) {
      yield* waiting.splice(0);
      if (ended) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    yield { kind: 'finished', result: await result };
  } finally {
    left.abort();
    await settled;
  }
}
