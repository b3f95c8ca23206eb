import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { expectSurvivesDamage } from '../../test/damage.js';
import { floats } from '../../test/protobuf-writer.js';
import { readLasagne } from './lasagne.js';

/** Files that Python's pickle wrote: test/fixtures/make_numpy_fixtures.py. */
const fixture = (name: string) => new URL(`../../test/fixtures/numpy/${name}.pkl`, import.meta.url).pathname;

describe.each([2, 3, 4, 5])('readLasagne: pickle protocol %i', (protocol) => {
  const file = fixture(`lasagne-protocol${protocol}`);

  test('gives the arrays by their place', async () => {
    const tensors = await readLasagne(file);
    expect([...tensors.keys()]).toEqual(['mean value', 'param values/0', 'param values/1']);
    expect(tensors.get('param values/0')).toEqual({
      shape: [2, 3, 2, 2],
      data: Float32Array.from({ length: 24 }, (_, i) => i),
    });
    expect(tensors.get('param values/1')).toEqual({ shape: [2], data: Float32Array.of(0.5, -0.5) });
    expect(tensors.get('mean value')?.data).toEqual(Float32Array.of(103.939, 116.779, 123.68));
  });

  test('survives damage', () => expectSurvivesDamage(readFileSync(file), readLasagne));
});

/** As Python 2 pickles an array: names and contents are byte strings. */
function python2(values: Uint8Array, shape = 'K\x02\x85'): Uint8Array {
  const type =
    'cnumpy\ndtype\nU\x02f4K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb';
  const array = 'cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R';
  const state = `(K\x01${shape}${type}\x89U${String.fromCharCode(values.length)}`;
  const head = Buffer.from(`\x80\x02}U\x0cparam values]${array}${state}`, 'latin1');
  return Buffer.concat([head, values, Buffer.from('tbas.')]);
}

test("reads Python 2's pickles", async () => {
  expect(await readLasagne(python2(floats([1.5, -2])))).toEqual(
    new Map([['param values/0', { shape: [2], data: Float32Array.of(1.5, -2) }]]),
  );
});

test.each([
  ['an array without its bytes', python2(floats([1])), 'takes 8 bytes'],
  ['a negative side', python2(floats([1]), 'J\xff\xff\xff\xff\x85'), 'impossible shape'],
  ['a call of os.system', Buffer.from('\x80\x02cposix\nsystem\nU\x04true\x85R.', 'latin1'), 'posix.system'],
  ['a list', Buffer.from('\x80\x02].', 'latin1'), 'no dictionary'],
  ['no arrays', Buffer.from('\x80\x02}.', 'latin1'), 'no arrays'],
])('refuses %s', async (_, bytes, reason) => {
  await expect(readLasagne(bytes)).rejects.toThrow(reason);
});
