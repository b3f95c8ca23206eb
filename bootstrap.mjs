/**
 * Makes a fresh clone work with one command. Uses nothing but Node:
 * installs the packages when they are missing or the lock file has changed, builds when sources are newer, and hands on.
 *
 *   node bootstrap.mjs start [options]   the main job on the sample in data/pets
 *   node bootstrap.mjs test [options]    lint, types and tests; options go to vitest
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(fileURLToPath(import.meta.url));
const [task, ...rest] = process.argv.slice(2);

if (Number(process.versions.node.split('.')[0]) < 20)
  fail(`Expected Node 20 or newer but this is ${process.version}.`);
if (task !== 'start' && task !== 'test') fail(`Expected 'start' or 'test' but received '${task ?? ''}'.`);

installPackages();
build();
if (task === 'start') {
  run(process.execPath, ['dist/run.js', '--data', 'data/pets', ...rest]);
} else {
  run(process.execPath, [bin('eslint', 'bin/eslint.js'), '.']);
  run(process.execPath, [bin('prettier', 'bin/prettier.cjs'), '--check', '--log-level=warn', '.']);
  run(process.execPath, [bin('typescript', 'bin/tsc'), '-p', 'tsconfig.json']);
  run(process.execPath, [bin('vitest', 'vitest.mjs'), 'run', ...rest]);
}

function installPackages() {
  const lock = createHash('sha256')
    .update(fs.readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
  const stamp = path.join(root, 'node_modules', '.finetune-lock');
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === lock) return;
  console.error('Installing packages (once)');
  run(process.platform === 'win32' ? 'npm.cmd' : 'npm', [
    'ci',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]);
  fs.writeFileSync(stamp, lock);
}

function build() {
  const built = path.join(root, 'dist', '.built');
  const since = fs.existsSync(built) ? fs.statSync(built).mtimeMs : 0;
  const sources = fs.readdirSync(path.join(root, 'src'), { recursive: true, withFileTypes: true });
  const newest = sources
    .filter((entry) => entry.isFile())
    .map((entry) => fs.statSync(path.join(entry.parentPath ?? entry.path, entry.name)).mtimeMs);
  const settings = ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];
  newest.push(...settings.map((file) => fs.statSync(path.join(root, file)).mtimeMs));
  if (Math.max(...newest) < since) return;
  console.error('Building');
  fs.rmSync(path.join(root, 'dist'), { recursive: true, force: true });
  run(process.execPath, [bin('typescript', 'bin/tsc'), '-p', 'tsconfig.build.json']);
  fs.writeFileSync(built, '');
}

function bin(name, file) {
  return path.join(root, 'node_modules', name, file);
}

/** Runs a program to its end; its failure is ours. */
function run(program, args) {
  const { status, signal, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit' });
  if (error) fail(`Could not run ${path.basename(program)}: ${error.message}`);
  if (signal) process.kill(process.pid, signal);
  if (status !== 0) process.exit(status ?? 1);
}

function fail(message) {
  console.error(`finetune: ${message}`);
  process.exit(2);
}
