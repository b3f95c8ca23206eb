import type { Command } from 'commander';
import { compareOptions, type CompareOptions, notInCompare } from '../runs/study-options.js';
import { featuresOf, resolveComparison } from '../runs/resolve-comparison.js';
import { addStudyCommand } from './study-command.js';

export function addCompareCommand(program: Command, finish: (code: number) => void): void {
  addStudyCommand<CompareOptions>(program, finish, {
    name: 'compare',
    description: 'several bases and heads on the same splits, with what may be concluded of each pair',
    own: compareOptions,
    without: notInCompare,
    check: (options) => resolveComparison(options).bases.map(({ heads }) => featuresOf(heads).options),
    run: async (options, hooks) => {
      const { runComparison } = await import('../recipes/compare.js');
      const { comparison, ...finished } = await runComparison(options, hooks);
      return { ...finished, result: comparison };
    },
  });
}
