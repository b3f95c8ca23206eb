/** The notebook-like scripts, run as a reader runs them, but for fewer steps. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const shared = process.env['FINETUNE_SHARED'];
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'finetune-lectures-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(script: string, ...args: string[]): string {
  return execFileSync(process.execPath, ['--import', 'tsx', `scripts/${script}.ts`, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

const scripts = readdirSync('scripts')
  .filter((name) => name.endsWith('.ts') && !name.endsWith('-page.ts'))
  .map((name) => name.replace('.ts', ''));

test.each(scripts)('%s answers --help with its head, and a mistake with one line and code 2', (script) => {
  const call = (argument: string) =>
    spawnSync(process.execPath, ['--import', 'tsx', `scripts/${script}.ts`, argument], { encoding: 'utf8' });
  expect(call('--help')).toMatchObject({ status: 0, stderr: '' });
  expect(call('--help').stdout).toContain(`npx tsx scripts/${script}.ts`);
  const { status, stderr } = call('--nope');
  expect(status).toBe(2);
  expect(stderr).toBe("Unknown option '--nope'. See --help.\n");
});

test(
  'alexnet-tricks compares five ways to answer and draws changes of light',
  { timeout: 120_000 },
  async () => {
    const sheet = path.join(folder, 'light.png');
    const printed = run('alexnet-tricks', 'data/pets', '--networks', '2', '--epochs', '1', '--out', sheet);
    expect(printed).toContain('360 pictures of 4 classes to learn from, 160 to be tested on.');
    expect(printed).toMatch(
      /component 1: red +0\.\d+, green +0\.\d+, blue +0\.\d+; variance 0\.\d+, 8\d\.\d % of all/,
    );
    for (const row of ['one network, ten crops', '2 networks with light, ten crops']) {
      expect(printed).toMatch(new RegExp(`^${row} .*% to .*%.* gained, .* lost, p`, 'm'));
    }
    expect(await sharp(sheet).metadata()).toMatchObject({ format: 'png', width: 980, height: 324 });
  },
);

test('the invariance that the checkpoint’s page states is in its table', () => {
  const [, ...rows] = readFileSync('checkpoints/lenet5-mnist/invariance.csv', 'utf8').trim().split('\n');
  const accuracies = (change: string, from: number, to: number) =>
    rows
      .map((row) => row.split(','))
      .filter(([name, , amount]) => name === change && Number(amount) >= from && Number(amount) <= to)
      .map(([, , , accuracy]) => Number(accuracy));
  for (const [change, from, to, least, points] of [
    ['moved', -4, 4, 0.96, 9],
    ['turned', -20, 20, 0.94, 5],
    ['scaled', 0.8, 1.3, 0.96, 6],
  ] as const) {
    const within = accuracies(change, from, to);
    expect(within).toHaveLength(points);
    expect(Math.min(...within), change).toBeGreaterThan(least);
  }
  expect(Math.max(...accuracies('moved', 9, 10), ...accuracies('turned', 80, 90))).toBeLessThan(0.25);
});

describe.skipIf(!shared)('on MNIST (needs FINETUNE_SHARED)', () => {
  const mnist = path.join(shared ?? '', 'datasets/mnist');
  const expectDigits = () => expect(existsSync(mnist), `${mnist} is missing`).toBe(true);

  test('plain-and-residual trains four networks and draws their losses', { timeout: 120_000 }, () => {
    expectDigits();
    const drawing = path.join(folder, 'losses.svg');
    const printed = run(
      'plain-and-residual',
      '--data',
      mnist,
      '--steps',
      '80',
      '--depths',
      '8,14',
      '--out',
      drawing,
    );
    expect(printed).toMatch(/^plain-8 +\d\d,\d{3} parameters/m);
    const losses = [...printed.matchAll(/layers end with a loss of ([\d.]+) .*, 8 with ([\d.]+)/g)];
    expect(losses).toHaveLength(2);
    for (const [, deep, shallow] of losses) {
      // They have begun to learn: guessing costs ln 10 = 2.3.
      expect(Number(deep)).toBeLessThan(1.5);
      expect(Number(shallow)).toBeLessThan(1.5);
    }
    const svg = readFileSync(drawing, 'utf8');
    for (const name of ['plain-8', 'plain-14', 'residual-8', 'residual-14'])
      expect(svg).toContain(`>${name}<`);
    expect(svg).not.toContain('NaN');
  });

  test('votes compares the mean answer with the best network', { timeout: 120_000 }, () => {
    expectDigits();
    const few = ['--networks', '2', '--digits', '600', '--epochs', '3'];
    const printed = run('votes', '--data', mnist, ...few);
    expect(printed.match(/^network \d: +\d\d\.\d\d % right/gm)).toHaveLength(2);
    expect(printed).toMatch(/^the mean of 2: \d\d\.\d\d % right/m);
    expect(printed).toMatch(/\d+ digits gained, \d+ lost, McNemar p/);
  });

  test('lenet-invariance measures and draws three curves', { timeout: 120_000 }, () => {
    expectDigits();
    const printed = run('lenet-invariance', '--data', mnist, '--digits', '100', '--out', folder);
    expect(printed).toMatch(/^ +0 {2,}(9\d\.\d|100\.0) %/m);
    expect(readFileSync(path.join(folder, 'invariance.csv'), 'utf8').trim().split('\n')).toHaveLength(
      1 + 21 + 19 + 13,
    );
    expect(readFileSync(path.join(folder, 'invariance.svg'), 'utf8').match(/<polyline/g)).toHaveLength(3);
  });
});
