import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, rename, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folderOf, hollowPng, pictureBytes, temporaryFolder } from '../../test/helpers/picture-folders.js';
import { UserError } from '../runtime/errors.js';
import { scanFolder } from './scan.js';

const paths = (pictures: readonly { path: string }[] = []) => pictures.map(({ path }) => path);

describe('layouts', () => {
  test('DIR/CLASS/*: all under train, labels in code-point order', async () => {
    const folder = await scanFolder(
      await folderOf({
        'b/1.png': 1,
        'a/2.png': 2,
        'Z/3.png': 3,
        'é/4.png': 4,
        '𝒜/5.png': 5,
        '\uFF5E/6.png': 6,
      }),
    );
    expect(folder.layout).toBe('flat');
    expect(folder.labels).toEqual(['Z', 'a', 'b', 'é', '\uFF5E', '𝒜']);
    expect(folder.parts.train?.map(({ label }) => label)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(folder.warnings).toEqual([]);
    expect(folder.skipped).toEqual([]);
  });

  test.each(['val', 'valid', 'validation', 'Val'])('DIR/{train,%s,test}/CLASS/*', async (name) => {
    const root = await folderOf({
      'train/a/1.png': 1,
      'train/b/2.png': 2,
      [`${name}/a/3.png`]: 3,
      [`${name}/b/4.png`]: 4,
      'test/a/5.png': 5,
      'test/b/6.png': 6,
    });
    const folder = await scanFolder(root);
    expect(folder.layout).toBe('parts');
    expect(folder.labels).toEqual(['a', 'b']);
    expect(paths(folder.parts.train)).toEqual(['train/a/1.png', 'train/b/2.png']);
    expect(paths(folder.parts.validation)).toEqual([`${name}/a/3.png`, `${name}/b/4.png`]);
    expect(paths(folder.parts.test)).toEqual(['test/a/5.png', 'test/b/6.png']);
    expect(folder.warnings).toEqual([]);
  });

  test('a picture carries its absolute file and the digest of its bytes', async () => {
    const root = await folderOf({ 'a/1.png': 1, 'b/2.png': 2 });
    const [picture] = (await scanFolder(root)).parts.train!;
    const file = join(root, 'a/1.png');
    const digest = createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
    expect(picture).toEqual({ path: 'a/1.png', file, label: 0, digest });
  });

  test('a class called train in a flat folder is a class', async () => {
    const folder = await scanFolder(await folderOf({ 'bus/1.png': 1, 'train/2.png': 2 }));
    expect(folder.layout).toBe('flat');
    expect(folder.labels).toEqual(['bus', 'train']);
  });

  test('what is not used, or only half there, is said', async () => {
    const folder = await scanFolder(
      await folderOf({
        'train/a/1.png': 1,
        'train/b/2.png': 2,
        'train/stray.jpg': 3,
        'test/a/4.png': 4,
        'test/A/5.png': 5,
        'extra/a.xml': 'no picture',
        'notes.txt': 'no picture, no word',
      }),
    );
    expect(folder.warnings).toEqual([
      "Folder 'extra' beside test, train is not used.",
      "1 picture directly in 'train', outside any class folder, not used.",
      "Classes 'A' and 'a' differ only in case and are kept apart.",
      "Class 'b' has no picture for test.",
      "Class 'A' has no picture for train.",
    ]);
  });

  test('folders below a class belong to the class', async () => {
    const folder = await scanFolder(await folderOf({ 'a/x/y/1.png': 1, 'a/2.png': 2, 'b/3.png': 3 }));
    expect(folder.labels).toEqual(['a', 'b']);
    expect(paths(folder.parts.train)).toEqual(['a/2.png', 'a/x/y/1.png', 'b/3.png']);
    expect(folder.warnings).toEqual(["1 file in folders below 'a' counts as 'a'."]);
  });

  test('a class without a usable picture is left out', async () => {
    const root = await folderOf({ 'a/1.png': 1, 'b/2.png': 2, 'c/none.txt': 'text' });
    await mkdir(join(root, 'd'));
    const folder = await scanFolder(root);
    expect(folder.labels).toEqual(['a', 'b']);
    expect(folder.warnings).toEqual([
      "Class 'c' has no usable picture and is left out.",
      "Class 'd' has no usable picture and is left out.",
    ]);
  });
});

describe('names', () => {
  test('spaces, other scripts, very long', async () => {
    const long = 'l'.repeat(200);
    const folder = await scanFolder(
      await folderOf({
        'my cat/a b.png': 1,
        '犬/わん.png': 2,
        [`${long}/${long}.png`]: 3,
        "o'k/%20#?.png": 4,
      }),
    );
    expect(folder.labels).toEqual([long, 'my cat', "o'k", '犬']);
    expect(folder.skipped).toEqual([]);
  });

  test('words that JavaScript knows', async () => {
    const folder = await scanFolder(await folderOf({ '__proto__/x/1.png': 1, 'constructor/x/2.png': 2 }));
    expect(folder.labels).toEqual(['__proto__', 'constructor']);
    expect(folder.layout).toBe('flat');
  });

  test('composed and decomposed letters are one class', async () => {
    const folder = await scanFolder(
      await folderOf({
        'train/caf\u00e9/1.png': 1,
        'train/tea/2.png': 2,
        'test/cafe\u0301/3.png': 3,
        'test/tea/4.png': 4,
      }),
    );
    expect(folder.labels).toEqual(['caf\u00e9', 'tea']);
    expect(paths(folder.parts.test)).toEqual(['test/caf\u00e9/3.png', 'test/tea/4.png']);
    expect(await readFile(folder.parts.test![0]!.file)).toEqual(await pictureBytes(3));
    expect(folder.warnings).toEqual([]);
  });

  test('hidden files and what systems leave behind pass without a word', async () => {
    const folder = await scanFolder(
      await folderOf({
        'a/1.png': 1,
        'a/.DS_Store': 'x',
        'a/._1.png': 'x',
        'a/Thumbs.db': 'x',
        'a/desktop.ini': 'x',
        'b/2.png': 2,
        '__MACOSX/a/1.png': 3,
        '.git/objects/1.png': 4,
      }),
    );
    expect(folder.labels).toEqual(['a', 'b']);
    expect([folder.skipped, folder.warnings]).toEqual([[], []]);
  });
});

describe('files that are not what they seem', () => {
  test('content counts, not the ending', async () => {
    const root = await folderOf({
      'a/gif.jpg': await pictureBytes(1, 'gif'),
      'a/none': await pictureBytes(2, 'webp'),
      'a/photo.JPEG': await pictureBytes(3, 'jpeg'),
      'b/x.tif': await pictureBytes(4, 'tiff'),
      'b/y.avif': await pictureBytes(5, 'avif', 64, 64),
    });
    const folder = await scanFolder(root);
    expect(folder.skipped).toEqual([]);
    expect(folder.parts.train).toHaveLength(5);
    expect(folder.warnings).toEqual([
      "1 picture with another kind's ending, used all the same: a/gif.jpg is gif.",
    ]);
  });

  const faults = async () => ({
    'a/archive.zip': Buffer.from('PK\x03\x04'),
    'a/bitmap.bmp': Buffer.from('BM\0\0'),
    'a/bytes.jpg': Buffer.from([1, 2, 3, 255, 0]),
    'a/empty.png': '',
    'a/header.png': (await pictureBytes(1)).subarray(0, 20),
    'a/paper.pdf': '%PDF-1.7 …',
    'a/text.jpg': 'I am no picture.\n',
  });
  const reasons = [
    { path: 'a/archive.zip', reason: 'an archive, not a picture: unpack it first' },
    { path: 'a/bitmap.bmp', reason: 'not a picture of a known kind' },
    { path: 'a/bytes.jpg', reason: 'not a picture of a known kind' },
    { path: 'a/empty.png', reason: 'empty file' },
    { path: 'a/header.png', reason: 'damaged: its header cannot be read' },
    { path: 'a/paper.pdf', reason: 'a PDF document, not a picture' },
    { path: 'a/text.jpg', reason: 'plain text, not a picture' },
  ];

  test('are skipped with the reason', async () => {
    const root = await folderOf({ ...(await faults()), 'a/good.png': 1, 'b/good.png': 2 });
    const folder = await scanFolder(root);
    expect(folder.skipped).toEqual(reasons);
    expect(folder.parts.train).toHaveLength(2);
  });

  test('are an error when strict, all of them listed', async () => {
    const root = await folderOf({ ...(await faults()), 'a/good.png': 1, 'b/good.png': 2 });
    const error: unknown = await scanFolder(root, { strict: true }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toContain('found 7 faults:\n  a/archive.zip: an archive');
    expect((error as UserError).message).toContain('a/text.jpg: plain text, not a picture');
  });

  test('a strict error lists at most twenty', async () => {
    const texts = Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`a/${i}.txt`, 'text']));
    const root = await folderOf({ ...texts, 'a/good.png': 1, 'b/good.png': 2 });
    await expect(scanFolder(root, { strict: true })).rejects.toThrow(/\n {2}and 5 more$/);
  });

  test('a bomb is refused by its header', async () => {
    const bomb = hollowPng(100_000, 100_000);
    const folder = await scanFolder(await folderOf({ 'a/bomb.png': bomb, 'a/1.png': 1, 'b/2.png': 2 }));
    expect(folder.skipped).toEqual([
      { path: 'a/bomb.png', reason: '100000 × 100000 pixels, 10000 megapixels: more than the 200 allowed' },
    ]);
  });

  test('a HEIC is named, with what to do', async () => {
    const folder = await scanFolder(await folderOf({ 'a/phone.heic': greyHeic, 'a/1.png': 1, 'b/2.png': 2 }));
    expect(folder.skipped).toEqual([
      { path: 'a/phone.heic', reason: 'HEIC pictures cannot be decoded here: convert it to JPEG or PNG' },
    ]);
  });

  test('files too large to hold are digested as a stream', async () => {
    const root = await folderOf({ 'a/1.png': 1, 'b/2.png': 2 });
    // A picture with 40 MB of zeros after its end.
    await truncate(join(root, 'a/1.png'), 40 * 2 ** 20);
    await writeFile(join(root, 'a/zeros.png'), '');
    await truncate(join(root, 'a/zeros.png'), 40 * 2 ** 20);
    const folder = await scanFolder(root);
    const padded = Buffer.concat([await pictureBytes(1)], 40 * 2 ** 20);
    expect(folder.parts.train![0]!.digest).toBe(createHash('sha256').update(padded).digest('hex'));
    expect(folder.skipped).toEqual([{ path: 'a/zeros.png', reason: 'not a picture of a known kind' }]);
  });

  test('the same bytes under two labels are said', async () => {
    const folder = await scanFolder(await folderOf({ 'a/1.png': 1, 'b/2.png': 2, 'b/3.png': 1 }));
    expect(folder.warnings).toEqual([
      '1 picture filed under two classes, byte for byte the same:\n  a/1.png = b/3.png',
    ]);
  });
});

describe('links and permissions', () => {
  test('links to files and folders are followed, bad ones reported', async () => {
    const elsewhere = await folderOf({ 'one.png': 1, 'cats/two.png': 2 });
    const root = await folderOf({ 'a/3.png': 3 });
    await symlink(join(elsewhere, 'one.png'), join(root, 'a/one.png'));
    await symlink(join(elsewhere, 'cats'), join(root, 'b'));
    await symlink(join(root, 'nowhere'), join(root, 'a/broken.png'));
    await symlink('self', join(root, 'a/self'));
    await symlink(root, join(root, 'a/up'));
    const folder = await scanFolder(root);
    expect(paths(folder.parts.train)).toEqual(['a/3.png', 'a/one.png', 'b/two.png']);
    expect(folder.skipped).toEqual([
      { path: 'a/broken.png', reason: 'a link that leads nowhere (ENOENT)' },
      { path: 'a/self', reason: 'a link that leads nowhere (ELOOP)' },
      { path: 'a/up', reason: 'a link back to a folder above it' },
    ]);
  });

  test.skipIf(process.platform === 'win32')('a pipe is not waited for', async () => {
    const root = await folderOf({ 'a/1.png': 1, 'b/2.png': 2 });
    execFileSync('mkfifo', [join(root, 'a/pipe.png')]);
    const folder = await scanFolder(root);
    expect(folder.skipped).toEqual([{ path: 'a/pipe.png', reason: 'neither a file nor a folder' }]);
  });

  test.skipIf(process.getuid?.() === 0)(
    'what may not be read is skipped (root reads everything)',
    async () => {
      const root = await folderOf({ 'a/1.png': 1, 'a/secret.png': 2, 'a/closed/3.png': 3, 'b/4.png': 4 });
      await chmod(join(root, 'a/secret.png'), 0);
      await chmod(join(root, 'a/closed'), 0);
      const folder = await scanFolder(root);
      await chmod(join(root, 'a/closed'), 0o755);
      expect(folder.skipped).toEqual([
        { path: 'a/closed', reason: 'folder cannot be opened (EACCES)' },
        { path: 'a/secret.png', reason: 'no permission to read it' },
      ]);
    },
  );
});

describe('folders that cannot be used', () => {
  test.each([
    ['nothing there', async (root: string) => join(root, 'missing'), /'.*missing' but nothing is there/],
    ['a file', async (root: string) => join(root, 'loose.jpg'), /'.*loose.jpg' is a file: give the folder/],
    [
      'no class folders',
      async (root: string) => root,
      /a folder for each class.*found 1 file directly in it/,
    ],
  ])('%s', async (_, directory, message) => {
    const root = await folderOf({ 'loose.jpg': 1 });
    await expect(scanFolder(await directory(root))).rejects.toThrow(message);
  });

  test('idx files: says which script reads them', async () => {
    const root = await folderOf({ 'train-images-idx3-ubyte.gz': Buffer.from([0]) });
    await expect(scanFolder(root)).rejects.toThrow(/idx files like MNIST's: .*train-lenet-mnist\.ts --data/);
  });

  test('an empty folder', async () => {
    await expect(scanFolder(await temporaryFolder())).rejects.toThrow(/but found no pictures at all/);
  });

  test('nothing but faults', async () => {
    const root = await folderOf({ 'a/1.png': 'text', 'b/2.png': '' });
    await expect(scanFolder(root)).rejects.toThrow(
      /none that can be used; the first of 2, a\/1.png: plain text/,
    );
  });

  test('pictures directly in train and test', async () => {
    const root = await folderOf({ 'train/1.png': 1, 'test/2.png': 2 });
    await expect(scanFolder(root)).rejects.toThrow(/class folders inside 'test' and 'train'/);
  });

  test('val and validation', async () => {
    const root = await folderOf({ 'train/a/1.png': 1, 'val/a/2.png': 2, 'validation/a/3.png': 3 });
    await expect(scanFolder(root)).rejects.toThrow(/one validation folder but found 'val' and 'validation'/);
  });

  test('an unlabelled test folder beside train is not used, and that is said', async () => {
    const root = await folderOf({ 'train/a/1.png': 1, 'train/b/2.png': 2, 'test/3.png': 3 });
    const folder = await scanFolder(root);
    expect(folder.parts.test).toBeUndefined();
    expect(folder.warnings).toEqual(["Folder 'test' has no class folders and is not used."]);
  });
});

test('progress counts every file once', async () => {
  const root = await folderOf({ 'a/1.png': 1, 'a/2.txt': 'text', 'b/3.png': 3 });
  const seen: [number, number][] = [];
  await scanFolder(root, { onProgress: (done, total) => seen.push([done, total]) });
  expect(seen).toEqual([
    [1, 3],
    [2, 3],
    [3, 3],
  ]);
});

test('renaming files changes no digest', async () => {
  const root = await folderOf({ 'a/1.png': 1, 'b/2.png': 2 });
  const before = (await scanFolder(root)).parts.train!.map(({ digest }) => digest);
  await rename(join(root, 'a/1.png'), join(root, 'a/renamed'));
  expect((await scanFolder(root)).parts.train!.map(({ digest }) => digest)).toEqual(before);
});

/** 8 × 8 grey pixels, made by pillow_heif.from_pillow(Image.new('L', (8, 8), 128)).save(…, quality=10). */
const greyHeic = Buffer.from(
  [
    'AAAAHGZ0eXBoZWl4AAAAAG1pZjFoZWl4bWlhZgAAAXZtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAA',
    'ACJpbG9jAAAAAERAAAEAAQAAAAABmgABAAAAAAAAABoAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABodmMxAAAAAA5waXRt',
    'AAAAAAABAAAA9mlwcnAAAADWaXBjbwAAAHFodmNDAQQIAAAAn/gAAAAAHvAA/Pz4+AAADwNgAAEAF0ABDAH//wQIAAADAJ/4AAAD',
    'AAAeugJAYQABACZCAQEECAAAAwCf+AAAAwAAHsCCBBZbqrprmwIAAAMAMgAAAwACEGIAAQAGRAHBc8GJAAAAE2NvbHJuY2x4AAEA',
    'DQAGgAAAABRpc3BlAAAAAAAAAEAAAABAAAAAKGNsYXAAAAAIAAAAAQAAAAgAAAAB////yAAAAAL////IAAAAAgAAAA5waXhpAAAA',
    'AAEIAAAAGGlwbWEAAAAAAAAAAQABBYECAwWEAAAAIm1kYXQAAAAWKAGuCCRtuOBr0zWyQStQpn9mwJUBEQ==',
  ].join(''),
  'base64',
);
