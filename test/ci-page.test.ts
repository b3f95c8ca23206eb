/** The workflow in docs/ci.md, as somebody would copy it. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { buildProgram } from '../src/cli.js';

const page = fs.readFileSync(path.join(import.meta.dirname, '..', 'docs', 'ci.md'), 'utf8');
const [, text] = /^```yaml\n([\s\S]*?)^```$/m.exec(page)!;

interface Workflow {
  on: object;
  jobs: Record<string, { 'runs-on': string; steps: { uses?: string; run?: string }[] }>;
}

test('is YAML without a fault, and a workflow', () => {
  const document = parseDocument(text!, { strict: true });
  expect([...document.errors, ...document.warnings]).toEqual([]);
  const { on, jobs } = document.toJS() as Workflow;
  expect(Object.keys(on)).toEqual(['push', 'pull_request']);
  for (const { 'runs-on': machine, steps } of Object.values(jobs)) {
    expect(machine).toBe('ubuntu-latest');
    for (const { uses, run } of steps) {
      expect([uses, run].filter((one) => one !== undefined)).toHaveLength(1);
      if (uses !== undefined) expect(uses).toMatch(/^actions\/[a-z-]+@v\d+$/);
    }
  }
});

test('its command is one line, with options that evaluate has', () => {
  const { jobs } = parseDocument(text!).toJS() as Workflow;
  const runs = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
  const [command] = runs.filter((run) => run.startsWith('npx finetune evaluate '));
  expect(command).not.toContain('\n');
  const evaluate = buildProgram(() => {}).commands.find((one) => one.name() === 'evaluate')!;
  const known = evaluate.options.map(({ long }) => long);
  const used = command!.match(/--[a-z-]+/g)!;
  expect(used).toEqual(['--data', '--fail-under', '--against', '--junit']);
  for (const option of used) expect(known).toContain(option);
});
