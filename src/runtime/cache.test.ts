import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest';
import { writeFileAtomic } from './atomic-file.js';
import { cacheRoot, folderSize } from './cache.js';
import { UserError } from './errors.js';
import { makeFolder } from './make-folder.js';
import { partName } from './part-file.js';

let folder = '';
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cache-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  fs.rmSync(folder, { recursive: true });
});

test('a user without a home folder is told to name a cache', () => {
  const home = vi.spyOn(os, 'homedir').mockImplementation(() => {
    throw Object.assign(new Error('uv_os_homedir returned ENOENT'), { code: 'ERR_SYSTEM_ERROR' });
  });
  expect(() => cacheRoot({})).toThrow(UserError);
  expect(cacheRoot({ FINETUNE_CACHE: '/c' })).toBe('/c');
  expect(cacheRoot({ XDG_CACHE_HOME: '/x' })).toBe('/x/finetune');
  home.mockReturnValue('');
  expect(() => cacheRoot({})).toThrow('Name a folder in FINETUNE_CACHE.');
});

test("a folder's size is that of what is in it, pipes and links not counted", () => {
  fs.mkdirSync(path.join(folder, 'a', 'b'), { recursive: true });
  fs.writeFileSync(path.join(folder, 'a', 'b', 'file'), '12345');
  fs.symlinkSync('/', path.join(folder, 'a', 'link'));
  expect(folderSize(folder)).toBe(5);
  expect(folderSize(path.join(folder, 'missing'))).toBe(0);
});

describe('makeFolder', () => {
  it('makes what is missing, and is content with what is there', () => {
    const deep = path.join(folder, 'a', 'b', 'c');
    makeFolder(deep);
    makeFolder(deep);
    expect(fs.statSync(deep).isDirectory()).toBe(true);
  });

  it('fails where there can be none, also where the system says that it is not there', () => {
    fs.writeFileSync(path.join(folder, 'file'), '');
    expect(() => makeFolder(path.join(folder, 'file', 'x'))).toThrow('EEXIST');
    expect(() => makeFolder('/proc/finetune/cache')).toThrow('ENOENT');
  });
});

describe('writeFileAtomic', () => {
  it('removes what killed processes have left of the same file, and nothing else', async () => {
    const file = path.join(folder, 'file');
    const living = partName(file);
    const dead = living.replace(`-${process.pid}-`, '-999999999-');
    const others = partName(path.join(folder, 'other')).replace(`-${process.pid}-`, '-999999999-');
    for (const part of [living, dead, others]) fs.writeFileSync(part, '');
    await writeFileAtomic(file, 'text');
    expect(fs.readFileSync(file, 'utf8')).toBe('text');
    expect(fs.readdirSync(folder).sort()).toEqual([file, living, others].map((f) => path.basename(f)).sort());
  });

  it('leaves no part behind when it fails', async () => {
    fs.mkdirSync(path.join(folder, 'file', 'full'), { recursive: true });
    await expect(writeFileAtomic(path.join(folder, 'file'), 'text')).rejects.toThrow('EISDIR');
    expect(fs.readdirSync(folder)).toEqual(['file']);
  });
});
