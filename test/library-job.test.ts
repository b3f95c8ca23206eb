/** The main job through the library, as a program does it that imports the package. */
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import * as library from '../src/index.js';
import { drawnClasses } from './helpers/drawn-pictures.js';
import { mainJob } from './helpers/main-job.js';
import { predictionsOf } from './helpers/run-files.js';

const job = mainJob();
const { data, weights } = job;
const options = { data, weights, base: 'squeezenet', epochs: 40, baseline: 'none' } as const;
const events: library.Progress[] = [];
let run: library.FinishedRun;

beforeAll(async () => {
  for (const [name, value] of Object.entries(job.environment)) vi.stubEnv(name, value);
  run = await library.finetune(
    { ...options, out: job.newRun() },
    { onProgress: (event) => events.push(event) },
  );
});

test('finetune() gives the figures and the folder of the run', () => {
  expect(run.metrics.test).toMatchObject({ n: 24 });
  expect(run.metrics.test.accuracy).toBeGreaterThan(0.9);
  expect(run.summary).toContain('SqueezeNet v1.1 transferred');
  expect(JSON.parse(fs.readFileSync(path.join(run.directory, 'metrics.json'), 'utf8'))).toEqual(run.metrics);
  // a warning, too: drawn pictures are alike enough for two to be taken for copies
  const kinds = new Set(events.map(({ kind }) => kind));
  expect([...kinds].filter((kind) => kind !== 'warning').sort()).toEqual(['batch', 'epoch', 'note', 'work']);
});

test('loadRun() opens its classifier, which says the same', async () => {
  const classifier = await library.loadRun(run.directory);
  expect(classifier.labels).toEqual(drawnClasses);
  const rows = predictionsOf(run.directory).slice(0, 5);
  const pictures = rows.map(({ file }) => ({ path: file, file: path.join(data, file) }));
  const broken: unknown[] = [];
  let count = 0;
  for await (const answer of classifier.classify(pictures, { onBroken: (file) => broken.push(file) })) {
    const { file, shares } = rows[count++]!;
    expect(answer.path).toBe(file);
    for (const { label, probability } of answer.predictions) {
      expect(probability).toBeCloseTo(shares[drawnClasses.indexOf(label)]!, 4);
    }
  }
  expect({ count, broken }).toEqual({ count: 5, broken: [] });
  classifier.dispose();
});

test('evaluateRun() measures it again', async () => {
  const { metrics, part } = await library.evaluateRun(run.directory, { data });
  expect(part).toBe('test');
  expect(metrics.accuracy).toBe(run.metrics.test.accuracy);
});

test('a signal ends the job, and the next call goes on from there', async () => {
  const out = job.newRun();
  const long = { ...options, out, epochs: 300, weightDecay: 0.1 };
  const stop = new AbortController();
  const stopped = library.finetune(long, {
    signal: stop.signal,
    onProgress: (event) => {
      if (event.kind === 'epoch' && event.record.epoch === 150) stop.abort();
    },
  });
  await expect(stopped).rejects.toThrow(library.Interrupted);
  const epochs: number[] = [];
  const notes: string[] = [];
  for await (const event of library.finetuneEvents(long)) {
    if (event.kind === 'epoch') epochs.push(event.record.epoch);
    if (event.kind === 'note') notes.push(event.message);
    if (event.kind === 'finished') expect(event.result.directory).toBe(path.resolve(out));
  }
  expect(notes).toContain('Going on with the interrupted run in this folder');
  expect(epochs[0]).toBeGreaterThan(1);
  expect(epochs.at(-1)).toBe(300);
});
