import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Picture } from './pictures.js';
import type { FolderPart, ScannedFolder } from './scan.js';
import { type Split, splitFolder } from './split.js';
import { applySplitRecord, splitRecord } from './split-record.js';

const digestOf = (content: string | number) => createHash('sha256').update(String(content)).digest('hex');

/** A scanned folder from what each class of each part holds; equal contents are copies. */
function folderOf(
  parts: Partial<Record<FolderPart, Record<string, readonly (number | string)[]>>>,
): ScannedFolder {
  const labels = [...new Set(Object.values(parts).flatMap((classes) => Object.keys(classes)))].sort();
  const flat = Object.keys(parts).join() === 'train';
  const pictures = (part: string, classes: Record<string, readonly (number | string)[]>): Picture[] =>
    Object.entries(classes).flatMap(([name, contents]) =>
      contents.map((content, i) => {
        const path = `${flat ? '' : `${part}/`}${name}/${i}.png`;
        return { path, file: `/data/${path}`, label: labels.indexOf(name), digest: digestOf(content) };
      }),
    );
  return {
    root: '/data',
    labels,
    layout: flat ? 'flat' : 'parts',
    parts: Object.fromEntries(
      Object.entries(parts).map(([part, classes]) => [part, pictures(part, classes)]),
    ),
    skipped: [],
    facts: new Map(),
    warnings: [],
  };
}

const numbers = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);
const digests = (pictures: readonly Picture[]) => pictures.map(({ digest }) => digest);
const paths = (pictures: readonly Picture[]) => pictures.map(({ path }) => path);
const sizes = ({ train, validation, test }: Split) => [train.length, validation.length, test.length];
const partsOf = ({ train, validation, test }: Split) => [train, validation, test];

test('a class of more pictures than a call may have arguments', () => {
  const count = 200_000;
  const pictures = Array.from({ length: count }, (_, i): Picture => {
    const path = `a/${i}.png`;
    return { path, file: `/data/${path}`, label: 0, digest: String(i) };
  });
  const other = numbers(0, 5).map((i) => ({
    ...pictures[i]!,
    path: `b/${i}.png`,
    label: 1,
    digest: `b${i}`,
  }));
  const folder = {
    ...folderOf({ train: {} }),
    labels: ['a', 'b'],
    parts: { train: [...pictures, ...other] },
  };
  const split = splitFolder(folder, { seed: 0 });
  expect(sizes(split)).toEqual([140_003, 30_001, 30_001]);
});

describe('which part does what', () => {
  const classes = (from: number, count: number) => ({
    a: numbers(from, count),
    b: numbers(from + 1000, count),
  });

  test('a flat folder is split 70/15/15', () => {
    const split = splitFolder(folderOf({ train: classes(0, 100) }), { seed: 1 });
    expect(sizes(split)).toEqual([140, 30, 30]);
    expect(split.heldOut).toBe('test');
    expect(split.how).toBe('Of each class 15 % is for validation and 15 % is held out, drawn with seed 1.');
  });

  test.each([
    ['test', 'test', 'test'],
    ['validation', 'val', 'validation'],
  ] as const)('train and %s: the second is held out whole', (part, heldOut, named) => {
    const folder = folderOf({ train: classes(0, 20), [part]: classes(500, 10) });
    const split = splitFolder(folder, { seed: 7 });
    expect(split.test).toEqual(folder.parts[part]);
    expect(sizes(split)).toEqual([34, 6, 20]);
    expect(split.heldOut).toBe(heldOut);
    expect(split.how).toContain(`Held out is the ${named} folder`);
  });

  test('train, val and test are taken as they are', () => {
    const folder = folderOf({ train: classes(0, 5), validation: classes(100, 3), test: classes(200, 4) });
    const split = splitFolder(folder, { seed: 1 });
    expect(paths(split.train).sort()).toEqual(paths(folder.parts.train!));
    expect([split.validation, split.test]).toEqual([folder.parts.validation, folder.parts.test]);
    expect(split.heldOut).toBe('test');
  });

  test('other shares', () => {
    const split = splitFolder(folderOf({ train: classes(0, 50) }), {
      seed: 1,
      fractions: { validation: 0.1, test: 0.4 },
    });
    expect(sizes(split)).toEqual([50, 10, 40]);
  });
});

describe('a drawn split', () => {
  const contents = fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 3, maxLength: 40 });
  // Classes share contents now and then: copies within a class, and copies under two labels.
  const classes = fc
    .array(contents, { minLength: 2, maxLength: 4 })
    .map((lists) =>
      Object.fromEntries(lists.map((list, i) => [`class${i}`, list.map((n) => (n < 5 ? n : `${i}:${n}`))])),
    )
    .filter((byClass) =>
      Object.values(byClass).every((list) => new Set(list.filter((c) => typeof c === 'string')).size >= 3),
    );
  const seed = fc.integer({ min: 0, max: 2 ** 31 });

  test('has every picture once, and no two copies in different parts', () => {
    fc.assert(
      fc.property(classes, seed, (train, seed) => {
        const folder = folderOf({ train });
        const parts = partsOf(splitFolder(folder, { seed }));
        expect(parts.flatMap(paths).sort()).toEqual(paths(folder.parts.train!).sort());
        const distinct = parts.map((part) => new Set(digests(part)));
        const together = new Set(distinct.flatMap((set) => [...set]));
        expect(distinct.reduce((sum, set) => sum + set.size, 0)).toBe(together.size);
      }),
    );
  });

  test('is stratified: each class gives its share of distinct pictures, at least one', () => {
    fc.assert(
      fc.property(classes, seed, (train, seed) => {
        const folder = folderOf({ train });
        const split = splitFolder(folder, { seed });
        const firstLabel = new Map<string, number>();
        for (const { digest, label } of folder.parts.train!) {
          firstLabel.set(digest, Math.min(label, firstLabel.get(digest) ?? label));
        }
        for (const label of folder.labels.keys()) {
          const distinct = (pictures: readonly Picture[]) =>
            new Set(digests(pictures).filter((digest) => firstLabel.get(digest) === label)).size;
          const count = distinct(folder.parts.train!);
          const share = Math.max(1, Math.round(count * 0.15));
          expect([distinct(split.validation), distinct(split.test)]).toEqual([share, share]);
        }
      }),
    );
  });

  test('does not depend on the order of files or on their names', () => {
    fc.assert(
      fc.property(classes, seed, (train, seed) => {
        const folder = folderOf({ train });
        const renamed = folder.parts.train!.map((picture, i) => ({ ...picture, path: `x/${997 - i}` }));
        const shuffled = { ...folder, parts: { train: renamed.reverse() } };
        expect(partsOf(splitFolder(shuffled, { seed })).map(digests)).toEqual(
          partsOf(splitFolder(folder, { seed })).map(digests),
        );
      }),
    );
  });

  test('is this one for seed 1, on every machine', () => {
    const folder = folderOf({ train: { a: numbers(0, 6), b: numbers(6, 6) } });
    // sha256("1\n" + sha256(content)) orders the contents of a class; the first is held out, the second chooses:
    // for i in 0 1 2 3 4 5; do echo $(printf '1\n%s' $(printf $i | sha256sum | cut -c-64) | sha256sum | cut -c-4) $i; done | sort
    const split = splitFolder(folder, { seed: 1 });
    expect(paths(split.test)).toEqual(['a/5.png', 'b/5.png']);
    expect(paths(split.validation)).toEqual(['a/4.png', 'b/4.png']);
  });

  test('changes with the seed', () => {
    const folder = folderOf({ train: { a: numbers(0, 50), b: numbers(50, 50) } });
    const [one, two] = [1, 2].map((seed) => paths(splitFolder(folder, { seed }).test));
    expect(one).not.toEqual(two);
  });
});

describe('copies across given folders', () => {
  test('leave train, and validation, for the part that judges', () => {
    const folder = folderOf({
      train: { a: [1, 2, 3, 20], b: [4, 5, 10] },
      validation: { a: [10, 11], b: [12, 20] },
      test: { a: [20], b: [21] },
    });
    const split = splitFolder(folder, { seed: 1 });
    expect(paths(split.train).sort()).toEqual([
      'train/a/0.png',
      'train/a/1.png',
      'train/a/2.png',
      'train/b/0.png',
      'train/b/1.png',
    ]);
    expect(paths(split.validation)).toEqual([
      'validation/a/0.png',
      'validation/a/1.png',
      'validation/b/0.png',
    ]);
    expect(split.test).toHaveLength(2);
    expect(split.warnings).toEqual([
      '1 validation picture left out, byte for byte in a part that judges:\n  validation/b/1.png = test/a/0.png',
      '2 training pictures left out, byte for byte in a part that judges:\n  train/a/3.png = test/a/0.png\n  train/b/2.png = validation/a/0.png',
    ]);
  });
});

describe('folders that cannot be split', () => {
  const refuse = (folder: ScannedFolder) => expect(() => splitFolder(folder, { seed: 1 }));

  test('one class', () => {
    refuse(folderOf({ train: { a: [1, 2, 3] } })).toThrow(
      "at least two classes but found only 'a': add another",
    );
  });

  test('one class that holds the classes', () => {
    const folder = folderOf({ train: { pictures: [1, 2, 3] } });
    const train = folder.parts.train!.map((picture) => ({ ...picture, path: `pictures/a/${picture.path}` }));
    refuse({ ...folder, parts: { train } }).toThrow(
      "if the folders in 'pictures' are the classes, give that folder",
    );
  });

  test('too few for each part', () => {
    refuse(folderOf({ train: { a: [1, 2, 3], b: [4, 5, 5], c: [6] } })).toThrow(
      /at least 3 distinct pictures to learn from.*\n {2}b: 2\n {2}c: 1$/,
    );
    refuse(folderOf({ train: { a: [1, 2], b: [3] }, test: { a: [8], b: [9] } })).toThrow(
      /at least 2 distinct pictures.*\n {2}b: 1$/,
    );
    refuse(folderOf({ train: { a: [1], b: [3] }, validation: { a: [1] }, test: { a: [8], b: [9] } })).toThrow(
      /at least 1 distinct picture .*\n {2}a: 0$/,
    );
  });

  test('no train', () => {
    refuse(folderOf({ test: { a: [1, 2, 3], b: [4, 5, 6] } })).toThrow(
      "learn from in '/data/train' but found none",
    );
  });

  test('a validation folder that only repeats test', () => {
    const folder = folderOf({
      train: { a: [1], b: [2] },
      validation: { a: [5] },
      test: { a: [5], b: [6] },
    });
    refuse(folder).toThrow('but every one is also in test');
  });

  test('a class only in test', () => {
    refuse(folderOf({ train: { a: [1, 2], b: [3, 4] }, test: { a: [5], c: [6] } })).toThrow(
      'every class of test in train too but it lacks 1 class:\n  c',
    );
  });

  test.each([
    [0, 0.15],
    [0.5, 0.5],
    [Number.NaN, 0.1],
  ])('shares of %d and %d', (validation, test) => {
    const folder = folderOf({ train: { a: numbers(0, 9), b: numbers(9, 9) } });
    expect(() => splitFolder(folder, { seed: 1, fractions: { validation, test } })).toThrow(
      /above 0 and together below 1/,
    );
  });
});

describe('a saved split', () => {
  const folder = folderOf({ train: { a: numbers(0, 10), b: numbers(10, 10) } });
  const split = splitFolder(folder, { seed: 3 });
  const record = splitRecord(split, folder.labels, 3);
  const reread = () => JSON.parse(JSON.stringify(record)) as typeof record;

  test('comes back the same', () => {
    const again = applySplitRecord(reread(), folder);
    expect(partsOf(again)).toEqual(partsOf(split));
    expect([again.heldOut, again.warnings]).toEqual(['test', []]);
    expect(again.how).toBe(`As saved: ${split.how}`);
  });

  test('says what the folder has beyond it', () => {
    const larger = folderOf({ train: { a: numbers(0, 10), b: numbers(10, 12) } });
    expect(applySplitRecord(reread(), larger).warnings).toEqual([
      '2 pictures of the folder in no part of the saved split, not used.',
    ]);
  });

  test('names every fault at once', () => {
    const saved = reread();
    saved.train[0]!.path = 'a/gone.png';
    saved.train[1]!.digest = digestOf('changed');
    saved.validation[0] = { ...saved.test[0]! };
    const other = { ...folder, labels: ['a', 'c'] };
    expect(() => applySplitRecord(saved, other)).toThrow(
      new RegExp(
        [
          'found 4 faults:',
          '  classes: saved a, b; the folder has a, c',
          '  a/gone.png: not in the folder, or cannot be used',
          `  ${saved.train[1]!.path}: its bytes have changed`,
          `  ${saved.test[0]!.path}: in validation and in test`,
        ].join('\n'),
      ),
    );
  });

  test('a picture twice in a part is a fault, two copies of one are none', () => {
    const saved = reread();
    saved.test.push(saved.test[0]!);
    expect(() => applySplitRecord(saved, folder)).toThrow(`${saved.test[0]!.path}: twice in test`);
    const copies = folderOf({ train: { a: [0, 0, 1, 2], b: [3, 4, 5, 6] } });
    const whole = splitRecord(splitFolder(copies, { seed: 1 }), copies.labels, 1);
    expect(() => applySplitRecord(whole, copies)).not.toThrow();
  });

  test.each([
    ['no object', 'text', /the file: /],
    ['another version', { ...record, version: 2 }, /version: /],
    ['a bad digest', { ...record, test: [{ path: 'a', digest: 'b' }] }, /test.0.digest: .*64 hexadecimal/],
  ])('is refused when it is %s', (_, saved, message) => {
    expect(() => applySplitRecord(saved, folder)).toThrow(message);
  });
});
