/** The examples of docs/compile.md are run. */
import { readFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { nativeBinding } from '../runtime/tensorflow.js';
import * as graph from './index.js';

const page = readFileSync(new URL('../../docs/compile.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/```ts\nimport \{ (.*) \} from 'finetune\/graph';\n([\s\S]*?)\n```/g)];

it.each(examples.map(([, names, code]) => [names!.split(', '), code!] as const))('%s', (names, code) => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  const exported = new Map<string, unknown>(Object.entries(graph));
  const given = names.map((name) => exported.get(name));
  new Function(...names, code)(...given);
  const printed = log.mock.calls.map(([text]) => String(text));
  log.mockRestore();
  expect(given).not.toContain(undefined);
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
