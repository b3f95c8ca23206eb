import type { Command } from 'commander';
import { learningCurveOptions, type LearningCurveOptions, resolveStudy } from '../runs/study-options.js';
import { addStudyCommand } from './study-command.js';

export function addLearningCurveCommand(program: Command, finish: (code: number) => void): void {
  addStudyCommand<LearningCurveOptions>(program, finish, {
    name: 'learning-curve',
    description: 'accuracy against pictures a class, and what twice and four times as many would bring',
    own: learningCurveOptions,
    check: (options) => [resolveStudy(learningCurveOptions, options).options],
    run: async (options, hooks) => {
      const { runLearningCurve } = await import('../recipes/learning-curve.js');
      const { curve, ...finished } = await runLearningCurve(options, hooks);
      return { ...finished, result: curve };
    },
  });
}
