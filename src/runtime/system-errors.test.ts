import fs from 'node:fs';
import { expect, test } from 'vitest';
import { UserError } from './errors.js';
import { asUserError, inFile, isSystemError } from './system-errors.js';

const environment = { FINETUNE_CACHE: '/some/cache' };
const failure = (code: string, more: Partial<NodeJS.ErrnoException>) =>
  Object.assign(new Error(`${code}: as the system says it`), { code, syscall: 'open', ...more });
const said = (error: unknown) => (asUserError(error, environment) as Error).message;

test.each([
  ['EACCES', 'this user has no permission'],
  ['EPERM', 'this user has no permission'],
  ['EROFS', 'the disk can only be read'],
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', "this user's share of the disk is used up"],
  ['ENOTDIR', 'a part of the path is no folder'],
  ['ENAMETOOLONG', 'the path is too long'],
  ['ENOENT', 'it is not there'],
  ['EMFILE', 'too many files are open in this process'],
])('%s is a mistake of the user, with path and advice', (code, reason) => {
  const error = asUserError(failure(code, { path: '/some/place' }), environment);
  expect(error).toBeInstanceOf(UserError);
  expect((error as Error).message).toMatch(
    new RegExp(`^Expected to open '/some/place' but ${reason} \\(${code}\\)\\. [A-Z].*\\.$`),
  );
});

test('the advice names FINETUNE_CACHE for what lies in the cache, or in its way', () => {
  const cacheAdvice = 'FINETUNE_CACHE names another folder';
  expect(said(failure('EACCES', { path: '/some/cache/features/x' }))).toContain(cacheAdvice);
  expect(said(failure('EEXIST', { path: '/some', syscall: 'mkdir' }))).toContain(cacheAdvice);
  expect(said(failure('EACCES', { path: '/some/cached' }))).not.toContain(cacheAdvice);
});

test('a full disk and too many open files are told without a path too; other errors stay what they are', () => {
  expect(said(failure('ENOSPC', { syscall: 'write' }))).toMatch(
    /^Expected to write a file but the disk is full/,
  );
  for (const error of [failure('EACCES', {}), failure('ECONNREFUSED', { path: 'x' }), new Error('x'), 7]) {
    expect(asUserError(error, environment)).toBe(error);
  }
});

test('errors about an open file get its path', () => {
  const descriptor = fs.openSync('/dev/full', 'w');
  const writing = () => inFile('/dev/full', () => fs.writeSync(descriptor, 'x'));
  expect(writing).toThrow(expect.objectContaining({ code: 'ENOSPC', path: '/dev/full' }));
  try {
    writing();
  } catch (error) {
    expect(isSystemError(error)).toBe(true);
    expect(said(error)).toMatch(/^Expected to write '\/dev\/full' but the disk is full/);
  }
  fs.closeSync(descriptor);
});
