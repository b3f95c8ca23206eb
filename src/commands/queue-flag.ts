import { Option } from 'commander';
import type { ResolvedOptions } from '../runs/options.js';
import type { FitElsewhere } from '../runs/study-fits.js';
import { UserError } from '../runtime/errors.js';
import type { Hooks } from '../runtime/progress.js';

/** Of a command that trains on stored features. @param what its workers do. */
export function queueFlag(what = 'compute the features into --store'): Option {
  return new Option('--queue <url>', `let the workers of this Redis ${what}: redis://host:6379`).helpGroup(
    'Machine:',
  );
}

/** @throws UserError when there is a queue but no folder for what it computes. */
export function expectStore(
  queue: string | undefined,
  { store }: { readonly store?: string | undefined },
): void {
  if (queue === undefined || store !== undefined) return;
  throw new UserError(
    'Expected --store with --queue: the folder in which the workers leave what they compute.',
  );
}

/** Has the fits of a study made by the workers of its queue; without one they are made here. */
export async function fitsElsewhere(
  queue: string | undefined,
  study: string,
  { store }: { readonly store?: string | undefined },
  hooks: Hooks,
): Promise<{ readonly elsewhere?: FitElsewhere }> {
  if (queue === undefined) return {};
  const { fitsOverQueue } = await import('../queue/submit-fits.js');
  return { elsewhere: fitsOverQueue({ store: store!, url: queue, study }, hooks) };
}

/** Has the features of these jobs computed, one job after the other; the jobs then find them in their --store. */
export async function askWorkers(
  queue: string | undefined,
  jobs: readonly ResolvedOptions[],
  hooks: Hooks,
): Promise<void> {
  if (queue === undefined) return;
  const { extractOverQueue } = await import('../queue/submit.js');
  const { SeveralNetworks } = await import('../runs/extraction-plan.js');
  for (const options of jobs) {
    // trained on the pictures themselves, it has no features
    if (options.fromScratch) continue;
    try {
      await extractOverQueue({ store: options.store!, options, url: queue }, hooks);
    } catch (error) {
      if (!(error instanceof SeveralNetworks)) throw error;
      const message = 'The features of several networks side by side are computed here, not by the workers';
      hooks.onProgress?.({ kind: 'note', message });
    }
  }
}
