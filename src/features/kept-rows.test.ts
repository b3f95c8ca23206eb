import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { cacheFolder } from '../runtime/cache.js';
import { type KeptRows, keptRows } from './kept-rows.js';

const { scratch } = scratchFolders();

beforeEach(() => vi.stubEnv('FINETUNE_CACHE', scratch()));
afterEach(() => vi.unstubAllEnvs());

const contents = [Buffer.from('a picture'), Buffer.from('and how it was altered')];
const third = Float32Array.of(1 / 3, 2 / 3);

function asked(rows: KeptRows, of: readonly Uint8Array[] = contents): { values: Float32Array; made: number } {
  let made = 0;
  const values = rows.rows(of, 2, () => {
    made++;
    return third.slice();
  });
  return { values, made };
}

describe('rows that need not be made twice', () => {
  test('come out bit by bit as they were made, for the next process too', () => {
    const first = keptRows({ of: 'a network' }, [1], { cache: true });
    expect(first.known(contents, 2)).toBeUndefined();
    expect(asked(first)).toEqual({ values: third, made: 1 });
    expect(asked(first)).toEqual({ values: third, made: 0 });
    first.close();
    const next = keptRows({ of: 'a network' }, [1], { cache: true });
    expect(next.known(contents, 2)).toEqual(third);
    expect(asked(next)).toEqual({ values: third, made: 0 });
    next.close();
  });

  test.each([
    ['another key', { of: 'another network' }, contents],
    ['other contents', { of: 'a network' }, [contents[0]!, Buffer.from('otherwise altered')]],
    ['contents that are divided otherwise', { of: 'a network' }, [Buffer.concat(contents)]],
  ])('are made for %s', (_, key, other) => {
    const first = keptRows({ of: 'a network' }, [1], { cache: true });
    asked(first);
    first.close();
    const next = keptRows(key, [1], { cache: true });
    expect(asked(next, other).made).toBe(1);
    next.close();
  });

  test('are in memory alone without a cache', () => {
    const rows = keptRows({}, [1], { cache: false });
    expect([asked(rows).made, asked(rows).made]).toEqual([1, 0]);
    rows.close();
    expect(fs.existsSync(cacheFolder('features'))).toBe(false);
    const next = keptRows({}, [1], { cache: false });
    expect(asked(next).made).toBe(1);
    next.close();
  });

  test('are made anew where the disk has damaged them', () => {
    const first = keptRows({}, [1], { cache: true });
    asked(first);
    first.close();
    const [folder] = fs.readdirSync(cacheFolder('features'));
    const [segment] = fs.readdirSync(path.join(cacheFolder('features'), folder!));
    const file = path.join(cacheFolder('features'), folder!, segment!);
    const bytes = fs.readFileSync(file);
    bytes[0]! ^= 1;
    fs.writeFileSync(file, bytes);
    const next = keptRows({}, [1], { cache: true });
    expect(next.known(contents, 2)).toBeUndefined();
    expect(asked(next)).toEqual({ values: third, made: 1 });
    next.close();
    const last = keptRows({}, [1], { cache: true });
    expect(asked(last)).toEqual({ values: third, made: 0 });
    last.close();
  });

  test.each(['openSync', 'writeSync', 'fsyncSync'] as const)(
    'are made, and end no run, where the disk refuses them at %s',
    (step) => {
      const refused = () => {
        throw Object.assign(new Error('ENOSPC: no space left on device'), {
          code: 'ENOSPC',
          syscall: 'write',
        });
      };
      const spy = vi.spyOn(fs, step).mockImplementation(refused);
      try {
        const rows = keptRows({}, [1], { cache: true });
        expect([asked(rows).made, asked(rows).made]).toEqual([1, 0]);
        rows.add([Buffer.from('more')], 1, Float32Array.of(1));
        rows.close();
      } finally {
        spy.mockRestore();
      }
    },
  );

  test('may be kept by two runs at once', () => {
    const [one, other] = [keptRows({}, [1], { cache: true }), keptRows({}, [1], { cache: true })];
    expect([asked(one).made, asked(other).made]).toEqual([1, 1]);
    one.close();
    other.close();
    const next = keptRows({}, [1], { cache: true });
    expect(asked(next)).toEqual({ values: third, made: 0 });
    next.close();
  });
});
