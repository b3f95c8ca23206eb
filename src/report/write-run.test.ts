import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { madeUpRun } from '../../test/helpers/made-up-run.js';
import { temporaryFolder } from '../../test/helpers/picture-folders.js';
import { classRows, measure } from '../evaluation/metrics.js';
import { parseCsv } from '../formats/csv.js';
import { readRun } from '../runs/read-run.js';
import { writeRun } from './write-run.js';

const labels = ['ants, red', 'bees "honey"', 'é', '10', 'x', 'y'];
const result = madeUpRun({ labels, perClass: 12, accuracy: 0.8, baseline: 0.4 });

async function written(run = result): Promise<string> {
  const folder = path.join(await temporaryFolder(), 'run');
  await writeRun(folder, run);
  return folder;
}

describe('run folder', () => {
  test('has every file and nothing half-written', async () => {
    expect(fs.readdirSync(await written()).sort()).toEqual([
      'config.json',
      'confusion-matrix.svg',
      'labels.txt',
      'metrics.json',
      'predictions.csv',
      'report.html',
      'results-baseline.csv',
      'results.csv',
    ]);
  });

  test('is read back as it was written', async () => {
    const folder = await written();
    const run = readRun(folder);
    expect(run.labels).toEqual(labels);
    expect(run.metrics).toEqual(JSON.parse(JSON.stringify(result.metrics)));
    expect(run.config).toMatchObject({ version: 1, base: 'vgg16', seed: 0 });
    const { accuracy, ci95, top5, perClass } = measure(run.predictions, labels);
    expect({ accuracy, ci95, top5, perClass }).toEqual({
      accuracy: result.metrics.test.accuracy,
      ci95: result.metrics.test.ci95,
      top5: result.metrics.test.top5,
      perClass: result.metrics.test.perClass,
    });
  });

  test('names that objects, spreadsheets and lines have ideas of their own about', async () => {
    const names = ['10', '2', '=1+1', '-rf', '__proto__', "'=x", 'a\\x0ab', 'constructor'];
    const run = madeUpRun({ labels: names, perClass: 5, accuracy: 0.8 });
    const folder = await written(run);
    const read = readRun(folder);
    expect(read.labels).toEqual(names);
    expect(classRows(read.metrics.test, names)).toEqual(classRows(run.metrics.test, names));
    expect(classRows(read.metrics.test, names).map(([label]) => label)).toEqual(names);
    expect(read.predictions.map(({ label }) => label)).toEqual(
      run.transferred.predictions.map(({ label }) => label),
    );
    const text = fs.readFileSync(path.join(folder, 'predictions.csv'), 'utf8');
    expect(text.split('\n')[0]).toBe(
      "path,label,predicted,10,2,'=1+1,'-rf,__proto__,''=x,a\\x0ab,constructor",
    );
  });

  test('metrics.json has the keys that others rely on', async () => {
    const metrics = JSON.parse(fs.readFileSync(path.join(await written(), 'metrics.json'), 'utf8'));
    expect(metrics).toMatchObject({
      test: { accuracy: expect.any(Number), ci95: [expect.any(Number), expect.any(Number)], n: 72 },
      heldOut: 'test',
      validation: { accuracy: expect.any(Number) },
      baseline: { model: 'lenet5', test: { n: 72 } },
      comparison: { mcnemarP: expect.any(Number) },
      timing: { decodeMsPerImage: 3.1, extractMsPerImage: 64.2, trainSeconds: 4.3, totalSeconds: 118.2 },
      precision: 'float32',
      device: 'cpu',
      parameters: { trainable: 3078, frozen: 14714688 },
    });
    expect(metrics.test).toHaveProperty('top5');
    expect(Object.keys(metrics.test.perClass)).toHaveLength(6);
  });

  test('predictions.csv has a row a picture whose probabilities add up to 1', async () => {
    const [head, ...rows] = parseCsv(fs.readFileSync(path.join(await written(), 'predictions.csv'), 'utf8'));
    expect(head).toEqual(['path', 'label', 'predicted', ...labels]);
    expect(rows).toHaveLength(72);
    for (const [, label, predicted, ...probabilities] of rows) {
      expect(labels).toContain(label);
      const numbers = probabilities.map(Number);
      expect(numbers.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
      expect(predicted).toBe(labels[numbers.indexOf(Math.max(...numbers))]);
    }
  });

  test('results.csv has a row an epoch', async () => {
    const rows = parseCsv(fs.readFileSync(path.join(await written(), 'results.csv'), 'utf8'));
    expect(rows).toHaveLength(41);
    expect(rows[1]![0]).toBe('1');
  });

  test('a run without baseline has no file of one', async () => {
    const folder = await written(madeUpRun({ labels, perClass: 5, accuracy: 0.8 }));
    expect(fs.existsSync(path.join(folder, 'results-baseline.csv'))).toBe(false);
    expect(readRun(folder).metrics.baseline).toBeUndefined();
  });
});

describe('reading refuses', () => {
  const damaged = async (name: string, text: string | undefined) => {
    const folder = await written();
    const file = path.join(folder, name);
    if (text === undefined) fs.rmSync(file);
    else fs.writeFileSync(file, text);
    return folder;
  };

  test('a folder that is not there, or no run', async () => {
    const folder = await temporaryFolder();
    expect(() => readRun(path.join(folder, 'none'))).toThrow('does not exist');
    expect(() => readRun(folder)).toThrow('has no metrics.json');
  });

  test.each([
    ['a run that did not finish', 'metrics.json', undefined, 'did not end'],
    ['damaged JSON', 'metrics.json', '{"test":', 'damaged'],
    ['other JSON', 'metrics.json', '{"accuracy": 1}', 'test: '],
    ['another version', 'config.json', '{"version": 99}', 'has version 99'],
    ['an unknown version', 'config.json', '{}', 'has version unknown'],
    ['missing labels', 'labels.txt', undefined, 'cannot be read'],
    ['other labels', 'labels.txt', 'cats\ndogs\n', 'they differ'],
    ['equal labels', 'labels.txt', 'cats\ncats\n', "two are 'cats'"],
    ['missing predictions', 'predictions.csv', undefined, 'cannot be read'],
  ])('%s', async (_, name, text, message) => {
    const folder = await damaged(name, text);
    expect(() => readRun(folder)).toThrow(message);
    expect(() => readRun(folder)).toThrow(expect.objectContaining({ name: 'UserError' }));
  });

  test('a row without its probabilities', async () => {
    const folder = await written();
    fs.appendFileSync(path.join(folder, 'predictions.csv'), 'a.jpg,x,x,0.1\n');
    expect(() => readRun(folder)).toThrow('in row 74');
  });
});
