/** What publint and Are The Types Wrong say of the package as npm would publish it. */
import fs from 'node:fs';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PackedPackage, packedPackage } from './helpers/packed-package.js';

let made: PackedPackage;
let bytes: Uint8Array<ArrayBuffer>;
beforeAll(() => {
  made = packedPackage();
  bytes = Uint8Array.from(fs.readFileSync(made.tarball));
});
afterAll(() => fs.rmSync(made.folder, { recursive: true }));

test('publint has nothing to say', async () => {
  const { messages, pkg } = await publint({ pack: { tarball: bytes.buffer }, strict: true });
  expect(pkg['name']).toBe('finetune');
  expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
});

/** Not held to it: `require` of an older Node, and TypeScript's resolution of before package entries. docs/install.md says so. */
const notServed = ['node16-cjs', 'node10'];

test('the types of every entry are those of its code', async () => {
  const result = await checkPackage(createPackageFromTarballData(bytes));
  if (!result.types) throw new Error('Expected the package to hold types');
  expect(Object.keys(result.entrypoints)).toEqual([
    '.',
    './graph',
    './arithmetic',
    './testing',
    './package.json',
  ]);
  const problems = result.problems.filter(
    (problem) => !('resolutionKind' in problem && notServed.includes(problem.resolutionKind)),
  );
  expect(problems).toEqual([]);
});
