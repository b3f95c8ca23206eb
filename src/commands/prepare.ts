import type { ProgressDisplay } from './progress-display.js';

export async function prepareTensorFlow(
  _device: 'auto' | 'cpu' | 'gpu',
  _display: ProgressDisplay,
): Promise<void> {}
