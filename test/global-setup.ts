import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { progressDisplay } from '../src/commands/progress-display.js';
import { ensureTensorFlow } from '../src/runtime/install/ensure.js';

/** Builds, sets TensorFlow up before the tests, and refuses a FINETUNE_SHARED that leads nowhere. */
export default async function setup(): Promise<void> {
  const shared = process.env['FINETUNE_SHARED'];
  if (shared === undefined) {
    console.error('FINETUNE_SHARED is not set: tests that need real weights and photographs are skipped.');
  } else if (!fs.existsSync(shared)) {
    throw new Error(`FINETUNE_SHARED names '${shared}', which does not exist`);
  }
  const bootstrap = fileURLToPath(new URL('../bootstrap.mjs', import.meta.url));
  const { status } = spawnSync(process.execPath, [bootstrap, 'build'], { stdio: 'inherit' });
  if (status !== 0) throw new Error('the build failed');
  await ensureTensorFlow({ onProgress: progressDisplay(process.stderr, { quiet: false }).show });
}
