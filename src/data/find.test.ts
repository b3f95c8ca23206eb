import { execFileSync } from 'node:child_process';
import { chmod, mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folderOf, pictureBytes, temporaryFolder } from '../../test/helpers/picture-folders.js';
import { findPictures } from './find.js';
import { scanFolder } from './scan.js';

const latin1 = (text: string) => Buffer.from(text, 'latin1');

async function found(root: string, ...given: string[]) {
  const { pictures, passedOver } = await findPictures(given.map((name) => join(root, name)));
  const inside = (path: string) => path.slice(root.length + 1);
  return {
    paths: pictures.map(({ path }) => inside(path)),
    passedOver: passedOver.map(({ path, reason }) => `${inside(path)}: ${reason}`),
  };
}

const odd = () =>
  folderOf({
    'a/1.jpg': 1,
    'a/no ending': 2,
    'a/3.weird': 3,
    'a/deep/4.PNG': 4,
    'b/5.jpeg': 5,
    'a/notes.txt': 'text',
    'a/.hidden/6.jpg': 6,
    'a/Thumbs.db': 'x',
  });

test('a folder gives the pictures that training finds, and says what else lies there', async () => {
  const root = await odd();
  await mkdir(join(root, 'c'));
  await symlink(join(root, 'a/deep'), join(root, 'c/link'));
  await symlink(join(root, 'b/5.jpeg'), join(root, 'c/7.jpg'));
  const { paths, passedOver } = await found(root, '');
  expect(passedOver).toEqual([
    'c/link: a link to a folder that was found already',
    'a/notes.txt: plain text, not a picture',
  ]);
  const trained = (await scanFolder(root)).parts.train!.map(({ path }) => path);
  expect(paths).toEqual(trained.filter((path) => !path.startsWith('c/link')));
  expect(trained).toContain('c/link/4.PNG');
  expect((await found(root, 'c')).paths).toEqual(['c/7.jpg', 'c/link/4.PNG']);
});

test('what is called a picture and is none is left to whoever decodes it', async () => {
  const root = await folderOf({ 'a/1.jpg': 1, 'a/2.jpg': 'text' });
  expect(await found(root, 'a')).toEqual({ paths: ['a/1.jpg', 'a/2.jpg'], passedOver: [] });
});

describe('patterns', () => {
  test.each([
    ['a/*.jpg', ['a/1.jpg']],
    ['*/*.{jpg,jpeg}', ['a/1.jpg', 'b/5.jpeg']],
    ['{a/1,b/5}.*', ['a/1.jpg', 'b/5.jpeg']],
    ['{a,nowhere}/?.jpg', ['a/1.jpg']],
    ['**/*.{jpg,jpeg,PNG}', ['a/1.jpg', 'a/deep/4.PNG', 'b/5.jpeg']],
    ['a/**', ['a/1.jpg', 'a/3.weird', 'a/deep/4.PNG', 'a/no ending']],
    ['a/[0-9].*', ['a/1.jpg', 'a/3.weird']],
    ['?', ['a/1.jpg', 'a/3.weird', 'a/deep/4.PNG', 'a/no ending', 'b/5.jpeg']],
  ])('%s', async (pattern, paths) => {
    expect((await found(await odd(), pattern)).paths).toEqual(paths);
  });

  test('what shells take as it stands is no pattern', async () => {
    const root = await folderOf({ 'photos (1)/a+b!.jpg': 1, 'x [1]/2.jpg': 2, 'a\\b/3.jpg': 3 });
    expect((await found(root, 'photos (1)/*+b!.jpg')).paths).toEqual(['photos (1)/a+b!.jpg']);
    expect((await found(root, 'x [1]/2.jpg')).paths).toEqual(['x [1]/2.jpg']);
    expect((await found(root, '*b/*.jpg')).paths).toEqual(['a\\b/3.jpg']);
  });

  test('no more is looked into than the pattern names', async () => {
    const root = await odd();
    await symlink('nowhere', join(root, 'b/broken'));
    await symlink('nowhere', join(root, 'a/deep/broken'));
    expect((await found(root, 'a/*.jpg')).passedOver).toEqual([]);
    expect((await found(root, '{a/1,a/3}.*')).passedOver).toEqual([]);
    expect((await found(root, '**/*.jpg')).passedOver).toHaveLength(2);
  });

  test.skipIf(process.getuid?.() === 0)('a neighbour that may not be read does not stop it', async () => {
    const root = await odd();
    await chmod(join(root, 'b'), 0);
    const { paths, passedOver } = await found(root, '*/*.jpg');
    await chmod(join(root, 'b'), 0o755);
    expect(paths).toEqual(['a/1.jpg']);
    expect(passedOver).toEqual(['b: folder cannot be opened (EACCES)']);
  });

  test('that match nothing', async () => {
    await expect(findPictures([join(await odd(), '*.jpg')])).rejects.toThrow(
      /Expected pictures in '.*' but found none/,
    );
  });
});

test.each(['nowhere', 'nowhere/1.jpg', 'a/1.jpg/2.jpg'])('%s does not exist', async (name) => {
  await expect(findPictures([join(await odd(), name)])).rejects.toThrow(/does not exist/);
});

test('a pipe is refused and not waited for', async () => {
  const root = await temporaryFolder();
  execFileSync('mkfifo', [join(root, 'pipe.jpg')]);
  await expect(findPictures([join(root, 'pipe.jpg')])).rejects.toThrow(/neither a file nor a folder/);
});

describe('links', () => {
  test('a link to all there is, or to a large tree, is not walked, and that is said', async () => {
    const large = await temporaryFolder();
    await Promise.all(Array.from({ length: 1001 }, (_, i) => mkdir(join(large, String(i)))));
    await writeFile(join(large, '1/1.jpg'), await pictureBytes(1));
    const root = await folderOf({ 'a/1.jpg': 1, 'b/2.jpg': 2 });
    await symlink('/', join(root, 'a/all'));
    await symlink(large, join(root, 'b/large'));
    const said = [
      'a/all: a link to a folder that holds all of these, not followed',
      'b/large: a link to a tree of more than 1,000 folders, not followed',
    ];
    const { skipped, parts } = await scanFolder(root);
    expect(skipped.map(({ path, reason }) => `${path}: ${reason}`)).toEqual(said);
    expect(parts.train).toHaveLength(2);
    for (const name of ['', '**/*.jpg']) {
      const { paths, passedOver } = await found(root, name);
      expect(paths).toEqual(['a/1.jpg', 'b/2.jpg']);
      expect(passedOver.sort()).toEqual(said);
    }
  });

  test('out of the data folder one link is followed, and no further one', async () => {
    const further = await folderOf({ 'c/3.jpg': 3 });
    const outside = await folderOf({ 'b/2.jpg': 2, 'b/deep/2.jpg': 4 });
    await symlink(join(further, 'c'), join(outside, 'b/c'));
    const root = await folderOf({ 'a/1.jpg': 1 });
    await symlink(join(outside, 'b'), join(root, 'b'));
    const { parts, skipped } = await scanFolder(root);
    expect(parts.train!.map(({ path }) => path)).toEqual(['a/1.jpg', 'b/2.jpg', 'b/deep/2.jpg']);
    expect(skipped).toEqual([
      { path: 'b/c', reason: 'a link behind another link and out of the data folder, not followed' },
    ]);
  });

  test('links in circles end', async () => {
    const root = await folderOf(
      Object.fromEntries(Array.from({ length: 7 }, (_, i) => [`${i}/${i}.jpg`, i])),
    );
    for (let i = 0; i < 7; i++) {
      for (let j = 0; j < 7; j++) if (i !== j) await symlink(`../${j}`, join(root, `${i}/to${j}`));
    }
    expect((await found(root, '0')).paths).toHaveLength(7);
    expect((await scanFolder(root)).parts.train!.length).toBe(49);
    expect((await found(root, '**/*.jpg')).paths.length).toBeLessThan(100);
  });

  test('the walk ends when it is told to', async () => {
    const root = await folderOf({ 'a/1.jpg': 1, 'b/2.jpg': 2 });
    const signal = AbortSignal.abort(new Error('told to'));
    await expect(findPictures([root], { signal })).rejects.toThrow('told to');
    await expect(findPictures([join(root, '*/*')], { signal })).rejects.toThrow('told to');
    await expect(scanFolder(root, { signal })).rejects.toThrow('told to');
  });
});

describe('names that are not UTF-8', () => {
  const folder = async () => {
    const root = await folderOf({ 'ants/1.jpg': 1, 'x/2.jpg': 2, 'x/3.jpg': 3 });
    await rename(join(root, 'x/3.jpg'), Buffer.concat([Buffer.from(`${root}/x/`), latin1('bl\xfcte.jpg')]));
    await rename(join(root, 'x'), Buffer.concat([Buffer.from(`${root}/`), latin1('K\xe4fer')]));
    return root;
  };

  test('are classes and pictures like others', async () => {
    const { labels, parts, skipped } = await scanFolder(await folder());
    expect(labels).toEqual(['K\\xe4fer', 'ants']);
    expect(parts.train!.map(({ path }) => path)).toEqual([
      'K\\xe4fer/2.jpg',
      'K\\xe4fer/bl\\xfcte.jpg',
      'ants/1.jpg',
    ]);
    expect(skipped).toEqual([]);
  });

  test.each([
    ['in a folder', ''],
    ['by a pattern', 'K*/bl*.jpg'],
    ['as a program gets them from the shell', 'K\uFFFDfer/bl\uFFFDte.jpg'],
    ['as we write them', 'K\\xe4fer/bl\\xfcte.jpg'],
  ])('are found %s', async (_, name) => {
    const root = await folder();
    const { pictures } = await findPictures([join(root, name)]);
    const one = pictures.find(({ path }) => path.endsWith('bl\\xfcte.jpg'))!;
    expect(one.path).toBe(join(root, 'K\\xe4fer/bl\\xfcte.jpg'));
    const { decodePicture } = await import('./decode.js');
    const pixels = await decodePicture(one.file, { height: 8, width: 8, channels: 3, resize: 'squash' });
    expect(pixels).toHaveLength(8 * 8 * 3);
  });

  test('the data folder itself', async () => {
    const root = await folder();
    const bytes = Buffer.concat([Buffer.from(`${root}/`), latin1('K\xe4fer')]);
    await mkdir(Buffer.concat([bytes, Buffer.from('/in')]));
    const found = await findPictures([join(root, 'K\uFFFDfer')]);
    expect(found.pictures).toHaveLength(2);
  });
});
