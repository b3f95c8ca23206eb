/** The examples of docs/arithmetic.md are run, and its table is what the program prints. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { modelSpec } from '../models/registry.js';
import * as arithmetic from '../arithmetic/index.js';
import { summarise } from './summary.js';
import { summaryText } from './summary-table.js';

const page = readFileSync(new URL('../../docs/arithmetic.md', import.meta.url), 'utf8');
const block = (language: string) => page.match(new RegExp(`\`\`\`${language}\n([^]*?)\n\`\`\``))![1]!;

test.each(
  block('ts')
    .split('\n')
    .map((line) => line.split(' // → ')),
)('%s', (expression, value) => {
  const evaluate = new Function(...Object.keys(arithmetic), `return ${expression};`);
  expect(evaluate(...Object.values(arithmetic))).toEqual(JSON.parse(value!));
});

test('the summary of AlexNet', () => {
  expect(block('text')).toBe(summaryText(summarise(modelSpec('alexnet').build())));
});
