import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { agreedChoice } from './agreed-choice.js';
import type { ChosenPrecision } from './precision-records.js';

const { scratch } = scratchFolders();
const choice = (reason: string): ChosenPrecision => ({ settings: { precision: 'float32' }, reason });
const newFile = () => path.join(scratch(), 'precision', 'choice.json');

test('of many that choose at the same moment all take the choice of one', async () => {
  const file = newFile();
  const own = Array.from({ length: 20 }, (_, i) => choice(`${i}`));
  const agreed = await Promise.all(own.map((one) => agreedChoice(file, one)));
  expect(new Set(agreed.map(({ reason }) => reason)).size).toBe(1);
  expect(await agreedChoice(file, choice('late'))).toEqual(agreed[0]);
  expect(fs.readdirSync(path.dirname(file))).toEqual(['choice.json']);
});

test('one that is being written is waited for', async () => {
  const file = newFile();
  fs.mkdirSync(path.dirname(file));
  const text = JSON.stringify(choice('first'));
  fs.writeFileSync(file, text.slice(0, 9));
  const agreed = agreedChoice(file, choice('second'));
  await wait(200);
  fs.writeFileSync(file, text);
  expect(await agreed).toEqual(choice('first'));
});

test('what a killed process has left is written anew', async () => {
  const file = newFile();
  fs.mkdirSync(path.dirname(file));
  fs.writeFileSync(file, '');
  expect(await agreedChoice(file, choice('second'), 100)).toEqual(choice('second'));
  expect(await agreedChoice(file, choice('third'), 100)).toEqual(choice('second'));
});

test('where nothing can be written, each has its own', async () => {
  const file = path.join(scratch(), 'file');
  fs.writeFileSync(file, '');
  expect(await agreedChoice(path.join(file, 'choice.json'), choice('own'))).toEqual(choice('own'));
});
