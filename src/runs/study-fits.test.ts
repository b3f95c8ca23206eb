import path from 'node:path';
import { expect, test } from 'vitest';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { examplesInMemory } from '../features/examples.js';
import { Journal } from './journal.js';
import { type FitElsewhere, type FitKind, makeFits } from './study-fits.js';

const { scratch } = scratchFolders();
const fits = { shared: 10, examples: examplesInMemory(new Float32Array(0), [1], []) };

/** Notes what was made here. */
function toy() {
  const made: number[] = [];
  const kind: FitKind<number, number, number> = {
    name: 'toy',
    describe: (part) => `part ${part}`,
    work: () => 1,
    open: ({ shared }) => ({
      fit: (part) => {
        made.push(part);
        return Promise.resolve(shared * part);
      },
    }),
  };
  return { kind, made };
}

function study(elsewhere?: FitElsewhere) {
  const folder = scratch();
  const journal = new Journal(path.join(folder, 'journal.jsonl'));
  return { journal, folder, signal: undefined, elsewhere };
}

test('fits are made once, in their order', async () => {
  const { kind, made } = toy();
  const own = study();
  const told: number[] = [];
  const make = (parts: number[]) => makeFits(own, 'some', kind, fits, parts, (done) => told.push(done));
  expect(await make([3, 1])).toEqual([30, 10]);
  expect(await make([1, 2, 3])).toEqual([10, 20, 30]);
  expect(made).toEqual([3, 1, 2]);
  expect(told.at(-1)).toBe(3);
});

test('others are asked for those that are not noted yet, and what they answer is noted', async () => {
  const { kind, made } = toy();
  const asked: unknown[] = [];
  const own = study((_, __, parts) => {
    asked.push(...parts);
    return Promise.resolve(parts.map((part) => -Number(part)) as never);
  });
  const make = (parts: number[]) => makeFits(own, 'some', kind, fits, parts, () => undefined);
  expect(await make([3, 1])).toEqual([-3, -1]);
  expect(await make([1, 2, 3])).toEqual([-1, -2, -3]);
  expect(asked).toEqual([3, 1, 2]);
  expect(made).toEqual([]);
});
