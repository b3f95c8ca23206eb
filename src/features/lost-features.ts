import type { Hooks } from '../runtime/progress.js';
import { FeaturesLost } from './feature-store.js';

const mostTries = 3;

/** Runs a job again when the disk has damaged stored features, or another run has evicted them: they are then extracted anew. */
export async function againWhenLost<T>(job: () => Promise<T>, { onProgress }: Hooks): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await job();
    } catch (error) {
      if (!(error instanceof FeaturesLost) || tries === mostTries) throw error;
      onProgress?.({ kind: 'warning', message: `${error.message}: extracting features anew` });
    }
  }
}
