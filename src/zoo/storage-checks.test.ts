import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { temporaryFolder } from '../../test/helpers/command-line.js';
import { catalogue } from './catalogue.js';
import { storageChecks } from './storage-checks.js';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  vi.stubEnv('FINETUNE_CACHE', path.join(folder, 'cache'));
  vi.stubEnv('FINETUNE_ZOO', undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  fs.rmSync(folder, { recursive: true });
});

const check = (name: string) => storageChecks().find((found) => found.name === name);

function put(file: string, bytes: number): void {
  fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  fs.writeFileSync(path.join(folder, file), Buffer.alloc(bytes));
}

test("the cache's parts with their sizes, there or not", () => {
  expect(check('Cache')).toMatchObject({ status: 'ok', message: expect.stringContaining('features 0 MB') });
  put('cache/features/a/b.bin', 3_000_000);
  expect(check('Cache')?.message).toMatch(/cache: tensorflow 0 MB, weights 0 MB, features 3 MB/);
  expect(check('Disk')?.message).toMatch(/B free for the cache$/);
});

test('weights that are here, and those still to fetch', () => {
  expect(check('Weights')).toEqual({
    name: 'Weights',
    status: 'ok',
    message: `${catalogue.length} fetched when first needed (finetune zoo list)`,
  });
  put('cache/weights/vgg16-base.safetensors', 2_000_000);
  expect(check('Weights')?.message).toContain('vgg16-base (2 MB in the cache)');
});

test('a mirror of the zoos that has them, has none, or is not there', () => {
  vi.stubEnv('FINETUNE_ZOO', folder);
  expect(check('Weights')).toMatchObject({ status: 'warn', advice: expect.stringContaining('keras/vgg16') });
  put('keras/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5', 2_000_000);
  expect(check('Weights')).toMatchObject({
    status: 'ok',
    message: expect.stringContaining('vgg16-base (2 MB in FINETUNE_ZOO)'),
  });
  vi.stubEnv('FINETUNE_ZOO', path.join(folder, 'nowhere'));
  expect(check('Weights')).toMatchObject({ status: 'fail', message: expect.stringContaining('nowhere') });
});
