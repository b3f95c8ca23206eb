/** Installs a release in a process of its own, so that a test can see it killed. */
import { installRelease } from '../../src/runtime/install/release-folder.js';
import type { Release } from '../../src/runtime/install/releases.js';

const [release = '', cache = '', python = ''] = process.argv.slice(2);
const parsed = JSON.parse(release, (key, value: unknown) =>
  key === 'keeps' ? new RegExp(value as string) : value,
) as Release;
await installRelease(parsed, cache, python, () => undefined);
