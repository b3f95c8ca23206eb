/** Runs compared on the same pictures: the shipped LeNet-5 on digits, and as one that takes some digits for others. */
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseCsv } from '../src/formats/csv.js';
import { expectAccuracy } from '../src/testing.js';
import { finetune } from './helpers/command-line.js';
import { digitFolder, digitRun } from './helpers/digit-pictures.js';
import { scratchFolders } from './helpers/scratch.js';

const { scratch } = scratchFolders();
const digits = Array.from({ length: 10 }, (_, i) => String(i));
/** 6 and 9 the wrong way round. */
const turned = ['0', '1', '2', '3', '4', '5', '9', '7', '8', '6'];

let data = '';
let good = '';
let bad = '';
let answers = '';

beforeAll(async () => {
  data = await digitFolder(scratch(), 9);
  [good, bad] = [digitRun(scratch()), digitRun(scratch(), turned)];
  answers = path.join(scratch(), 'answers.csv');
});

describe('finetune evaluate', () => {
  test('--csv prints each answer, and the figures beside', async () => {
    const { code, stdout, stderr } = await finetune(['evaluate', good, '--data', data, '--csv']);
    expect(code).toBe(0);
    fs.writeFileSync(answers, stdout);
    const [head, ...rows] = parseCsv(stdout);
    expect(head).toEqual(['path', 'label', 'predicted', ...digits]);
    expect(rows).toHaveLength(90);
    for (const [picture, label, predicted, ...shares] of rows) {
      expect(picture).toMatch(`${label}/`);
      expect(shares.reduce((sum, share) => sum + Number(share), 0)).toBeCloseTo(1, 5);
      expect(Number(shares[Number(predicted)])).toBe(Math.max(...shares.map(Number)));
    }
    const right = rows.filter(([, label, predicted]) => label === predicted).length;
    expect(right).toBeGreaterThan(60);
    expect(stderr).toContain(`${((100 * right) / 90).toFixed(1)} % of 90 pictures right`);
  });

  test.each(['a run', 'its answers'])('a drop against %s ends with 1, and JUnit says where', async (kind) => {
    const against = kind === 'a run' ? good : answers;
    const junit = path.join(scratch(), 'new', 'junit.xml');
    const args = ['evaluate', bad, '--data', data, '--against', against, '--junit', junit];
    const { code, stdout, stderr } = await finetune(args);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^Against .* now on the same 90 pictures: −.* a drop that is more than chance\.$/m,
    );
    expect(stdout).toMatch(/^[69] +9 .* a drop, more than chance$/m);
    expect(stderr).toContain(`finetune: accuracy against ${against}: `);
    const xml = fs.readFileSync(junit, 'utf8');
    expect(xml).toContain(`<testsuites tests="12" failures="${xml.match(/<failure /g)!.length}"`);
    expect(xml).toMatch(/name="no drop of &#39;5&#39; against [^"]*">\s*<system-out>/);
  });

  test('a gain, or no change, is none', async () => {
    const gain = await finetune(['evaluate', good, '--data', data, '--against', bad, '--json']);
    expect(gain.code).toBe(0);
    const { against } = JSON.parse(gain.stdout);
    expect(against).toMatchObject({ source: bad, all: { n: 90, verdict: 'gain' }, unmatched: [] });
    expect(against.perClass).toHaveLength(10);
    const same = await finetune(['evaluate', good, '--data', data, '--against', answers]);
    expect(same).toMatchObject({ code: 0, stdout: expect.stringContaining('0.0 points') });
  });

  test('pictures of classes that the other does not know are not compared, which is said', async () => {
    const other = digitRun(scratch(), ['zero', ...digits.slice(1)]);
    const { code, stdout } = await finetune(['evaluate', good, '--data', data, '--against', other]);
    expect(stdout).toContain('Pictures that are not compared: 9 are of a class that it does not know.');
    expect(stdout).toContain('on the same 81 pictures');
    expect(code).toBe(0);
  });

  test('pictures that the other has trained on are not compared, unless told', async () => {
    const other = digitRun(scratch());
    const { evaluateRun } = await import('../src/recipes/evaluate.js');
    const { scanFolder } = await import('../src/data/scan.js');
    const { parts } = await scanFolder(data);
    const [first, second, ...rest] = parts.train!.map(({ path: name, digest }) => ({ path: name, digest }));
    const record = { version: 1, seed: 0, heldOut: 'test', how: '', labels: digits };
    const split = { ...record, train: [first], validation: [second], test: rest };
    fs.writeFileSync(path.join(other, 'split.json'), JSON.stringify(split));
    const { against } = await evaluateRun(good, { data, against: other });
    expect(against!.unmatched).toEqual([{ count: 2, reason: 'among those it has trained or chosen on' }]);
    expect(against!.remarks).toEqual([expect.stringContaining('cannot be told')]);
    const all = await evaluateRun(good, { data, against: other, includeTrained: true });
    expect(all.against!.all.n).toBe(90);
  });

  test.each([
    ['what is not there', ['--against', 'nowhere.csv'], "'nowhere.csv' does not exist"],
    ['a folder that is no run', ['--against', '.'], 'found no'],
    ['a file of something else', ['--against', __filename], 'Expected'],
    ['two formats', ['--csv', '--json'], 'one output format'],
    ['an end that there is none of', ['--fail-under', '0.9', '--judge', 'hihg'], "Did you mean 'high'?"],
    ['an end and no bound', ['--judge', 'low'], 'Expected --fail-under with --judge low'],
    ['a folder for JUnit', ['--junit', '.'], "'.' is a folder"],
  ])('%s ends with 2 and one line, before any work', async (_, options, message) => {
    const { code, stdout, stderr } = await finetune(['evaluate', good, '--data', data, ...options]);
    expect(stderr).toContain(message);
    expect({ code, stdout, lines: stderr.trim().split('\n').length }).toEqual({
      code: 2,
      stdout: '',
      lines: 1,
    });
  });

  test('answers to other pictures end with 2', async () => {
    const file = path.join(scratch(), 'other.csv');
    fs.writeFileSync(file, 'path,predicted\nelsewhere/1.png,1\n');
    const { code, stderr } = await finetune(['evaluate', good, '--data', data, '--against', file]);
    expect(stderr).toContain('there is none to compare: 90 are not in it.');
    expect(code).toBe(2);
  });
});

describe('expectAccuracy', () => {
  test('passes and gives the figures', async () => {
    const { metrics, against } = await expectAccuracy(good, data, {
      atLeast: 0.7,
      judge: 'low',
      against: bad,
    });
    expect(metrics.n).toBe(90);
    expect(against!.all.verdict).toBe('gain');
  });

  test('fails as an assertion that says what, by how much, and whether it is chance', async () => {
    const failure = await expectAccuracy(bad, data, { atLeast: 0.99, against: answers }).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ name: 'AssertionError', expected: 0.99, actual: expect.any(Number) });
    const { message, stack } = failure as Error;
    expect(message).toContain(`${bad} on ${data}:\n  accuracy 0.`);
    expect(message).toMatch(
      /is below the expected 0\.99 \(\d+ of 90 pictures right, 95 % interval .*\): a shortfall that is more than chance\./,
    );
    expect(message).toMatch(/ {2}accuracy against .* a drop that is more than chance\./);
    expect(stack).toContain('evaluate-against.test.ts');
  });

  test.each([
    ['nothing is expected', {}, 'Give atLeast or against'],
    ['per cent', { atLeast: 95 }, 'For 95 % write 0.95'],
    ['there is no run', { atLeast: 0.9 }, "'nowhere'"],
  ])('%s: a mistake, not a failure', async (_, expected, message) => {
    await expect(expectAccuracy('nowhere', data, expected)).rejects.toThrow(message);
    await expect(expectAccuracy('nowhere', data, expected)).rejects.toMatchObject({ name: 'UserError' });
  });
});
