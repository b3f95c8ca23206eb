/** What a stranger's project needs of the packed package: links, types, and a way round install scripts. */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cacheFolder } from '../src/runtime/cache.js';
import { brokenLinks } from './helpers/links.js';
import { type PackedPackage, packedPackage, root, run } from './helpers/packed-package.js';

const left = '@tensorflow/tfjs-node-gpu';
let made: PackedPackage;
beforeAll(() => {
  made = packedPackage([left]);
});
afterAll(() => fs.rmSync(made.folder, { recursive: true }));

const read = (file: string) => fs.readFileSync(path.join(made.place, file), 'utf8');

test('its documents link to what is in it', () => {
  const documents = made.files.filter((file) => file.endsWith('.md'));
  expect(documents).toContain('README.md');
  const exists = (file: string) => fs.existsSync(path.join(made.place, file));
  const broken = documents.flatMap((file) =>
    brokenLinks(file, read, exists).map((link) => `${file}: ${link}`),
  );
  expect(broken).toEqual([]);
});

test('packing builds first, whatever the clone holds', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  expect(scripts['prepack']).toBe('node bootstrap.mjs build && node scripts/prebuild-addon.mjs');
  // npm would leave prepack out as well.
  expect(fs.readFileSync(path.join(root, '.npmrc'), 'utf8')).not.toMatch(/^ignore-scripts/m);
});

const program = `
import { finetune, finetuneEvents, type FinetuneOptions, loadRun, type Prediction, UserError } from 'finetune';
import { compile, compileTogether, createOptimiser, tf } from 'finetune/graph';
import { outputSize } from 'finetune/arithmetic';
import { expectAccuracy } from 'finetune/testing';

const options: FinetuneOptions = { data: './pets', base: 'vgg16', epochs: 3 };
const run = await finetune(options, { onProgress: (event) => event.kind === 'note' && console.log(event.message) });
const accuracy: number = run.metrics.test.accuracy;
for await (const event of finetuneEvents(options)) if (event.kind === 'finished') console.log(event.result.directory);
const classifier = await loadRun(run.directory);
const pictures = [{ path: 'a.jpg', file: 'a.jpg' }];
for await (const prediction of classifier.classify(pictures, { onBroken: console.warn })) {
  const named: Prediction = prediction;
  console.log(named.predictions[0]?.label, accuracy);
}
const judged: Promise<unknown> = expectAccuracy(run.directory, './pets', { atLeast: 0.9 });
// @ts-expect-error a share, no text
await expectAccuracy(run.directory, './pets', { atLeast: '90 %' }).catch(() => judged);
// @ts-expect-error the main job needs a folder
await finetune({ base: 'vgg16' }).catch((error: unknown) => error instanceof UserError);

const weights = tf.variable(tf.tensor2d([[1], [2]]));
type Tensor = ReturnType<typeof tf.tensor>;
const predict = compile((x: Tensor) => tf.sigmoid(tf.matMul(x, weights)));
const y = predict(tf.tensor2d([[0, 0]]));
const values: Float32Array = y.dataSync<'float32'>();
// @ts-expect-error a tensor is no number
const wrong: number = y;
console.log(values, wrong, compileTogether, createOptimiser);

const size: number = outputSize({ input: 7, kernel: 3, stride: 2 }).exact;
// @ts-expect-error no such option
console.log(size, outputSize({ input: 7, kernel: 3, strides: 2 }));
`;

/** skipLibCheck is off, so that our declarations are checked as well; those of TF.js have errors of their own. */
test('its types compile in a strict project, for every entry', () => {
  const options = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    target: 'ES2023',
    module: 'NodeNext',
    noEmit: true,
    types: ['node'],
    typeRoots: [path.join(root, 'node_modules', '@types')],
  };
  const project = { compilerOptions: options, files: ['main.ts'] };
  fs.writeFileSync(path.join(made.consumer, 'package.json'), '{"type": "module"}');
  fs.writeFileSync(path.join(made.consumer, 'tsconfig.json'), JSON.stringify(project));
  fs.writeFileSync(path.join(made.consumer, 'main.ts'), program);
  const compiler = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { stdout } = run(process.execPath, [compiler, '--pretty', 'false', '-p', '.'], made.consumer);
  const faults = stdout.split('\n').filter((line) => /^\S/.test(line));
  expect(faults.filter((line) => !line.includes('node_modules/@tensorflow/tfjs'))).toEqual([]);
});

/** npm's part is played by a program of the test's own: no registry is asked. */
test('a package that the package manager left out is brought at the first use', () => {
  const bin = path.join(made.folder, 'bin');
  const cache = path.join(made.folder, 'cache');
  fs.mkdirSync(bin);
  fs.mkdirSync(path.join(cache, 'tensorflow'), { recursive: true });
  // TensorFlow's library is there, of the cache that the tests use.
  for (const name of fs.readdirSync(cacheFolder('tensorflow')).filter((name) => /^[cg]pu-/.test(name))) {
    fs.symlinkSync(path.join(cacheFolder('tensorflow'), name), path.join(cache, 'tensorflow', name));
  }
  const npm = `#!/bin/sh
echo "$*" >> '${made.folder}/log'
mkdir -p "$3/node_modules/@tensorflow" && ln -s '${path.join(root, 'node_modules', left)}' "$3/node_modules/${left}"`;
  fs.writeFileSync(path.join(bin, 'npm'), npm, { mode: 0o755 });
  const environment = { FINETUNE_CACHE: cache, PATH: `${bin}:${process.env['PATH']}` };
  const command = path.join(made.consumer, 'node_modules', 'finetune', 'dist', 'run.js');
  const doctor = () => run(process.execPath, [command, 'doctor', '--fix'], made.consumer, environment);
  const first = doctor();
  expect(first.stderr).toBe(`Bringing ${left}, which the package manager left out\n`);
  expect(first).toMatchObject({ status: 0, stdout: expect.stringMatching(/ok +TensorFlow +2\./) });
  expect(doctor()).toMatchObject({ status: 0, stderr: '' });
  expect(fs.readFileSync(path.join(made.folder, 'log'), 'utf8')).toMatch(
    /^install --prefix \S+ --ignore-scripts .* @tensorflow\/tfjs-node-gpu@\d+\.\d+\.\d+\n$/,
  );

  const main = "import { tf } from 'finetune/graph'; console.log(tf.add(1, 2).dataSync()[0]);";
  const sum = run(process.execPath, ['--input-type=module', '-e', main], made.consumer, environment);
  expect(sum).toEqual({ status: 0, stdout: '3\n', stderr: '' });

  fs.rmSync(cache, { recursive: true });
  fs.writeFileSync(path.join(bin, 'npm'), '#!/bin/sh\necho "npm error 404 Not Found" >&2; exit 1', {
    mode: 0o755,
  });
  const barred = doctor();
  expect(barred.status).toBe(2);
  expect(barred.stderr).toContain(
    'npm did not bring it: npm error 404 Not Found. Install finetune again without',
  );
});
