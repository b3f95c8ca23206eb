/** The loop: what is wrong is kept, the head is trained again, the paired test judges, and the run is taken or left. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { Correction } from '../src/recipes/correct.js';
import type { PictureAnswer } from '../src/serve/answer.js';
import { jsonOf, metricsOf, predictionsOf } from './helpers/run-files.js';
import { mainJob } from './helpers/main-job.js';
import { formWith, type Serving, servers } from './helpers/serving.js';

const job = mainJob();
const start = servers();
let run: string;
let server: Serving;
let before: string;

const bytesOf = (...where: string[]) => fs.readFileSync(path.join(job.data, ...where));
const firstOf = (part: string, label: string, place = 0) =>
  path.join(part, label, fs.readdirSync(path.join(job.data, part, label)).sort()[place]!);

/** A digest of all that lies in a folder. */
function contentOf(folder: string): string {
  const files = fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.lock'))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
  const hash = createHash('sha256');
  for (const file of files) hash.update(file).update(fs.readFileSync(file));
  return hash.digest('hex');
}

type State = { state: string; message?: string; name: string } & Correction;

async function trained(): Promise<State> {
  expect((await server.fetch('/api/retrain', { method: 'POST' })).status).toBe(202);
  expect((await server.fetch('/api/retrain', { method: 'POST' })).status).toBe(409);
  const state = () => server.json<State>('/api/retrain');
  await expect
    .poll(async () => (await state()).state, { timeout: 90_000, interval: 200 })
    .not.toBe('training');
  return state();
}

const correct = (label: string, bytes: Uint8Array) =>
  server.json<{ total: number }>('/api/corrections', formWith([{ name: 'x.jpg', bytes }], { label }));

beforeAll(async () => {
  run = path.join(job.scratch(), 'tinted');
  const { code, stderr } = await job.train(run);
  expect([code, stderr]).toEqual([0, expect.anything()]);
  before = contentOf(run);
  server = await start(run, [], job.environment);
});

test('nearest training pictures come with their classes; a training picture is nearest to itself', async () => {
  const ready = async () => (await server.json<{ trainingPictures: number }>('/api/model')).trainingPictures;
  await expect.poll(ready, { timeout: 60_000, interval: 200 }).toBe(36);
  const form = formWith([{ name: 'x', bytes: bytesOf(firstOf('train', 'cat')) }]);
  const { nearest, trained: isKnown } = await server.json<PictureAnswer>('/api/predict?nearest=3', form);
  expect(nearest).toHaveLength(3);
  expect(nearest![0]).toMatchObject({ label: 'cat' });
  expect(nearest![0]!.similarity).toBeCloseTo(1, 4);
  expect(isKnown).toBe(true);
  const heldOut = formWith([{ name: 'x', bytes: bytesOf(firstOf('test', 'cat')) }]);
  expect((await server.json<PictureAnswer>('/api/predict', heldOut)).trained).toBeUndefined();
  const thumbnail = await server.fetch(`/${nearest![0]!.picture}`);
  expect(thumbnail.headers.get('content-type')).toBe('image/jpeg');
  expect((await server.fetch('/api/training/36')).status).toBe(404);
  expect((await server.fetch('/api/training/-1')).status).toBe(400);
  expect((await server.fetch('/api/training/..%2f..%2fconfig.json')).status).toBe(400);
});

test('without corrections there is nothing to train on', async () => {
  expect((await server.fetch('/api/retrain', { method: 'POST' })).status).toBe(409);
  expect((await server.fetch('/api/retrain/take', { method: 'POST' })).status).toBe(409);
  expect((await server.fetch('/api/retrain/leave', { method: 'POST' })).status).toBe(409);
});

test('a held-out picture, or a copy of one, is never trained on', async () => {
  expect(await correct('bird', bytesOf(firstOf('test', 'cat')))).toMatchObject({ total: 1 });
  const { state, message } = await trained();
  expect(state).toBe('failed');
  expect(message).toMatch(/of 1 1 are held out/);
  expect(message).not.toContain(path.dirname(run));
});

test('the corrected head is held to the same pictures; left, all is as it was', async () => {
  // one that the run calls a cat, and has not seen: a tint between two
  await correct('rabbit', bytesOf(firstOf('train', 'cat', 1)));
  const state = await trained();
  expect(state).toMatchObject({
    state: 'trained',
    name: 'tinted-2',
    heldOut: 24,
    corrections: { trained: 1 },
    leftOut: { heldOut: 1, broken: 0 },
  });
  expect(['better', 'worse', "can't be told apart"]).toContain(state.verdict);
  const { difference, onlyFirst, onlySecond } = state.comparison;
  expect(state.accuracy - state.accuracyBefore).toBeCloseTo(difference, 9);
  expect(onlyFirst - onlySecond).toBe(Math.round(24 * difference));
  expect(state.accuracyBefore).toBeCloseTo(metricsOf(run).test.accuracy, 9);
  expect((await server.fetch('/api/retrain/leave', { method: 'POST' })).status).toBe(200);
  expect(fs.readdirSync(path.dirname(run)).sort()).toEqual(['tinted', 'tinted-corrections']);
  expect(contentOf(run)).toBe(before);
});

test('taken, it is a run of its own that answers from now on; nothing was overwritten', async () => {
  const { accuracy } = await trained();
  expect(await server.json('/api/retrain/take', { method: 'POST' })).toEqual({ run: 'tinted-2' });
  expect(contentOf(run)).toBe(before);
  const next = path.join(path.dirname(run), 'tinted-2');
  expect(fs.readdirSync(next)).toEqual(
    expect.arrayContaining(fs.readdirSync(run).filter((n) => n !== 'checkpoint')),
  );
  expect(metricsOf(next).test.accuracy).toBeCloseTo(accuracy, 9);
  expect(predictionsOf(next).map(({ file }) => file)).toEqual(predictionsOf(run).map(({ file }) => file));
  expect(jsonOf(next, 'split.json').test).toEqual(jsonOf(run, 'split.json').test);
  expect(jsonOf(next, 'split.json').corrections).toHaveLength(1);
  const model = await server.json<{ run: string; heldOut: { accuracy: number } }>('/api/model');
  expect([model.run, model.heldOut.accuracy]).toEqual(['tinted-2', accuracy]);
  const form = formWith([{ name: 'x', bytes: bytesOf(firstOf('test', 'bird')) }]);
  expect((await server.json<PictureAnswer>('/api/predict', form)).run).toBe('tinted-2');

  // what it was trained on is left out of what it is measured on
  const corrections = path.join(path.dirname(run), 'tinted-corrections');
  const only = path.join(job.scratch(), 'only');
  fs.cpSync(path.join(corrections, 'rabbit'), path.join(only, 'rabbit'), { recursive: true });
  const { stderr } = await job.finetune(['evaluate', next, '--data', only, '--layout', 'classes']);
  expect(stderr).toMatch(/trained or chosen on/);
  const { code } = await job.finetune(['predict', next, path.join(job.data, firstOf('test', 'cat'))]);
  expect(code).toBe(0);
});

test('a corrected run is served with the corrections that it comes from, and ends without leaving parts', async () => {
  const next = path.join(path.dirname(run), 'tinted-2');
  const one = await start(next, [], job.environment);
  expect((await one.json<{ total: number }>('/api/corrections')).total).toBe(2);
  await one.fetch('/api/retrain', { method: 'POST' });
  expect((await one.stop('SIGINT')).code).toBe(0);
  expect(fs.readdirSync(path.dirname(run)).sort()).toEqual(['tinted', 'tinted-2', 'tinted-corrections']);
});

test('pictures that have moved are said with what to do, and the rest works', async () => {
  const moved = path.join(job.scratch(), 'moved here');
  fs.cpSync(job.data, moved, { recursive: true });
  const config = jsonOf(run, 'config.json');
  const copy = path.join(job.scratch(), 'copy');
  fs.cpSync(run, copy, { recursive: true });
  const gone = { ...config, data: path.join(job.data, 'gone') };
  fs.writeFileSync(path.join(copy, 'config.json'), JSON.stringify(gone));
  const lost = await start(copy, [], job.environment);
  const form = formWith([{ name: 'x', bytes: bytesOf(firstOf('test', 'bird')) }]);
  expect((await lost.json<PictureAnswer>('/api/predict', form)).predictions).toHaveLength(3);
  const count = (one: Serving) => async () =>
    (await one.json<{ trainingPictures: number }>('/api/model')).trainingPictures;
  const found = await start(copy, ['--data', moved], job.environment);
  await expect.poll(count(found), { timeout: 60_000, interval: 200 }).toBe(36);
  expect(await count(lost)()).toBe(0);
  expect((await lost.stop()).stderr).toMatch(/Say with --data where they lie now/);
});
