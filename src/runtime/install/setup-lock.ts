import path from 'node:path';
import { cacheFolder } from '../cache.js';
import { withLock } from '../lock.js';
import type { OnSetupProgress } from './setup-progress.js';

/** Does what changes the TensorFlow in the cache while no other process does. */
export function whileSettingUp<T>(work: () => Promise<T>, onProgress: OnSetupProgress): Promise<T> {
  const onWait = () => {
    onProgress({ kind: 'note', message: 'Waiting for another process that sets up TensorFlow' });
  };
  return withLock(path.join(cacheFolder('tensorflow'), 'setup.lock'), work, { onWait });
}
