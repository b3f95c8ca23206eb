/** The TypeScript in the documents compiles as a user's would: strict, and with this package alone. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { typeErrors, typescriptSamples } from './helpers/typescript-samples.js';

const docs = fs.readdirSync(path.join(import.meta.dirname, '..', 'docs'));
const pages = ['README.md', ...docs.filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)];
const samples = pages
  .flatMap((page) => typescriptSamples(page).map((code) => ({ page, code })))
  // Others are lists of calls with their results.
  .filter(({ code }) => code.includes("from 'finetune"));

test('the samples of all documents have no type errors', () => {
  const errors = typeErrors(samples.map(({ code }) => code));
  const found = samples.map(({ page, code }, i) => [`${page}: ${code.split('\n', 1)[0]}`, errors[i]]);
  expect(found.filter(([, messages]) => messages!.length > 0)).toEqual([]);
  expect(samples.filter(({ page }) => page === 'docs/compile.md')).toHaveLength(3);
});

test('an untyped parameter and a package that is not there are errors', () => {
  const [untyped, missing] = typeErrors(['export const f = (x) => x;\n', "export { x } from 'not-there';\n"]);
  expect(untyped).toEqual([expect.stringContaining("implicitly has an 'any' type")]);
  expect(missing).toEqual([expect.stringContaining("Cannot find module 'not-there'")]);
});
