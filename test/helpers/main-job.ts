import path from 'node:path';
import { beforeAll } from 'vitest';
import { cacheWithTensorFlow, finetune, type Outcome } from './command-line.js';
import { drawTinted } from './drawn-pictures.js';
import { inventedBase } from './invented-weights.js';
import { scratchFolders } from './scratch.js';

/** Nobody listens there: what asks a network fails at once. */
const nobody = 'http://127.0.0.1:9';

/** An environment in which nothing outside the machine answers and no mirror of the zoos is set. */
export const offline = {
  http_proxy: nobody,
  https_proxy: nobody,
  no_proxy: '',
  NO_PROXY: '',
  FINETUNE_ZOO: '',
};

/** Of each class; three classes. */
export const counts = { train: 12, test: 8 };

/**
 * What the end-to-end tests of the main job run on, from what the repository holds: drawn pictures, SqueezeNet with
 * invented weights, an empty cache, no network. One for each test file.
 */
export function mainJob() {
  const { scratch } = scratchFolders();
  const data = scratch();
  const weights = inventedBase('squeezenet', scratch());
  const environment = { ...offline, FINETUNE_CACHE: cacheWithTensorFlow(scratch()) };
  beforeAll(() => drawTinted(data, counts));

  const run = (args: readonly string[], options: Parameters<typeof finetune>[1] = {}): Promise<Outcome> =>
    finetune(args, { environment, ...options });
  return {
    data,
    weights,
    environment,
    scratch,
    /** A path for a run that is not there yet. */
    newRun: () => path.join(scratch(), 'run'),
    /** The command line, whatever it is asked. */
    finetune: run,
    /** The main job on the drawn pictures; 40 epochs and no baseline unless `more` says otherwise. */
    train: (out: string, more: readonly string[] = [], options?: Parameters<typeof finetune>[1]) =>
      run(
        ['--data', data, '--base', 'squeezenet', '--weights', weights, '--out', out, ...usual, ...more],
        options,
      ),
  };
}

const usual = ['--epochs', '40', '--baseline', 'none'];
