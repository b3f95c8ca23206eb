import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { evictFeatures, FeatureStore } from './feature-store.js';

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

  it('of a folder that does not exist frees nothing', () => {
    expect(evictFeatures(path.join(folder, 'missing'), 0)).toBe(0);
  });
});
