/** --effort best, and several bases side by side, through the real command line. */
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { Metrics } from '../src/evaluation/metrics.js';
import * as library from '../src/index.js';
import { classifierFile, readClassifierRecord } from '../src/runs/classifier-record.js';
import { readRun } from '../src/runs/read-run.js';
import { tf } from '../src/runtime/tensorflow.js';
import { mainJob } from './helpers/main-job.js';
import { expectMistake } from './helpers/mistake.js';

const job = mainJob();
const run = job.newRun();
const predictions = (csv: string) =>
  csv
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').slice(-3).map(Number));

describe('--effort best', () => {
  beforeAll(async () => {
    const { code, stderr } = await job.finetune([
      '--data',
      job.data,
      '--base',
      'squeezenet',
      '--weights',
      job.weights,
      '--effort',
      'best',
      '--baseline',
      'none',
      '--out',
      run,
    ]);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('SqueezeNet v1.1 at 320 and 448 pixels, mirror images too');
    expect(stderr).toContain('Log loss (and accuracy) of pictures left out of the fit');
    expect(stderr).toContain('the choice flatters itself by');
  });

  test('tells in figures and report what was chosen and how it flatters itself', () => {
    const { metrics, config } = readRun(run);
    const { choice } = metrics;
    expect(choice!.sources.length).toBeGreaterThan(0);
    expect(choice!.tried).toBeGreaterThan(choice!.sources.length);
    expect(choice!.corrected.accuracy).toBeLessThanOrEqual(
      choice!.accuracy + 1e-9 - choice!.corrected.flattery,
    );
    expect(config).toMatchObject({ base: 'squeezenet', effort: 'best' });
    const report = fs.readFileSync(path.join(run, 'report.html'), 'utf8');
    expect(report).toContain('What was chosen');
    expect(report).toContain(choice!.sources[0]!.name);
  });

  test('the saved classifier answers as the figures say, and otherwise with other views', async () => {
    const ask = (tta: string) => job.finetune(['evaluate', run, '--data', job.data, '--csv', '--tta', tta]);
    const { stdout, code } = await ask('auto');
    expect(code).toBe(0);
    const known = predictions(fs.readFileSync(path.join(run, 'predictions.csv'), 'utf8'));
    for (const [i, row] of predictions(stdout).entries())
      for (const [k, p] of row.entries()) expect(Math.abs(p - known[i]![k]!)).toBeLessThan(0.02);
    const { mirrored } = readClassifierRecord(path.join(run, 'model'));
    const other = await ask(mirrored ? 'none' : 'mirror');
    expect(predictions(other.stdout)).not.toEqual(predictions(stdout));
  });

  test.each([true, false])(
    'a correction holds it to its own answers, mirror images heeded: %s',
    async (mirrored) => {
      const copy = job.newRun();
      fs.cpSync(run, copy, { recursive: true });
      const record = path.join(copy, 'model', classifierFile);
      const saved = JSON.parse(fs.readFileSync(record, 'utf8')) as object;
      fs.writeFileSync(record, JSON.stringify({ ...saved, mirrored }));
      const corrections = path.join(job.scratch(), 'corrections');
      fs.mkdirSync(path.join(corrections, 'bird'), { recursive: true });
      const [known] = fs.readdirSync(path.join(job.data, 'train', 'cat'));
      fs.copyFileSync(path.join(job.data, 'train', 'cat', known!), path.join(corrections, 'bird', known!));

      const { stdout } = await job.finetune(['evaluate', copy, '--data', job.data, '--json']);
      const { accuracy, n } = JSON.parse(stdout) as Metrics;
      for (const [name, value] of Object.entries(job.environment)) vi.stubEnv(name, value);
      const { numTensors } = tf.memory();
      const out = job.newRun();
      const correction = await library.correct(copy, { corrections, out, data: job.data });
      expect(tf.memory().numTensors).toBe(numTensors);
      expect(correction.accuracyBefore).toBe(accuracy);
      expect(correction.heldOut).toBe(n);
      expect(readClassifierRecord(path.join(out, 'model')).mirrored ?? false).toBe(mirrored);
      const again = await job.finetune(['evaluate', out, '--data', job.data, '--json']);
      expect((JSON.parse(again.stdout) as Metrics).accuracy).toBe(correction.accuracy);
    },
  );

  test('what is exported answers as the classifier, be it one network or several', async () => {
    const out = path.join(job.scratch(), 'exported');
    const { code, stderr } = await job.finetune(['export', run, '--format', 'savedmodel', '--out', out]);
    expect(code, stderr).toBe(0);
    expect(fs.existsSync(path.join(out, 'saved_model.pb'))).toBe(true);
  });
});

test.each([
  ['an unknown base among several', ['--base', 'vgg16,gogglenet'], "received 'gogglenet'"],
  ['a base twice', ['--base', 'vgg16,vgg16'], "received 'vgg16' twice"],
  [
    'one file for several',
    ['--base', 'vgg16,googlenet', '--weights', 'a.h5'],
    'Expected one --base with --weights',
  ],
  ['a head in steps', ['--effort', 'best', '--head', 'mlp'], 'Expected --effort best with a linear head'],
  ['unknown views', ['--tta', 'ten'], "unknown option '--tta'"],
])('%s is a mistake in one line', async (_, more, message) => {
  expectMistake(await job.finetune(['--data', job.data, '--quiet', '--out', job.newRun(), ...more]), message);
});

const shared = process.env['FINETUNE_SHARED'];

test.skipIf(!shared)(
  'two bases side by side, gone on with, explained and exported (needs FINETUNE_SHARED)',
  async () => {
    const out = job.newRun();
    const environment = { ...job.environment, FINETUNE_ZOO: path.join(shared!, 'weights') };
    const train = (onError?: (text: string, kill: (signal: NodeJS.Signals) => void) => void) =>
      job.finetune(
        [
          '--data',
          job.data,
          '--base',
          'squeezenet,googlenet',
          '--input',
          '64',
          '--baseline',
          'none',
          '--out',
          out,
        ],
        { environment, ...(onError && { onError }) },
      );
    await train((text, kill) => {
      if (text.includes('Features of googlenet')) kill('SIGINT');
    });
    const { code, stdout, stderr } = await train();
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('Going on with the interrupted run');
    expect(stdout).toContain('SqueezeNet v1.1 + GoogLeNet transferred');
    const { prefix, network } = readClassifierRecord(path.join(out, 'model'));
    expect(Object.keys((prefix as { branches: object }).branches)).toEqual(['squeezenet', 'googlenet']);
    expect(network.layers.some(({ name }) => name.startsWith('googlenet/inception_5b'))).toBe(true);

    const picture = path.join(
      job.data,
      'test',
      'rabbit',
      fs.readdirSync(path.join(job.data, 'test', 'rabbit'))[0]!,
    );
    const asked = await job.finetune(['predict', out, picture, '--csv'], { environment });
    const known = fs
      .readFileSync(path.join(out, 'predictions.csv'), 'utf8')
      .split('\n')
      .find((line) => line.includes(`rabbit/${path.basename(picture)},`))!;
    const given = known!.split(',').slice(-3).map(Number);
    const answers = asked.stdout.trim().split('\n').at(-1)!;
    for (const p of given) expect(answers).toContain(String(p).slice(0, 5));
    const onnx = await job.finetune(['export', out, '--format', 'onnx'], { environment });
    expect(onnx.code, onnx.stderr).toBe(0);
  },
);
