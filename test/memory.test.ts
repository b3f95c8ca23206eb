/**
 * Memory goes back to whom it belongs, whichever way values enter TensorFlow: thousands of rounds neither crash, nor
 * change a value, nor grow.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));

test.each([
  ['variables', 800],
  ['feeds', 2000],
  ['sessions', 150],
  ['failures', 200],
  ['eager', 10_000],
  ['strings', 5000],
])('%s: %i rounds', async (way, rounds) => {
  const script = file('helpers/memory-stress.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--expose-gc',
    script,
    file('../dist'),
    way,
    `${rounds}`,
  ]);
  const { megabytes, ...counts } = JSON.parse(stdout) as Record<string, number>;
  expect(counts).toEqual({ tensors: 0, nativeTensors: 0, sessions: 0 });
  expect(megabytes).toBeLessThan(100);
});
