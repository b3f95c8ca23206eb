// Behind `npm start`, `npm test` and `npm run build` in a fresh clone. Uses nothing but Node:
// installs packages when they are missing or the lock file changed, builds when sources changed, and hands on.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(fileURLToPath(import.meta.url));
const at = (...parts) => path.join(root, ...parts);
const [task, ...rest] = process.argv.slice(2);
const tasks = { start, test, build: prepare };

if (!Object.hasOwn(tasks, task))
  fail(`Expected one of ${Object.keys(tasks).join(', ')}, got '${task ?? ''}'.`);
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 9)) {
  fail(`Expected Node 20.9 or newer, this is ${process.versions.node}. Install a current one.`);
}
await tasks[task]();

/** The main job on the sample, in this process, so that signals and the exit code are its own. */
async function start() {
  await prepare();
  process.argv = [
    process.argv[0],
    at('dist', 'run.js'),
    '--data',
    path.relative('', at('data', 'pets')),
    ...rest,
  ];
  await import('./dist/run.js');
}

/** Lint, format and types (unless nothing changed since they were found good), then the tests. */
async function test() {
  await prepare();
  await onceFor('checks', at('node_modules', '.checked'), checkedFiles(), async () => {
    await Promise.all([
      quietly('Linting', ...tool('eslint', 'bin/eslint.js', ['.'])),
      quietly(
        'Checking the format',
        ...tool('prettier', 'bin/prettier.cjs', ['--check', '--log-level=warn', '.']),
      ),
      quietly(
        'Checking the imports',
        ...tool('dependency-cruiser', 'bin/dependency-cruise.mjs', [
          '--config',
          '.dependency-cruiser.mjs',
          'src',
        ]),
      ),
      quietly('Checking types', ...tool('typescript', 'bin/tsc', ['-p', 'tsconfig.json'])),
      quietly(
        'Checking types of the page',
        ...tool('typescript', 'bin/tsc', ['-p', 'tsconfig.page.json', '--noEmit']),
      ),
    ]);
  });
  const [command, args] = tool('vitest', 'vitest.mjs', ['run', ...rest]);
  handOver(command, args);
}

async function prepare() {
  await alone(async () => {
    await onceFor('packages', at('node_modules', '.installed'), [at('package-lock.json')], () =>
      quietly('Installing packages', ...npm(['ci', '--ignore-scripts'])),
    );
    await onceFor('build', at('dist', '.built'), builtFiles(), async () => {
      fs.rmSync(at('dist'), { recursive: true, force: true });
      await quietly('Building', ...tool('typescript', 'bin/tsc', ['-p', 'tsconfig.build.json']));
      await quietly('Building the page', ...tool('typescript', 'bin/tsc', ['-p', 'tsconfig.page.json']));
    });
  });
}

/** Does `work` unless the stamp says that it was done for files of just these names, sizes and times. */
async function onceFor(what, stamp, files, work) {
  const hash = createHash('sha256').update(`${what} ${process.platform} ${process.arch}`);
  for (const file of files) {
    const { size, mtimeMs } = fs.statSync(file);
    // The lock file counts by its content: a clone or a checkout may change its time.
    const state = what === 'packages' ? fs.readFileSync(file) : `${size} ${mtimeMs}`;
    hash.update(`\0${path.relative(root, file)}\0`).update(state);
  }
  const wanted = hash.digest('hex');
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) return;
  await work();
  fs.writeFileSync(stamp, wanted);
}

function builtFiles() {
  return [
    ...filesUnder(at('src')).filter((file) => !file.endsWith('.test.ts')),
    at('tsconfig.json'),
    at('tsconfig.build.json'),
    at('tsconfig.page.json'),
    at('node_modules', '.installed'),
  ];
}

function checkedFiles() {
  const folders = ['src', 'test', 'scripts', 'lessons', 'bench', 'data', '.ci'].map((name) => at(name));
  const top = fs.readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isFile());
  const sources = folders.flatMap(filesUnder).filter((file) => /\.([cm]?[jt]s|json)$/.test(file));
  return [...sources, ...top.map((entry) => at(entry.name)), at('node_modules', '.installed')];
}

function filesUnder(folder) {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

/** npm: the one that runs us, so that no other is picked up from the path. */
function npm(args) {
  const own = process.env.npm_execpath;
  return own?.endsWith('.js') ? [process.execPath, [own, ...args]] : ['npm', args];
}

/** A package's program, run by this Node: no shell, no `npx`. */
function tool(name, file, args) {
  return [process.execPath, [at('node_modules', name, file), ...args]];
}

/** Runs a step; shows one line with its time, and its output only when it fails. */
async function quietly(title, command, args) {
  const begin = performance.now();
  const terminal = process.stderr.isTTY;
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  passSignalsTo(child);
  const output = [];
  child.stdout.on('data', (piece) => output.push(piece));
  child.stderr.on('data', (piece) => output.push(piece));
  const seconds = () => (performance.now() - begin) / 1000;
  const draw = () => process.stderr.write(`\r\x1b[K${title} … ${seconds().toFixed(0)} s`);
  const redraw = terminal ? setInterval(draw, 500) : undefined;
  if (terminal) draw();
  const failure = await new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => resolve(code === 0 ? undefined : (signal ?? `exit code ${code}`)));
  });
  clearInterval(redraw);
  process.stderr.write(
    `${terminal ? '\r\x1b[K' : ''}${title}: ${failure ? 'failed' : `${seconds().toFixed(1)} s`}\n`,
  );
  if (failure === undefined) return;
  process.stderr.write(Buffer.concat(output));
  fail(`${title} failed (${failure}). What it said stands above.`);
}

/** Runs a program in our place: same terminal, signals passed on, same exit code or signal at the end. */
function handOver(command, args) {
  const child = spawn(command, args, { cwd: root, stdio: 'inherit' });
  passSignalsTo(child);
  child.on('close', (code, signal) => {
    process.exitCode = signal ? 128 + os.constants.signals[signal] : code;
  });
}

/** So that it does not go on by itself when we are told to end. */
function passSignalsTo(child) {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const pass = (signal) => child.kill(signal);
  for (const signal of signals) process.on(signal, pass);
  child.on('close', () => signals.forEach((signal) => process.off(signal, pass)));
}

/** One `bootstrap.mjs` at a time in a checkout; a lock left by a process that is gone is taken over. */
async function alone(work) {
  const lock = at('.bootstrap.lock');
  const own = JSON.stringify({ pid: process.pid, began: processStart(process.pid), host: os.hostname() });
  for (let told = false; !claim(lock, own);) {
    const holder = contentOf(lock);
    if (holder === undefined || removeWhenStale(lock, holder)) continue;
    if (!told) process.stderr.write(`Waiting for another set-up of this checkout${processIn(holder)} …\n`);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const renewed = setInterval(() => touch(lock), 10_000).unref();
  const free = () => {
    clearInterval(renewed);
    if (contentOf(lock) === own) fs.rmSync(lock, { force: true });
  };
  process.once('exit', free);
  await work();
  process.off('exit', free);
  free();
}

function claim(lock, own) {
  try {
    fs.writeFileSync(lock, own, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    if (contentOf(lock) === '') fs.rmSync(lock, { force: true }); // the disk is full
    throw error;
  }
}

function removeWhenStale(lock, holder) {
  if (!isStale(lock, holder)) return false;
  const aside = `${lock}.${process.pid}`;
  try {
    fs.renameSync(lock, aside);
    // Between our look and the move another set-up may have taken over: then give its lock back.
    if (contentOf(aside) !== holder) fs.linkSync(aside, lock);
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error;
  }
  fs.rmSync(aside, { force: true });
  return true;
}

/** A number alone says nothing: another process may have it by now, or another machine on a shared disk. */
function isStale(lock, holder) {
  const { pid, began, host } = holderIn(holder);
  if (pid !== undefined && host === os.hostname()) {
    const start = processStart(pid);
    return start === undefined || start !== began;
  }
  const silentFor = Date.now() - (fs.statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  return silentFor > (pid === undefined ? 1_000 : 600_000);
}

function processIn(holder) {
  const { pid, host } = holderIn(holder);
  if (pid === undefined) return '';
  return host === os.hostname() ? ` (process ${pid})` : ` (process ${pid} on ${host})`;
}

/** What a lock says; nothing when it is just being written, or of a time when it held a number alone. */
function holderIn(text) {
  try {
    const holder = JSON.parse(text);
    return Number.isInteger(holder?.pid) ? holder : {};
  } catch {
    return {};
  }
}

/** When a process began; '' where that cannot be told, undefined when there is none. */
function processStart(pid) {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in the second field may hold anything, so fields are counted after its closing bracket.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return 'ZX'.includes(fields[0]) ? undefined : fields[19];
  } catch {
    // no /proc on this system, or it hides other people's processes
  }
  try {
    process.kill(pid, 0);
    return '';
  } catch (error) {
    return error.code === 'EPERM' ? '' : undefined;
  }
}

function contentOf(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function touch(file) {
  const now = new Date();
  fs.utimes(file, now, now, () => undefined);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
