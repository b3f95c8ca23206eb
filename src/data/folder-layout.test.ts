import { describe, expect, test } from 'vitest';
import { folderOf } from '../../test/helpers/picture-folders.js';
import type { LayoutName } from './split-names.js';
import { scanFolder } from './scan.js';
import { splitFolder } from './split.js';

/** A folder with one picture, of its own, for each path; `*` in a path stands for the classes a and b. */
async function folder(...paths: string[]): Promise<string> {
  const all = paths.flatMap((path) =>
    path.includes('*') ? ['a', 'b'].map((name) => path.replace('*', name)) : [path],
  );
  return folderOf(Object.fromEntries(all.map((path, i) => [path, i + 1])));
}

async function scan(paths: string[], layout: LayoutName = 'auto') {
  const { labels, parts, warnings } = await scanFolder(await folder(...paths), { layout });
  const partOf = (part: 'train' | 'validation' | 'test') => parts[part]?.map(({ path }) => path);
  return { labels, warnings, train: partOf('train'), validation: partOf('validation'), test: partOf('test') };
}

describe('a split by other names is read as one, and that is said', () => {
  test.each([
    ['Training', 'Validation', 'TESTING'],
    ['train', 'dev', 'test'],
    ['train', 'val', 'eval'],
    ['train', 'eval', 'test'],
    ['train', 'dev', 'eval'],
    ['trn', 'val', 'holdout'],
    ['Train Set', 'Valid Set', 'Held-Out'],
    ['train_images', 'val_images', 'test_images'],
    ['imagesTrain', 'imagesVal', 'imagesTest'],
    ['01_train', '02_val', '03_test'],
    ['train2017', 'val2017', 'test2017'],
    ['flowers-train', 'flowers-val', 'flowers-test'],
  ])('%s, %s, %s', async (train, validation, held) => {
    const found = await scan([`${train}/*/1.png`, `${validation}/*/2.png`, `${held}/*/3.png`]);
    expect(found.labels).toEqual(['a', 'b']);
    expect(found.train).toEqual([`${train}/a/1.png`, `${train}/b/1.png`]);
    expect(found.validation).toEqual([`${validation}/a/2.png`, `${validation}/b/2.png`]);
    expect(found.test).toEqual([`${held}/a/3.png`, `${held}/b/3.png`]);
    expect(found.warnings).toHaveLength(1);
    expect(found.warnings[0]).toContain(`Read as a split: `);
    expect(found.warnings[0]).toContain(`'${held}' as test`);
    expect(found.warnings[0]).toContain('--layout classes');
  });

  test.each(['dev', 'eval', 'Evaluation', 'my_val'])('train and %s', async (name) => {
    const found = await scan(['train/*/1.png', `${name}/*/2.png`]);
    expect(found.validation).toEqual([`${name}/a/2.png`, `${name}/b/2.png`]);
    expect(found.warnings).toHaveLength(1);
  });

  test('a folder around the classes of each part', async () => {
    const found = await scan(['seg_train/seg_train/*/1.png', 'seg_test/seg_test/*/2.png']);
    expect(found.labels).toEqual(['a', 'b']);
    expect(found.test).toEqual(['seg_test/seg_test/a/2.png', 'seg_test/seg_test/b/2.png']);
  });

  test('a split inside each class', async () => {
    const paths = ['*/train/1.png', '*/Validation/2.png', '*/test/3.png'];
    const found = await scan(paths);
    expect(found.labels).toEqual(['a', 'b']);
    expect(found.train).toEqual(['a/train/1.png', 'b/train/1.png']);
    expect(found.validation).toEqual(['a/Validation/2.png', 'b/Validation/2.png']);
    expect(found.test).toEqual(['a/test/3.png', 'b/test/3.png']);
    expect(found.warnings[0]).toMatch(/^Read as a split inside each class.*--layout classes/);
    const flat = await scan(paths, 'classes');
    expect(flat.labels).toEqual(['a', 'b']);
    expect(flat.train).toHaveLength(6);
  });
});

describe('groups that hold the same classes: whole groups are held out', () => {
  test.each([
    [['fold1', 'fold2', 'fold10'], ['fold10']],
    [['fold_0', 'fold_1', 'fold_2'], ['fold_2']],
    [['Patient-001', 'Patient-002', 'Patient-003'], ['Patient-003']],
    [['camera A', 'camera B'], ['camera B']],
  ])('%s', async (names, heldOut) => {
    const found = await scan(names.map((name) => `${name}/*/1.png`));
    expect(found.labels).toEqual(['a', 'b']);
    expect(found.test).toEqual(heldOut.flatMap((name) => [`${name}/a/1.png`, `${name}/b/1.png`]));
    expect(found.train).toHaveLength(2 * (names.length - heldOut.length));
    expect(found.warnings[0]).toContain(`held out is '${heldOut[0]}'`);
  });

  test('every class stays in training', async () => {
    const found = await scan([
      'patient1/*/1.png',
      'patient2/*/1.png',
      'patient3/a/1.png',
      'patient3/c/1.png',
    ]);
    expect(found.labels).toEqual(['a', 'b', 'c']);
    expect(found.test).toEqual(['patient2/a/1.png', 'patient2/b/1.png']);
  });

  test('the split says so', async () => {
    const scanned = await scanFolder(
      await folder(...['1', '2', '3'].map((name) => `fold ${name}/*/${name}.png`)),
    );
    const { how, test: held } = splitFolder(scanned, { seed: 0 });
    expect(how).toMatch(/^Held out is the group 'fold 3'; 15 %/);
    expect(held).toHaveLength(2);
  });

  test('fifteen in a hundred', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `patient ${i}/*/1.png`);
    expect((await scan(names)).test).toHaveLength(2 * 3);
  });

  test('cameras inside each class stay with their class', async () => {
    const found = await scan(['*/cam1/1.png', '*/cam2/2.png']);
    expect(found.labels).toEqual(['a', 'b']);
    expect(found.train).toHaveLength(4);
  });
});

describe('what may be one or the other is refused, with the options that choose', () => {
  test.each([
    ['other folders with the same classes', ['alpha/*/1.png', 'beta/*/2.png']],
    ['years', ['2019/*/1.png', '2020/*/2.png']],
  ])('%s', async (_, paths) => {
    await expect(scan(paths)).rejects.toThrow(/hold the same folders.*--layout classes.*--layout groups/);
    const [first, second] = paths.map((path) => path.split('/')[0]!);
    expect((await scan(paths, 'classes')).labels).toEqual([first, second]);
    const groups = await scan(paths, 'groups');
    expect(groups.labels).toEqual(['a', 'b']);
    expect(groups.test).toEqual([`${second}/a/2.png`, `${second}/b/2.png`]);
  });

  test('data sets side by side', async () => {
    const paths = ['one/train/*/1.png', 'one/test/*/2.png', 'two/train/*/3.png', 'two/test/*/4.png'];
    await expect(scan(paths)).rejects.toThrow(/--layout classes/);
  });

  test('a split in some classes only', async () => {
    const paths = ['*/train/1.png', '*/test/2.png', 'c/3.png'];
    await expect(scan(paths)).rejects.toThrow(/--layout splits.*--layout classes/);
    expect((await scan(paths, 'classes')).labels).toEqual(['a', 'b', 'c']);
    const split = await scan(paths, 'splits');
    expect(split.labels).toEqual(['a', 'b']);
    expect(split.warnings).toContain("1 picture directly in 'c', outside any class folder, not used.");
  });

  test.each(['extra', 'new pictures', 'hold me'])('%s beside train and test is not dropped', async (name) => {
    const paths = ['train/*/1.png', 'test/*/2.png', `${name}/*/3.png`];
    await expect(scan(paths)).rejects.toThrow(`'${name}' holds pictures too`);
    const split = await scan(paths, 'splits');
    expect(split.test).toEqual(['test/a/2.png', 'test/b/2.png']);
    expect(split.warnings).toContain(`Folder '${name}' beside test, train is not used.`);
  });

  test('a class called train that holds folders', async () => {
    const paths = ['train/steam/1.png', 'train/electric/2.png', 'bus/3.png'];
    await expect(scan(paths)).rejects.toThrow(/--layout classes/);
    expect((await scan(paths, 'classes')).labels).toEqual(['bus', 'train']);
  });

  test('--layout splits without any', async () => {
    await expect(scan(['*/1.png'], 'splits')).rejects.toThrow(/whose names say train, val or test/);
  });

  test('--layout groups without any', async () => {
    await expect(scan(['*/1.png'], 'groups')).rejects.toThrow(/one can be held out/);
  });
});

describe('classes stay classes', () => {
  test.each([
    ['one folder in each', ['*/images/1.png']],
    ['folders of other names in each', ['a/indoor/1.png', 'b/garden/2.png']],
    ['pictures beside the folders', ['*/1.png', '*/near/2.png', '*/far/3.png']],
    ['names with a word of a split', ['steam train/1.png', 'test tube/2.png']],
    ['such names with folders', ['steam train/old/1.png', 'test tube/glass/2.png']],
    ['numbered', ['patient 1/1.png', 'patient 2/2.png']],
  ])('%s', async (_, paths) => {
    const found = await scan(paths);
    expect(found.labels).toEqual(
      [
        ...new Set(paths.flatMap((path) => (path.startsWith('*') ? ['a', 'b'] : [path.split('/')[0]!]))),
      ].sort(),
    );
    expect(found.test).toBeUndefined();
  });

  test('folders that hold no pictures are no classes', async () => {
    const root = await folderOf({
      'cats/images/1.png': 1,
      'cats/labels/1.txt': 'x',
      'dogs/images/2.png': 2,
      'dogs/labels/2.txt': 'x',
    });
    expect((await scanFolder(root)).labels).toEqual(['cats', 'dogs']);
  });
});
