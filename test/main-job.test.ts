/** The main job from the command line to the run folder, on what the repository holds. */
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Outcome } from './helpers/command-line.js';
import { drawnClasses } from './helpers/drawn-pictures.js';
import { mainJob } from './helpers/main-job.js';
import { jsonOf, metricsOf, predictionsOf } from './helpers/run-files.js';

const job = mainJob();
const run = job.newRun();
const withBaseline = ['--baseline', 'lenet5', '--baseline-epochs', '10'];
let first: Outcome;

beforeAll(async () => {
  fs.writeFileSync(path.join(job.data, 'train', 'cat', 'broken.jpg'), 'no picture');
  first = await job.train(run, withBaseline);
});

test('ends with the table and the way to the report', () => {
  expect(first.stderr).toContain('1 file skipped');
  expect(first.code).toBe(0);
  expect(first.stdout).toMatch(/SqueezeNet v1\.1 transferred +\d+\.\d % .*\nLeNet-5 from scratch/);
  expect(first.stdout).toContain('report.html');
  expect(first.stderr).not.toMatch(/oneDNN|absl|Deprecation/);
});

test('leaves every file of a run, whole', () => {
  const files = ['config.json', 'split.json', 'labels.txt', 'results.csv', 'metrics.json', 'predictions.csv'];
  files.push('confusion-matrix.svg', 'report.html', 'model/model.json');
  for (const file of files) expect(fs.existsSync(path.join(run, file)), file).toBe(true);
  const leftovers = fs.readdirSync(run, { recursive: true }).filter((file) => String(file).includes('.part'));
  expect(leftovers).toEqual([]);
  expect(fs.readFileSync(path.join(run, 'labels.txt'), 'utf8')).toBe(`${drawnClasses.join('\n')}\n`);
  const page = fs.readFileSync(path.join(run, 'report.html'), 'utf8');
  expect(page.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:\/\/|<script/);
});

// SqueezeNet without its classifier: 1,235,496 numbers less 512 × 1000 + 1000.
const base = { parameters: 722_496, multiplyAdds: 262_623_936 };

test('writes the figures that other programs rely on', () => {
  const metrics = metricsOf(run);
  expect(metrics).toMatchObject({
    heldOut: 'test',
    test: { n: 24, accuracy: expect.any(Number), ci95: [expect.any(Number), expect.any(Number)] },
    validation: { n: expect.any(Number) },
    baseline: { model: 'lenet5', test: { n: 24 } },
    comparison: { mcnemarP: expect.any(Number) },
    timing: { decodeMsPerImage: expect.any(Number), extractMsPerImage: expect.any(Number) },
    parameters: { trainable: 512 * 3 + 3, frozen: base.parameters },
  });
  expect(metrics.test.accuracy).toBeGreaterThan(0.9);
  expect(Object.keys(metrics.test.perClass)).toEqual(drawnClasses);
  expect(metrics.test.top5).toBeUndefined();
});

test('summary counts the base and the new head, and what was trained', async () => {
  const { code, stdout } = await job.finetune(['summary', run, '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout).totals).toMatchObject({
    parameters: base.parameters + 512 * 3 + 3,
    multiplyAdds: base.multiplyAdds + 512 * 3,
    ...metricsOf(run).parameters,
    uncounted: [],
  });
});

test('probabilities add up to 1', () => {
  expect(predictionsOf(run)).toHaveLength(24);
  for (const { shares } of predictionsOf(run)) expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 4);
});

test('the same seed gives the same predictions, from the cache, and --json only JSON', async () => {
  const again = job.newRun();
  const { code, stdout } = await job.train(again, [...withBaseline, '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ run: again, timing: { extractMsPerImage: 0 } });
  const file = (folder: string) => fs.readFileSync(path.join(folder, 'predictions.csv'), 'utf8');
  expect(file(again)).toBe(file(run));
});

describe('without a word about training', () => {
  const solved = job.newRun();
  const settings = () => [
    '--data',
    job.data,
    '--base',
    'squeezenet',
    '--weights',
    job.weights,
    '--baseline',
    'none',
  ];
  let outcome: Outcome;

  beforeAll(async () => {
    outcome = await job.finetune([...settings(), '--out', solved]);
  });

  test('the head is solved, on larger pictures, and says what it reads and what else was tried', () => {
    expect(outcome.code, outcome.stderr).toBe(0);
    expect(outcome.stderr).toMatch(/Input 320 × 320 pixels, for there are no more than \d+ pictures/);
    expect(outcome.stderr).toMatch(
      /The head reads .*fire9\/concat \(average, max\).* weight decay \S+, chosen of \d+\./,
    );
    expect(metricsOf(solved).test.accuracy).toBeGreaterThan(0.9);
    expect(metricsOf(solved).validation.folds).toBe(5);
    const { input, features, solver } = jsonOf(solved, 'config.json');
    expect(solver).toBe('exact');
    expect(input).toMatchObject({ asked: 'auto', used: 320 });
    const last = { layer: 'fire9/concat', weight: 1 };
    expect(features.used.slice(-2)).toMatchObject([
      { ...last, pool: 'average' },
      { ...last, pool: 'max' },
    ]);
    expect(['together', 'each']).toContain(features.scaling);
  });

  test('it comes out the same to the last bit, from its own config.json too', async () => {
    const again = job.newRun();
    const { code, stderr } = await job.finetune([
      '--config',
      path.join(solved, 'config.json'),
      '--out',
      again,
    ]);
    expect(code, stderr).toBe(0);
    for (const file of ['predictions.csv', 'model/weights.bin']) {
      const [one, other] = [solved, again].map((folder) => fs.readFileSync(path.join(folder, file)));
      expect(one!.equals(other!), file).toBe(true);
    }
  });

  test('predict, evaluate and the saved model say what the run said', async () => {
    const folder = path.join(job.data, 'test');
    const { stdout } = await job.finetune(['predict', solved, folder, '--json', '--top', '3']);
    const answers = JSON.parse(stdout) as {
      path: string;
      predictions: { label: string; probability: number }[];
    }[];
    expect(answers).toHaveLength(24);
    for (const { path: file, predictions } of answers) {
      const { shares } = predictionsOf(solved).find((row) => file.endsWith(row.file))!;
      for (const { label, probability } of predictions) {
        expect(probability).toBeCloseTo(shares[drawnClasses.indexOf(label)]!, 4);
      }
    }
    const evaluated = await job.finetune(['evaluate', solved, '--data', job.data, '--json']);
    expect(JSON.parse(evaluated.stdout)).toMatchObject({ n: 24, accuracy: metricsOf(solved).test.accuracy });
  });

  test.each(['onnx', 'savedmodel', 'tfjs'])('exports as %s', async (format) => {
    const { code, stderr } = await job.finetune(['export', solved, '--format', format]);
    expect(code, stderr).toBe(0);
  });

  test("a generalised mean at depths of one's own is a graph model, and explained to the last bit of the score", async () => {
    const run = job.newRun();
    const own = ['--features', 'fire5,fire9', '--pool', 'average,gem', '--input', '160'];
    const { code, stderr } = await job.finetune([...settings(), ...own, '--out', run]);
    expect(code, stderr).toBe(0);
    expect(jsonOf(run, 'model/model.json').format).toBe('graph-model');
    const cats = path.join(job.data, 'test', 'cat');
    const picture = path.join(cats, fs.readdirSync(cats)[0]!);
    const { stdout } = await job.finetune(['explain', run, picture, '--json', '--out', `${run}.png`]);
    const { method, layer, pictures } = JSON.parse(stdout);
    expect([method, layer]).toEqual(['class activation map', 'fire5/concat, fire9/concat']);
    for (const { completenessError } of pictures) expect(completenessError).toBeLessThan(1e-4);
  });

  test.each([
    [
      'a depth',
      ['--features', 'fier9'],
      /Expected --features to name blocks or layers of squeezenet, such as fire3, .* Did you mean 'fire9'/,
    ],
    ['a way of pooling', ['--pool', 'maximum'], /Expected --pool to be one or more of average, max, gem/],
    ['a size', ['--input', '9000'], /input: expected/],
    [
      'an option of the steps with the exact solver',
      ['--solver', 'exact', '--epochs', '3'],
      /Expected no epochs with --solver exact/,
    ],
  ])('%s that there is not is refused', async (_, options, message) => {
    const { code, stderr } = await job.finetune([...settings(), ...options, '--out', job.newRun()]);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});

describe('other ways to train', () => {
  test.each([
    ['the mlp head', ['--head', 'mlp', '--dropout', '0.3', '--label-smoothing', '0.1']],
    ['SGD', ['--optimiser', 'sgd', '--momentum', '0.8', '--learning-rate', '0.01', '--schedule', 'constant']],
    ['AdamW', ['--optimiser', 'adamw', '--weight-decay', '0.01', '--class-weights', 'balanced']],
  ])('trains with %s as well', async (_, options) => {
    const { code, stdout } = await job.train(job.newRun(), ['--json', ...options]);
    expect(code).toBe(0);
    const { test: measured } = JSON.parse(stdout);
    expect(measured.accuracy).toBeGreaterThan(0.9);
    expect(measured.logLoss).toBeLessThan(0.6);
  });
});
