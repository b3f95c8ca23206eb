/** The shell part of action.yml, with a stand-in for the command that prints what the real one would. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { changesOf } from '../src/evaluation/changes.js';
import { scratchFolders } from './helpers/scratch.js';

const { scratch } = scratchFolders();
const root = fileURLToPath(new URL('..', import.meta.url));

/** Ten pictures of cats that are wrong now and were right before, among forty. */
const answers = Array.from({ length: 40 }, (_, i) => ({
  label: i < 20 ? 'cat|tabby' : 'dog',
  now: i >= 10,
  before: true,
}));
const unmatched = [{ count: 2, reason: 'of a class that it does not know' }];
const against = { source: 'before.csv', ...changesOf(answers), unmatched };
const figures = { accuracy: 0.75, ci95: [0.598, 0.858], n: 40, against };

function runAction(printed: string, code: number) {
  const folder = scratch();
  const command = path.join(folder, 'finetune.mjs');
  fs.writeFileSync(
    command,
    `import fs from 'node:fs'; fs.writeFileSync(${JSON.stringify(path.join(folder, 'asked'))}, process.argv.slice(2).join('\\n'));
     process.stdout.write(${JSON.stringify(printed)}); process.exitCode = ${code};`,
  );
  const summary = path.join(folder, 'summary.md');
  const { status, stderr } = spawnSync(path.join(root, '.ci', 'evaluate.sh'), [], {
    encoding: 'utf8',
    env: {
      ...process.env,
      RUNNER_TEMP: folder,
      GITHUB_STEP_SUMMARY: summary,
      GITHUB_OUTPUT: path.join(folder, 'output'),
      FINETUNE_COMMAND: `node ${command}`,
      FINETUNE_RUN: 'my run',
      FINETUNE_DATA: '$(touch pwned)',
      FINETUNE_AGAINST: 'before.csv',
    },
  });
  const read = (name: string) => fs.readFileSync(path.join(folder, name), 'utf8');
  return { status, stderr, summary: read('summary.md'), asked: read('asked'), output: read('output') };
}

test('the verdict stands in the summary, and a drop fails the step', () => {
  const { status, summary, asked, output, stderr } = runAction(JSON.stringify(figures), 1);
  expect(status, stderr).toBe(1);
  // As it was given, spaces and all: nothing of it is run.
  expect(asked.split('\n')).toEqual(
    'evaluate|my run|--data|$(touch pwned)|--json|--against|before.csv'.split('|'),
  );
  expect(summary).toContain('**Failed** (exit code 1)');
  expect(summary).toContain('| this run | 75.0 % | 59.8 % to 85.8 % | 40 |');
  expect(summary).toContain('| all | 100.0 % | 75.0 % | -25.0 points | worse, by more than chance |');
  expect(summary).toContain('| cat\\|tabby | 100.0 % | 50.0 % | -50.0 points | worse, by more than chance |');
  expect(summary).toContain('Not compared: 2, of a class that it does not know.');
  expect(output).toMatch(/^json=.*\.json\n$/);
});

test('a mistake is told too', () => {
  const { status, summary } = runAction('', 2);
  expect(status).toBe(2);
  expect(summary).toContain('There are no figures: see what the step says.');
});

test('every input of action.yml is handed on', () => {
  const action = parse(fs.readFileSync(path.join(root, 'action.yml'), 'utf8')) as {
    inputs: Record<string, unknown>;
    runs: { using: string; steps: { env: Record<string, string>; run: string }[] };
  };
  const [step] = action.runs.steps;
  const handed = Object.values(step!.env).map((value) => /inputs\.([\w-]+)/.exec(value)?.[1]);
  expect(handed.sort()).toEqual(Object.keys(action.inputs).sort());
  expect(step!.run).not.toContain('inputs.');
});
