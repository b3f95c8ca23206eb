import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { expectSurvivesDamage } from '../../test/damage.js';
import { UserError } from '../runtime/errors.js';
import { readNpy, readNpz } from './numpy.js';

/** Files that NumPy wrote: test/fixtures/make_numpy_fixtures.py. */
const fixture = (name: string) => new URL(`../../test/fixtures/numpy/${name}`, import.meta.url).pathname;
const counting = Float32Array.of(0, 1, 2, 3, 4, 5);

describe.each(['arrays.npz', 'arrays-compressed.npz'])('readNpz: %s', (file) => {
  test.each([
    ['layer/kernel', [2, 3], counting],
    ['fortran', [2, 3], counting],
    ['big_endian', [2, 3], counting],
    ['float16', [2, 3], counting],
    ['float64', [2, 3], counting],
    ['int64', [2, 3], counting],
    ['uint8', [2, 3], counting],
    ['bool', [2, 3], Float32Array.of(0, 1, 1, 1, 1, 1)],
    ['vector', [3], Float32Array.of(0, 1, 2)],
    ['scalar', [], Float32Array.of(2.5)],
  ])('%s', async (name, shape, data) => {
    expect((await readNpz(fixture(file))).get(name)).toEqual({ shape, data });
  });

  test('leaves out the counter', async () => {
    expect((await readNpz(fixture(file))).has('step')).toBe(false);
  });

  test('survives damage', () => expectSurvivesDamage(readFileSync(fixture(file)), readNpz, 4));
});

describe('readNpy', () => {
  const sound = readFileSync(fixture('array.npy'));
  const edited = (from: string, to: string) =>
    Buffer.from(sound.toString('latin1').replace(from, to.padEnd(from.length)), 'latin1');

  test('reads the array', async () => {
    expect(await readNpy(fixture('array.npy'))).toEqual(
      new Map([['array', { shape: [2, 3], data: counting }]]),
    );
  });

  test.each([
    ['Python objects', readFileSync(fixture('objects.npy')), '|O'],
    ['text', Buffer.from('hello, world'), 'no NumPy array'],
    ['a header longer than the file', sound.subarray(0, 60), 'ends too early'],
    ['too few values', sound.subarray(0, -4), 'takes 24 bytes'],
    ['a shape of 2^63 values', edited("'shape': (2, 3), }", "'shape': (9e9,), }"), 'not understood'],
    [
      'an enormous side',
      edited("'shape': (2, 3), }          ", "'shape': (2, 99999999999), }"),
      'impossible shape',
    ],
    ['a record type', edited("'<f4'", '[]'), 'not understood'],
    ['complex numbers', edited("'<f4'", "'<c8'"), '<c8'],
  ])('refuses %s', async (_, bytes, reason) => {
    await expect(readNpy(bytes)).rejects.toThrow(UserError);
    await expect(readNpy(bytes)).rejects.toThrow(reason);
  });

  test('survives damage', () => expectSurvivesDamage(sound, readNpy));
});
