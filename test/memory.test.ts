/**
 * Memory goes back to whom it belongs, whichever way values enter TensorFlow: thousands of rounds neither crash, nor
 * change a value, nor grow.
 */
import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));
/** Runs a program of ours, in TypeScript, in a process of its own. */
const run = (program: string, ...args: string[]) =>
  promisify(execFile)(process.execPath, ['--expose-gc', '--import', 'tsx', file(program), ...args]);

test.each([
  ['variables', 800],
  ['feeds', 2000],
  ['sessions', 150],
  ['failures', 200],
  ['eager', 10_000],
  ['strings', 5000],
])('%s: %i rounds', async (way, rounds) => {
  const { stdout } = await run('helpers/memory-stress.ts', way, `${rounds}`);
  const { megabytes, ...counts } = JSON.parse(stdout) as Record<string, number>;
  expect(counts).toEqual({ tensors: 0, nativeTensors: 0, sessions: 0 });
  expect(megabytes).toBeLessThan(100);
});

const canLimit = spawnSync('prlimit', ['--version']).status === 0;

test.skipIf(!canLimit)('where memory runs out there is an error, and the process goes on', async () => {
  const { stdout } = await run('helpers/memory-shortage.ts');
  expect(stdout).toMatch(/no memory is left for a tensor; then 1,2, 1 tensor$/);
});
