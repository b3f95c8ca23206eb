import type { Command } from 'commander';
import {
  crossValidateOptions,
  type CrossValidateOptions,
  notInCrossValidate,
  resolveStudy,
} from '../runs/study-options.js';
import { addStudyCommand } from './study-command.js';

export function addCrossValidateCommand(program: Command, finish: (code: number) => void): void {
  addStudyCommand<CrossValidateOptions>(program, finish, {
    name: 'cross-validate',
    description: 'judge every picture by a head that has not seen it, and say what may be concluded',
    own: crossValidateOptions,
    without: notInCrossValidate,
    check: (options) => [resolveStudy(crossValidateOptions, options).options],
    run: async (options, hooks) => {
      const { runCrossValidation } = await import('../recipes/cross-validate.js');
      return runCrossValidation(options, hooks);
    },
  });
}
