import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { folderOf, temporaryFolder } from '../../test/helpers/picture-folders.js';
import { withGroups } from './group-by.js';
import { scanFolder } from './scan.js';

const files = { 'a/nest1_1.png': 1, 'a/nest1_2.png': 2, 'a/nest2_1.png': 3, 'b/other.png': 4 };
const groupsOf = (folder: Awaited<ReturnType<typeof scanFolder>>) =>
  Object.fromEntries(Object.values(folder.parts).flatMap((part) => part.map((p) => [p.path, p.group])));

describe('--group-by', () => {
  test('a pattern names groups by its first capture; who has none is listed', async () => {
    const folder = withGroups(await scanFolder(await folderOf(files)), '(nest\\d+)_');
    expect(groupsOf(folder)).toEqual({
      'a/nest1_1.png': 'nest1',
      'a/nest1_2.png': 'nest1',
      'a/nest2_1.png': 'nest2',
      'b/other.png': undefined,
    });
    expect(folder.warnings.at(-1)).toMatch(/1 picture without a group[^]*b\/other\.png/);
  });

  test('a CSV file, its paths as any system writes them', async () => {
    const file = path.join(await temporaryFolder(), 'groups.csv');
    fs.writeFileSync(file, 'path,group\n./a/nest1_1.png,x\na\\nest2_1.png,x\n"a/nest1_2.png","y, z"\n');
    const folder = withGroups(await scanFolder(await folderOf(files)), file);
    expect(groupsOf(folder)).toMatchObject({
      'a/nest1_1.png': 'x',
      'a/nest2_1.png': 'x',
      'a/nest1_2.png': 'y, z',
    });
  });

  test('refuses what names nothing', async () => {
    const folder = await scanFolder(await folderOf(files));
    const file = path.join(await temporaryFolder(), 'groups.csv');
    expect(() => withGroups(folder, '(')).toThrow(/regular expression/);
    expect(() => withGroups(folder, 'video(\\d)')).toThrow(/their paths are like 'a\/nest1_1\.png'/);
    expect(() => withGroups(folder, file)).toThrow(/cannot be read/);
    fs.writeFileSync(file, 'a/nest1_1.png\n');
    expect(() => withGroups(folder, file)).toThrow(/line 1/);
    fs.writeFileSync(file, 'a/nest1_1.png,x\na/nest1_1.png,y\n');
    expect(() => withGroups(folder, file)).toThrow(/'x' and 'y'/);
  });
});
