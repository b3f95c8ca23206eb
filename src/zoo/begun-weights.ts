import type { Network } from '../models/network.js';
import { networkWeights } from '../models/network-weights.js';
import type { FetchProgress } from './fetch.js';
import { type LoadedWeights, type LoadOptions, loadWeights } from './load-weights.js';

/** Weights that are on their way before it is known at what size their network will see pictures. */
export interface BegunWeights {
  /**
   * As `loadWeights` for this network; what there was to tell so far is told now. Asked for once.
   *
   * @throws what `loadWeights` throws.
   */
  take(network: Network, onProgress: (event: FetchProgress) => void): Promise<LoadedWeights>;
  /** Ends what nobody has asked for. */
  close(): Promise<void>;
}

/**
 * Begins to read, or to fetch, a network's weights: most of that is other threads' work, or waiting.
 *
 * @param network at some size. Where weights depend on the size (a dense layer on a map) it may be the wrong one: they are
 *   then read anew.
 */
export function beginWeights(
  model: string,
  network: Network,
  { file, signal }: Pick<LoadOptions, 'file' | 'signal'>,
): BegunWeights {
  const ending = new AbortController();
  const from = file === undefined ? {} : { file };
  const ended = signal ? AbortSignal.any([signal, ending.signal]) : ending.signal;
  const untold: FetchProgress[] = [];
  let tell = (event: FetchProgress): void => void untold.push(event);
  const loading = loadWeights(model, network, {
    ...from,
    signal: ended,
    onProgress: (event) => tell(event),
  });
  loading.catch(() => undefined); // told to whom takes them
  return {
    async take(wanted, onProgress) {
      if (!hasSameWeights(network, wanted)) {
        ending.abort();
        return loadWeights(model, wanted, { ...from, ...(signal && { signal }), onProgress });
      }
      tell = onProgress;
      untold.forEach(onProgress);
      return loading;
    },
    async close() {
      ending.abort();
      await loading.catch(() => undefined);
    },
  };
}

function hasSameWeights(one: Network, other: Network): boolean {
  return JSON.stringify(networkWeights(one)) === JSON.stringify(networkWeights(other));
}
