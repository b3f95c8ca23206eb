/** The optimisers of TF.js under `compile`: what they keep in JavaScript, their step counts and settings. */
import type { Optimizer } from '@tensorflow/tfjs';
import { tf } from '../runtime/tensorflow.js';
import { withReplaced } from './backend.js';

/** An optimiser that a function steps. */
export interface OptimiserStep {
  readonly optimiser: Optimizer;
  /** Its settings when the function was traced, learning rate included. */
  readonly settings: string;
}

/** What is protected in TF.js. */
interface Counting {
  incrementIterations(): void;
}

/** Calls `body` and returns the steps that TF.js' optimisers took in it; they have not been counted. */
export function uncountedSteps(body: () => void): OptimiserStep[] {
  const steps: OptimiserStep[] = [];
  const note = function (this: Optimizer) {
    steps.push({ optimiser: this, settings: settingsOf(this) });
  };
  withReplaced([[tf.Optimizer.prototype, 'incrementIterations', note]], body);
  return steps;
}

export function countStep({ optimiser }: OptimiserStep): void {
  (optimiser as unknown as Counting).incrementIterations();
}

/** Whether the optimiser would step differently now, as with another learning rate. */
export function hasChanged({ optimiser, settings }: OptimiserStep): boolean {
  return settingsOf(optimiser) !== settings;
}

function settingsOf(optimiser: Optimizer): string {
  return JSON.stringify(optimiser.getConfig());
}
