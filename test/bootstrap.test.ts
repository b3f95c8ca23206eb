/** `npm start` in a fresh clone, with an npm, a compiler and a program of the test's own. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from './helpers/command-line.js';

const bootstrap = fileURLToPath(new URL('../bootstrap.mjs', import.meta.url));
let clone: string;

beforeEach(() => {
  clone = temporaryFolder();
  fs.copyFileSync(bootstrap, path.join(clone, 'bootstrap.mjs'));
  put('package.json', '{"type": "module"}');
  put('package-lock.json', '{}');
  for (const name of ['tsconfig.json', 'tsconfig.build.json', 'tsconfig.page.json', 'src/run.ts'])
    put(name, '{}');
  put(
    'tools/npm.js',
    `import fs from 'node:fs';
     fs.appendFileSync('log', 'npm ' + process.argv.slice(2).join(' ') + '\\n');
     if (fs.existsSync('npm-fails')) { console.error('npm error: no network'); process.exit(1); }
     if (fs.existsSync('npm-hangs')) setTimeout(() => {}, 5_000);
     fs.mkdirSync('node_modules/typescript/bin', { recursive: true });
     fs.copyFileSync('tools/tsc', 'node_modules/typescript/bin/tsc');`,
  );
  put(
    'tools/tsc',
    `const fs = require('node:fs');
     if (process.argv.includes('tsconfig.page.json')) return;
     fs.appendFileSync('log', 'tsc\\n');
     fs.mkdirSync('dist');
     fs.writeFileSync('dist/run.js', 'console.log(process.argv.slice(2).join(" ")); process.exitCode = 3;');`,
  );
});
afterEach(() => fs.rmSync(clone, { recursive: true }));

function put(file: string, content: string): void {
  fs.mkdirSync(path.dirname(path.join(clone, file)), { recursive: true });
  fs.writeFileSync(path.join(clone, file), content);
}

function start(
  onStart?: (
    kill: (signal: NodeJS.Signals) => void,
    onError: (look: (stderr: string) => void) => void,
  ) => void,
) {
  const child = spawn(process.execPath, ['bootstrap.mjs', 'start', '--seed', '1'], {
    cwd: clone,
    env: { ...process.env, npm_execpath: path.join(clone, 'tools', 'npm.js') },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (piece: Buffer) => (stdout += piece.toString()));
  child.stderr.on('data', (piece: Buffer) => (stderr += piece.toString()));
  onStart?.(
    (signal) => child.kill(signal),
    (look) => child.stderr.on('data', () => look(stderr)),
  );
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

function whenInstalling(act: () => void): void {
  const watch = setInterval(() => {
    if (!fs.existsSync(path.join(clone, 'log'))) return;
    clearInterval(watch);
    act();
  }, 20);
}

/** What was done since the last look. */
function done(): string[] {
  const log = path.join(clone, 'log');
  if (!fs.existsSync(log)) return [];
  const lines = fs.readFileSync(log, 'utf8').trim().split('\n');
  fs.rmSync(log);
  return lines;
}

const install = 'npm ci --ignore-scripts';

test('installs, builds and runs; the second time it only runs', async () => {
  const first = await start();
  expect(first).toMatchObject({ code: 3, stdout: `--data ${path.join('data', 'pets')} --seed 1\n` });
  expect(first.stderr).toMatch(
    /^Installing packages: \d+\.\d s\nBuilding: \d+\.\d s\nBuilding the page: \d+\.\d s\n$/,
  );
  expect(done()).toEqual([install, 'tsc']);
  expect(await start()).toEqual({ ...first, stderr: '' });
  expect(done()).toEqual([]);
});

test('builds again when a source changed, installs again when the lock file did', async () => {
  await start();
  done();
  put('src/run.ts', 'changed');
  await start();
  expect(done()).toEqual(['tsc']);
  put('package-lock.json', '{"changed": true}');
  await start();
  expect(done()).toEqual([install, 'tsc']);
});

test('shows what npm said when it fails, and the next try goes on', async () => {
  put('npm-fails', '');
  const { code, stdout, stderr } = await start();
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain('npm error: no network');
  fs.rmSync(path.join(clone, 'npm-fails'));
  expect((await start()).code).toBe(3);
});

test('two at once install once', async () => {
  const both = await Promise.all([start(), start()]);
  expect(both.map(({ code }) => code)).toEqual([3, 3]);
  expect(done()).toEqual([install, 'tsc']);
});

test('told to end, it ends npm too', async () => {
  put('npm-hangs', '');
  const { code, stderr } = await start((kill) => whenInstalling(() => kill('SIGTERM')));
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('SIGTERM') });
});

test('killed in the middle, the next one starts over', async () => {
  put('npm-hangs', '');
  await start((kill) => whenInstalling(() => kill('SIGKILL')));
  fs.rmSync(path.join(clone, 'npm-hangs'));
  expect((await start()).code).toBe(3);
  expect(done()).toEqual([install, install, 'tsc']);
});

const lock = () => path.join(clone, '.bootstrap.lock');
const lockOf = (holder: unknown) => fs.writeFileSync(lock(), JSON.stringify(holder));
const host = os.hostname();

test.each<[string, () => void]>([
  ['a number alone, that a process has', () => fs.writeFileSync(lock(), String(process.pid))],
  ['nothing', () => fs.writeFileSync(lock(), '')],
  ['a process that is gone', () => lockOf({ pid: 2 ** 22, began: '1', host })],
  ['a process whose number another has by now', () => lockOf({ pid: process.pid, began: '1', host })],
  ['another machine, long silent', () => lockOf({ pid: 1, began: '1', host: 'elsewhere' })],
])('a lock left behind that names %s is taken over', async (_, leave) => {
  leave();
  fs.utimesSync(lock(), new Date(0), new Date(0));
  const { code, stderr } = await start();
  expect(code).toBe(3);
  expect(stderr).not.toContain('Waiting');
  expect(fs.readdirSync(clone).filter((name) => name.startsWith('.bootstrap'))).toEqual([]);
});

test.each([
  ['a process that lives', () => ({ pid: process.pid, began: ownStart(), host }), `(process ${process.pid})`],
  ['another machine', () => ({ pid: 7, began: '1', host: 'elsewhere' }), '(process 7 on elsewhere)'],
])('waits for %s, and says so', async (_, holder, said) => {
  lockOf(holder());
  const started = start((_kill, onError) =>
    onError((stderr) => {
      if (stderr.includes(said)) fs.rmSync(lock(), { force: true });
    }),
  );
  expect(await started).toMatchObject({
    code: 3,
    stderr: expect.stringContaining(`Waiting for another set-up of this checkout ${said} …`),
  });
});

function ownStart(): string {
  return fs.readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)!.split(' ')[19]!;
}
