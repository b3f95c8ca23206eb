import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { UserError } from '../runtime/errors.js';
import { matchRecorded, readRecordedAnswers } from './recorded-answers.js';

const { scratch } = scratchFolders();
const digest = (digit: number) => String(digit).repeat(64);

/** A file of predictions, and the record of a split beside it where one is given. */
function written(text: string, test?: readonly { path: string; digest: string }[]): string {
  const folder = scratch();
  const file = path.join(folder, 'predictions.csv');
  fs.writeFileSync(file, text);
  if (test) {
    const other = [{ path: 'train/x.png', digest: digest(9) }];
    const record = { version: 1, seed: 0, heldOut: 'test', how: '', labels: ['cat', 'dog'] };
    const split = JSON.stringify({ ...record, train: other, validation: other, test });
    fs.writeFileSync(path.join(folder, 'split.json'), split);
  }
  return file;
}

const labels = ['cat', 'dog'];
const picture = (name: string, label: number, of: number) => ({
  path: name,
  file: `/${name}`,
  label,
  digest: digest(of),
});

function match(file: string, pictures = [picture('a.png', 0, 1), picture('b.png', 1, 2)]) {
  const known = new Set(labels);
  return matchRecorded(readRecordedAnswers(file), {
    pictures,
    labels,
    keys: labels,
    known,
    includeTrained: false,
  });
}

describe('answers on record', () => {
  test('are found by path; what is missing on either side is said', () => {
    const { right, unmatched, remarks } = match(
      written('path,label,predicted,cat,dog\na.png,cat,dog,0,1\nc.png,cat,cat,1,0\n'),
    );
    expect([...right]).toEqual([['a.png', false]]);
    expect(unmatched).toEqual([{ count: 1, reason: 'not in it' }]);
    expect(remarks).toEqual(['1 row of it are of no picture that was measured here.']);
  });

  test('are found by bytes under another name, and not by a name whose bytes have changed', () => {
    const file = written('path,label,predicted\nold/a.png,cat,cat\nb.png,dog,dog\n', [
      { path: 'old/a.png', digest: digest(1) },
      { path: 'b.png', digest: digest(3) },
    ]);
    const { right, unmatched } = match(file);
    expect([...right]).toEqual([['a.png', true]]);
    expect(unmatched).toEqual([{ count: 1, reason: 'there under the same name, with other bytes' }]);
  });

  test("today's class counts for both where it has been changed", () => {
    const { right, remarks } = match(written('path,label,predicted\na.png,dog,dog\nb.png,dog,dog\n'));
    expect([...right.values()]).toEqual([false, true]);
    expect(remarks).toEqual(["1 picture had another class then; today's counts for both."]);
  });

  test('may be those of predict --csv, with a class called label', () => {
    const file = written('path,predicted,label,cat\na.png,cat,0.1,0.9\nb.png,label,0.9,0.1\n');
    const { right, remarks } = match(file);
    expect([...right.values()]).toEqual([true, false]);
    expect(remarks).toEqual(['1 answer of it with a class that this run does not know: taken as wrong.']);
  });

  test.each([
    ['other columns', 'file,answer\na.png,cat\n', 'its columns are file, answer'],
    ['no rows', 'path,predicted\n', 'it has no rows'],
    ['nothing', '', 'it has no rows'],
    ['a picture twice', 'path,predicted\na.png,cat\na.png,dog\n', "two are of 'a.png'"],
    ['a row that breaks off', 'path,predicted\na.png\n', 'row 2'],
  ])('are refused with %s', (_, text, message) => {
    expect(() => readRecordedAnswers(written(text))).toThrow(UserError);
    expect(() => readRecordedAnswers(written(text))).toThrow(message);
  });

  test('are refused when all are of other classes', () => {
    expect(() => match(written('path,predicted\na.png,Katze\nb.png,Hund\n'))).toThrow("the first is 'Katze'");
  });
});
