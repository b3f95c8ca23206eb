import { Option } from 'commander';
import type { ResolvedOptions } from '../runs/options.js';
import { UserError } from '../runtime/errors.js';
import type { Hooks } from '../runtime/progress.js';

/** Of a command that trains on stored features. */
export function queueFlag(): Option {
  return new Option(
    '--queue <url>',
    'let the workers of this Redis compute the features into --store: redis://host:6379',
  ).helpGroup('Machine:');
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

/** Has the features of these jobs computed, one job after the other; the jobs then find them in their --store. */
export async function askWorkers(
  queue: string | undefined,
  jobs: readonly ResolvedOptions[],
  hooks: Hooks,
): Promise<void> {
  if (queue === undefined) return;
  const { extractOverQueue } = await import('../queue/submit.js');
  for (const options of jobs) {
    // trained on the pictures themselves, it has no features
    if (options.fromScratch) continue;
    await extractOverQueue({ store: options.store!, options, url: queue }, hooks);
  }
}
