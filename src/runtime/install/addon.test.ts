import fs from 'node:fs';
import { afterEach, expect, test, vi } from 'vitest';
import { addonFile } from './addon.js';

afterEach(() => {
  vi.restoreAllMocks();
});

test.each(['own-memory.h', 'quiet.cc', 'own-operations.cc', 'tiled-map.h', 'tfjs_backend.cc', 'utils.h'])(
  'another %s makes another addon, so that checkouts which share a cache keep their own',
  (changed) => {
    const before = addonFile('release');
    expect(addonFile('release')).toBe(before);
    const { readFileSync } = fs;
    vi.spyOn(fs, 'readFileSync').mockImplementation(((file: string, ...rest: never[]) =>
      file.endsWith(changed) ? 'changed' : readFileSync(file, ...rest)) as typeof readFileSync);
    expect(addonFile('release')).not.toBe(before);
  },
);
