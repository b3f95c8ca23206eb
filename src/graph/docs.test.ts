/** The examples of docs/compile.md are run; test/typescript-samples.test.ts checks their types. */
import ts from 'typescript';
import { expect, it, vi } from 'vitest';
import { typescriptSamples } from '../../test/helpers/typescript-samples.js';
import { nativeBinding } from '../runtime/tensorflow.js';
import * as graph from './index.js';

const examples = typescriptSamples('docs/compile.md');

it.each(examples)('example %#', (code) => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  const script = ts.transpile(code, { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 });
  new Function('require', 'exports', script)(() => graph, {});
  const printed = log.mock.calls.map(([text]) => String(text));
  log.mockRestore();
  expect(printed.length).toBeGreaterThan(0);
  if (code.includes('softmaxCrossEntropy')) {
    const rows = [...printed[0]!.matchAll(/\[+([\d., ]+)\]/g)].map((row) => row[1]!.split(',').map(Number));
    expect(rows.map((row) => row.indexOf(Math.max(...row)))).toEqual([0, 1, 2]);
  }
});

it('runs all examples', () => {
  expect(examples).toHaveLength(3);
  expect(nativeBinding().getNumOfSavedModels()).toBeGreaterThan(0);
});
