import type { Command } from 'commander';
import { notInSweep, resolveStudy, type SweepOptions, sweepOptions } from '../runs/study-options.js';
import type { SweepSpace } from '../runs/sweep-space.js';
import { addStudyCommand } from './study-command.js';

/** Spaces may be files in YAML, which no other command is to wait for. */
const spaces = () => import('../runs/sweep-space.js');

export function addSweepCommand(program: Command, finish: (code: number) => void): void {
  addStudyCommand<SweepOptions & { readonly space: SweepSpace }>(program, finish, {
    name: 'sweep',
    description:
      'search settings of the head on stored features, and say by how much the best flatters itself',
    own: sweepOptions,
    without: notInSweep,
    argument: {
      name: '[space...]',
      description: 'key=a,b,c or key=low..high, such as weightDecay=1e-4..10, or a YAML or JSON file',
      take: async (words) => ({ space: (await spaces()).readSpace(words) }),
    },
    check: async ({ space, ...options }) => {
      const { options: resolved } = resolveStudy(sweepOptions, options);
      const { trials: _trials, search: _search, rounds: _rounds, ...shared } = options;
      (await spaces()).checkSpace(space, shared);
      return [resolved];
    },
    run: async ({ space, ...options }, hooks) => {
      const { runSweep } = await import('../recipes/sweep.js');
      return runSweep(space, options, hooks);
    },
  });
}
