import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { evictFeatures, FeaturesLost, FeatureStore } from './feature-store.js';

let folder = '';
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'feature-store-'));
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});

const row = (value: number) => Float32Array.from([value, value + 0.5]);

function filled(names: readonly string[], at = folder): FeatureStore {
  const store = new FeatureStore(at, [2]);
  for (const [i, name] of names.entries()) store.add([name], row(i));
  store.flush();
  return store;
}

function segments(at = folder): string[] {
  return fs.readdirSync(at).map((name) => path.join(at, name));
}

it('gives rows back, in the order asked for and after it was opened again', () => {
  filled(['a', 'b', 'c']).close();
  const store = new FeatureStore(folder, [2]);
  expect(store.size).toBe(3);
  expect(store.read(['c', 'a', 'c'])).toEqual(Float32Array.from([2, 2.5, 0, 0.5, 2, 2.5]));
  expect(() => store.read(['d'])).toThrow(/no row 'd'/);
  store.close();
});

it('lets two runs add at the same time', () => {
  const [one, other] = [new FeatureStore(folder, [2]), new FeatureStore(folder, [2])];
  one.add(['a', 'b'], Float32Array.from([...row(0), ...row(1)]));
  other.add(['b', 'c'], Float32Array.from([...row(1), ...row(2)]));
  one.close();
  other.close();
  const store = new FeatureStore(folder, [2]);
  expect(store.read(['a', 'b', 'c'])).toEqual(Float32Array.from([...row(0), ...row(1), ...row(2)]));
  store.close();
});

it('keeps nothing of a segment that was never finished', () => {
  const killed = new FeatureStore(folder, [2]);
  killed.add(['a'], row(0));
  expect(new FeatureStore(folder, [2]).size).toBe(0);
  killed.close();
});

describe('a damaged segment', () => {
  it.each([
    ['cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length - 5)],
    ['without its rows', (bytes: Buffer) => bytes.subarray(8)],
    ['empty', () => Buffer.alloc(0)],
    ['of zeros', (bytes: Buffer) => Buffer.alloc(bytes.length)],
  ])('%s is removed and its rows count as missing', (_, damage) => {
    filled(['a', 'b']).close();
    const [file] = segments();
    fs.writeFileSync(file!, damage(fs.readFileSync(file!)));
    const store = new FeatureStore(folder, [2]);
    expect(store.has('a')).toBe(false);
    expect(segments()).toEqual([]);
    store.close();
  });
});

describe('rows are held against their digests', () => {
  /** Changes a byte of a row and leaves the footer sound. */
  function damageRow(file: string, index: number): void {
    const bytes = fs.readFileSync(file);
    bytes[8 * index + 2]! ^= 0x40;
    fs.writeFileSync(file, bytes);
  }

  it('when they are read: a damaged one is lost, with its whole segment, and can be added again', () => {
    filled(['a', 'b']).close();
    filled(['c']).close();
    damageRow(
      segments().find((file) => fs.readFileSync(file).includes('"a"'))!,
      1,
    );
    const store = new FeatureStore(folder, [2]);
    expect(store.read(['a', 'c'])).toEqual(Float32Array.from([...row(0), ...row(0)]));
    expect(() => store.read(['b'])).toThrow(FeaturesLost);
    expect(['a', 'b', 'c'].map((name) => store.has(name))).toEqual([false, false, true]);
    expect(segments()).toHaveLength(1);
    store.add(['b'], row(7));
    store.flush();
    expect(store.read(['b'])).toEqual(row(7));
    store.close();
  });

  it('when asked to, before they are relied on; a sound copy elsewhere is used', () => {
    filled(['a', 'b']).close();
    damageRow(segments()[0]!, 0);
    const store = new FeatureStore(folder, [2]);
    const other = path.join(folder, 'other');
    filled(['b'], other).close();
    fs.copyFileSync(segments(other)[0]!, path.join(folder, 'zz.features'));
    fs.rmSync(other, { recursive: true });
    store.close();
    const again = new FeatureStore(folder, [2]);
    again.verify(['a', 'b', 'unknown']);
    expect([again.has('a'), again.has('b')]).toEqual([false, true]);
    expect(again.read(['b'])).toEqual(row(0));
    again.close();
  });

  it('and a damaged footer is found out by its own', () => {
    filled(['a', 'b']).close();
    const [file] = segments();
    const bytes = fs.readFileSync(file!);
    bytes[bytes.indexOf('"a"') + 1] = 'x'.charCodeAt(0);
    fs.writeFileSync(file!, bytes);
    expect(new FeatureStore(folder, [2]).size).toBe(0);
  });
});

it('has few files open, however many segments there are', () => {
  vi.spyOn(fs, 'fsyncSync').mockReturnValue(undefined); // a thousand of them take seconds
  const names = Array.from({ length: 1100 }, (_, i) => `row ${i}`);
  const open = () => fs.readdirSync('/proc/self/fd').length;
  for (const [i, name] of names.entries()) {
    const store = new FeatureStore(path.join(folder, String(i)), [2]);
    store.add([name], row(i));
    store.close();
    fs.renameSync(segments(store.folder)[0]!, path.join(folder, `${i}.features`));
    fs.rmdirSync(store.folder);
  }
  vi.restoreAllMocks();
  const before = open();
  const store = new FeatureStore(folder, [2]);
  expect(store.read(names)[2 * 1099]).toBe(1099);
  expect(open() - before).toBeLessThan(100);
  store.close();
  expect(open()).toBe(before);
});

it('misses what another run has evicted in between', () => {
  filled(['a']).close();
  const store = new FeatureStore(folder, [2]);
  fs.rmSync(segments()[0]!);
  store.verify(['a']);
  expect(store.has('a')).toBe(false);
  store.close();
});

it('passes over folders, pipes and links among the segments', () => {
  filled(['a']).close();
  fs.mkdirSync(path.join(folder, 'folder.features'));
  execFileSync('mkfifo', [path.join(folder, 'pipe.features')]);
  fs.symlinkSync('/dev/zero', path.join(folder, 'link.features'));
  const store = new FeatureStore(folder, [2]);
  expect(store.read(['a'])).toEqual(row(0));
  store.close();
  expect(segments()).toHaveLength(4);
});

it('goes on without a segment that was taken for an abandoned one', () => {
  const store = new FeatureStore(folder, [2]);
  store.add(['a'], row(0));
  fs.rmSync(segments()[0]!);
  store.flush();
  expect(store.has('a')).toBe(false);
  store.close();
});

it('leaves no part behind when the disk is full', () => {
  const store = new FeatureStore(folder, [2]);
  const write = vi.spyOn(fs, 'writeSync').mockImplementation(() => {
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), {
      code: 'ENOSPC',
      syscall: 'write',
    });
  });
  try {
    expect(() => store.add(['a'], row(0))).toThrow(expect.objectContaining({ path: expect.any(String) }));
  } finally {
    write.mockRestore();
  }
  expect(segments()).toEqual([]);
  store.close();
});

describe('a cache that belongs to somebody else', () => {
  it('is read and not touched, and new rows go elsewhere', () => {
    const theirs = path.join(folder, 'theirs');
    filled(['a'], theirs).close();
    fs.utimesSync(segments(theirs)[0]!, 1, 1);
    fs.writeFileSync(path.join(theirs, 'damaged.features'), '');
    const own = new FeatureStore(path.join(folder, 'own'), [2], [theirs]);
    own.add(['a', 'b'], Float32Array.from([...row(5), ...row(6)]));
    own.flush();
    expect(own.read(['a', 'b'])).toEqual(Float32Array.from([...row(0), ...row(6)]));
    own.close();
    expect(segments(theirs)).toHaveLength(2);
    expect(fs.statSync(segments(theirs).find((file) => !file.includes('damaged'))!).mtimeMs).toBe(1000);
  });

  it('is read where its times may not be set', () => {
    filled(['a']).close();
    const utimes = vi.spyOn(fs, 'utimesSync').mockImplementation(() => {
      throw Object.assign(new Error('EPERM: operation not permitted, utime'), { code: 'EPERM' });
    });
    const store = new FeatureStore(folder, [2]);
    utimes.mockRestore();
    expect(store.has('a')).toBe(true);
    store.close();
  });
});

describe('eviction', () => {
  const age = (file: string, seconds: number) => {
    const then = Date.now() / 1000 - seconds;
    fs.utimesSync(file, then, then);
  };

  it('removes what was used longest ago until the rest fits', () => {
    const stores = ['old', 'middle', 'new'].map((name) => path.join(folder, name));
    for (const [i, store] of stores.entries()) {
      filled(['a', 'b'], store).close();
      age(segments(store)[0]!, 300 - 100 * i);
    }
    const size = fs.statSync(segments(stores[0])[0]!).size;
    expect(evictFeatures(folder, 2 * size)).toBe(size);
    expect(stores.map((store) => segments(store).length)).toEqual([0, 1, 1]);
    expect(evictFeatures(folder, 2 * size)).toBe(0);
  });

  it('removes parts that were abandoned a day ago, whatever their size', () => {
    for (const [name, seconds] of [
      ['abandoned.part', 90_000],
      ['being-written.part', 60],
    ] as const) {
      fs.writeFileSync(path.join(folder, name), 'x');
      age(path.join(folder, name), seconds);
    }
    evictFeatures(folder, 1e9);
    expect(fs.readdirSync(folder)).toEqual(['being-written.part']);
  });

  it('removes parts of processes that are gone at once, and leaves those of living ones', async () => {
    const store = new FeatureStore(path.join(folder, 'store'), [2]);
    store.add(['a'], row(0));
    const [part] = fs.readdirSync(store.folder);
    const child = spawnSync(process.execPath, ['-e', '']);
    fs.writeFileSync(path.join(store.folder, part!.replaceAll(`-${process.pid}-`, `-${child.pid}-`)), 'x');
    evictFeatures(folder, 1e9);
    expect(fs.readdirSync(store.folder)).toEqual([part]);
    store.close();
  });

  it('of a folder that does not exist frees nothing', () => {
    expect(evictFeatures(path.join(folder, 'missing'), 0)).toBe(0);
  });
});
