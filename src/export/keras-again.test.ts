import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import { python, pythonHas } from '../../test/helpers/python.js';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { slimRegistered } from '../../test/helpers/slimmed.js';
import type { WeightedNetwork } from '../models/compose.js';
import { modelNames } from '../models/registry.js';
import { UserError } from '../runtime/errors.js';
import { exportKeras } from './network-keras.js';
import { expectKerasWeights } from './open-weights-again.js';

const script = new URL('../../test/fixtures/save_again_with_keras.py', import.meta.url).pathname;
const { scratch } = scratchFolders();

// with few channels most layers have weights of one shape: Keras takes those of another layer without a word
test.skipIf(!pythonHas('keras', 'tensorflow'))(
  'Keras loads every network of the registry, and what it then saves is read again, with names and without (skipped when FINETUNE_PYTHON has none)',
  async () => {
    const written = new Map<string, WeightedNetwork>();
    for (const name of modelNames()) {
      const weighted = slimRegistered(name);
      const folder = scratch();
      try {
        await exportKeras(folder, weighted);
        written.set(folder, weighted);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
      }
    }
    expect(written.size).toBeGreaterThan(30);
    const { status, stderr } = spawnSync(python!, [script, ...written.keys()], { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    for (const [folder, weighted] of written) {
      for (const by of ['named', 'unnamed']) {
        await expectKerasWeights(path.join(folder, by), weighted, `${weighted.network.name}, ${by}`);
      }
    }
  },
  1_200_000,
);
