import fs from 'node:fs';
import { ensureTensorFlow } from '../src/runtime/install/ensure.js';

/** Sets TensorFlow up before the tests, and refuses a FINETUNE_SHARED that leads nowhere. */
export default async function setup(): Promise<void> {
  const shared = process.env['FINETUNE_SHARED'];
  if (shared === undefined) {
    console.error('FINETUNE_SHARED is not set: tests that need real weights and photographs are skipped.');
  } else if (!fs.existsSync(shared)) {
    throw new Error(`FINETUNE_SHARED names '${shared}', which does not exist`);
  }
  await ensureTensorFlow({ onProgress: (message) => console.error(message) });
}
