import { setImmediate } from 'node:timers/promises';

/**
 * Lets whatever else waits have its turn, Ctrl-C among it, between two pieces of a long computation.
 *
 * @throws when the signal has fired.
 */
export async function breathe(signal: AbortSignal | undefined): Promise<void> {
  await setImmediate();
  signal?.throwIfAborted();
}
