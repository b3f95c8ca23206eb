/** The package as npm would publish it, used from another folder. */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PackedPackage, packedPackage, root, run } from './helpers/packed-package.js';

let made: PackedPackage;
let consumer: string;
let packed: readonly string[];

beforeAll(() => {
  made = packedPackage();
  ({ consumer, files: packed } = made);
});
afterAll(() => fs.rmSync(made.folder, { recursive: true }));

/** Runs a module of the consumer's. */
function module(source: string) {
  fs.writeFileSync(path.join(consumer, 'main.mjs'), source);
  return run(process.execPath, ['main.mjs'], consumer);
}

test('holds what is needed and no tests', () => {
  const needed = [
    'dist/run.js',
    'dist/index.d.ts',
    'src/runtime/native/quiet.cc',
    'src/runtime/native/own-memory.h',
    'README.md',
    'LICENSE',
  ];
  expect(packed).toEqual(expect.arrayContaining(needed));
  expect(packed.filter((file) => /\.test\.|^(test|data|node_modules)\//.test(file))).toEqual([]);
});

test('holds every source with what was built of it, and nothing besides', () => {
  const sources = fs
    .readdirSync(path.join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.test\.ts$/.test(entry.name) && entry.name !== 'README.md')
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'));
  expect(packed.filter((file) => file.startsWith('src/')).sort()).toEqual(sources.sort());

  const code = sources.filter((file) => /\.m?ts$|\.mjs$/.test(file));
  const built = (file: string) => file.replace(/^src/, 'dist').replace(/ts$/, 'js');
  expect(packed).toEqual(expect.arrayContaining(code.map(built)));
  const modules = new Set(code.map(built));
  const moduleOf = (file: string) => file.replace(/\.map$/, '').replace(/\.d\.(m?)ts$/, '.$1js');
  expect(packed.filter((file) => file.startsWith('dist/') && !modules.has(moduleOf(file)))).toEqual([]);

  const top = new Set(packed.map((file) => file.split('/')[0]!));
  // Where the package has been packed before, its addon lies in prebuilt/.
  expect([...top].filter((name) => name !== 'prebuilt').sort()).toEqual([
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'bench',
    'checkpoints',
    'dist',
    'docs',
    'package.json',
    'scripts',
    'src',
  ]);
});

test('imports only what it depends on, in its types too', () => {
  const { name, dependencies, optionalDependencies } = JSON.parse(
    fs.readFileSync(path.join(root, 'package.json'), 'utf8'),
  ) as { name: string; dependencies: Record<string, string>; optionalDependencies: Record<string, string> };
  const known = { ...dependencies, ...optionalDependencies };
  const imported = packed
    .filter((file) => /^(dist|src)\/.*\.(js|ts|mjs)$/.test(file))
    .flatMap((file) => {
      const text = fs.readFileSync(path.join(made.place, file), 'utf8');
      const statements = text.matchAll(
        /^(?:import|export|\}) [^\n]*?from '([^.'][^']*)'|import\(['"]([^.'"][^'"]*)['"]\)/gm,
      );
      return [...statements].map(([, from, call]) => ({ file, from: (from ?? call)! }));
    })
    .filter(({ from }) => !from.startsWith('node:') && from.split('/')[0] !== name);
  const packageOf = (from: string) => from.split('/', from.startsWith('@') ? 2 : 1).join('/');
  expect(imported.filter(({ from }) => !(packageOf(from) in known))).toEqual([]);
  expect(new Set(imported.map(({ from }) => packageOf(from)))).toContain('@tensorflow/tfjs');
});

test('what its files import by path is in it', () => {
  const imported = packed
    .filter((file) => /\.(js|ts|mjs)$/.test(file))
    .flatMap((file) => {
      const text = fs.readFileSync(path.join(made.place, file), 'utf8');
      const targets = [
        ...text.matchAll(/^(?:import|export|\}) ?[^\n]*?'(\.{1,2}\/[^']+)'|import\('(\.[^']+)'\)/gm),
      ];
      const at = (target: string) => path.posix.join(path.posix.dirname(file), target);
      return targets.map(([, from, call]) => ({ file, target: at((from ?? call)!) }));
    });
  expect(imported.length).toBeGreaterThan(1000);
  const there = (target: string) => packed.includes(target) || packed.includes(target.replace(/js$/, 'ts'));
  expect(imported.filter(({ target }) => !there(target))).toEqual([]);
});

test('is imported by its name', () => {
  expect(
    module(`
      import { finetune, loadRun, UserError } from 'finetune';
      console.log(typeof finetune, typeof loadRun, new UserError('x').name);
    `),
  ).toEqual({ status: 0, stdout: 'function function UserError\n', stderr: '' });
});

test('the arithmetic is an entry of its own, without TensorFlow', () => {
  expect(
    module(`
      import { outputSize } from 'finetune/arithmetic';
      console.log(outputSize({ input: 7, kernel: 3, stride: 2 }).exact);
    `),
  ).toEqual({ status: 0, stdout: '3\n', stderr: '' });
});

test('the helper for tests is an entry of its own, and needs no test runner', () => {
  expect(
    module(`
      import { expectAccuracy } from 'finetune/testing';
      await expectAccuracy('no/such/run', '.', {}).catch(({ name, message }) => console.log(name, message));
    `),
  ).toEqual({
    status: 0,
    stdout: 'UserError Expected an accuracy to hold the run to but received none. Give atLeast or against.\n',
    stderr: '',
  });
});

test('compiles a function and runs it, saying nothing on standard error', () => {
  expect(
    module(`
      import { compile, tf } from 'finetune/graph';
      const doubled = compile((x) => tf.mul(x, 2));
      console.log(doubled(tf.tensor1d([1, 2, 3])).dataSync().join());
    `),
  ).toEqual({ status: 0, stdout: '2,4,6\n', stderr: '' });
});

test('the command answers', () => {
  const command = path.join(consumer, 'node_modules', 'finetune', 'dist', 'run.js');
  expect(run(process.execPath, [command, '--version'], consumer)).toEqual({
    status: 0,
    stdout: `${(JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string }).version}\n`,
    stderr: '',
  });
  const doctor = run(process.execPath, [command, 'doctor', '--json'], consumer);
  expect(doctor.stderr).toBe('');
  expect(doctor.stdout).toContain('"TensorFlow"');
});
