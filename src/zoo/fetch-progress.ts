import type { FetchProgress } from './fetch.js';
import type { Hooks } from '../runtime/progress.js';

/** What a fetch of weights tells, as a job's progress. */
export function fetchProgress({ onProgress }: Hooks): (event: FetchProgress) => void {
  return (event) => {
    if (event.kind === 'note') return onProgress?.(event);
    const { received, total } = event;
    // A server that does not say how long its file is leaves nothing to show a share of.
    if (total === 0) return undefined;
    const stage = 'Fetching weights';
    return onProgress?.({ kind: 'work', stage, done: received, total, unit: 'bytes' });
  };
}
