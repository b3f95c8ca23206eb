import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { expectSurvivesDamage } from '../../test/damage.js';
import { UserError } from '../runtime/errors.js';
import { readPyTorch } from './pytorch.js';

/** Files that PyTorch wrote: test/fixtures/make_pytorch_fixtures.py. */
const fixture = (name: string) => new URL(`../../test/fixtures/pytorch/${name}.pth`, import.meta.url);
const bytesOf = (name: string) => readFileSync(fixture(name));

describe.each(['types', 'types-legacy'])('readPyTorch: %s', (file) => {
  const counting = Float32Array.of(0, 1, 2, 3, 4, 5);

  test.each([
    ['float32', [2, 3], counting],
    ['transposed', [3, 2], Float32Array.of(0, 3, 1, 4, 2, 5)],
    ['row', [3], Float32Array.of(3, 4, 5)],
    ['column', [2], Float32Array.of(1, 4)],
    ['tied', [2, 3], counting],
    ['float16', [2, 3], counting],
    ['bfloat16', [2, 3], counting],
    ['float64', [2, 3], counting],
    ['int64', [2, 3], counting],
    ['uint8', [2, 3], counting],
    ['bool', [2, 3], Float32Array.of(0, 1, 1, 1, 1, 1)],
    ['empty', [0, 3], new Float32Array()],
    ['scalar', [], Float32Array.of(2.5)],
    ['channels_last', [1, 2, 3, 4], Float32Array.from({ length: 24 }, (_, i) => i)],
  ])('%s', async (name, shape, data) => {
    const tensors = await readPyTorch(fixture(file).pathname);
    expect(tensors.get(`state_dict.module.${name}`)).toEqual({ shape, data });
  });

  test('leaves out counters and what is no tensor', async () => {
    expect((await readPyTorch(bytesOf(file))).size).toBe(14);
  });

  test('survives damage', () => expectSurvivesDamage(bytesOf(file), readPyTorch, 4));
});

/** An archive of old: the preamble, then the given pickle of the object. */
function legacy(...object: (number[] | string)[]): Uint8Array {
  const magic = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];
  const version = [0x80, 2, 0x4d, 0xe9, 0x03, 0x2e];
  const system = [0x80, 2, 0x7d, 0x2e];
  const parts = object.map((part) => Buffer.from(part as string, 'latin1'));
  return Buffer.concat([Buffer.from([...magic, ...version, ...system, 0x80, 2]), ...parts]);
}

/** A list of two lists of two lists … forty deep, with `inside` at the bottom; each level is written once. */
const doubling = (inside: string) =>
  Array.from({ length: 40 }, (_, i) => {
    const [own, below] = [`q${String.fromCharCode(i)}`, `h${String.fromCharCode(i - 1)}a`];
    return i === 0 ? `]${own}${inside}` : `]${own}${below}${below}`;
  }).join('');

/** The list of storages at the end of an archive of old, for one that has none. */
const noStorages = '\x80\x02].';

describe('what is no tensor', () => {
  test('is inert in a whole model, whose tensors are found all the same', async () => {
    expect([...(await readPyTorch(fixture('whole-model').pathname)).keys()]).toEqual(['weight', 'bias']);
  });

  // Each pickles an object beside nothing else: it becomes inert, and then there is no tensor.
  test.each([
    ['a call of os.system', legacy('cos\nsystem\n', [0x55, 4], 'true', [0x85, 0x52, 0x2e], noStorages)],
    ['a call by name on the stack', legacy([0x8c, 2], 'os', [0x8c, 4], 'exec', [0x93], ')R.', noStorages)],
    ['an object with named arguments', legacy('cbuiltins\neval\n)}', [0x92, 0x2e], noStorages)],
    ['an object of Python 2', legacy('(c__main__\nArguments\nK\x01o}b.', noStorages)],
    ['a class that is only a tag, called', legacy('ctorch\nFloatStorage\n)R.', noStorages)],
    ['a null that is called', legacy('N)R.', noStorages)],
    ['a name of control letters and a megabyte', legacy('c\x1b[31m\n', 'x'.repeat(1e6), '\n.', noStorages)],
    ['a huge number', legacy([0x8a, 255], '1'.repeat(255), '.', noStorages)],
    ['a set', legacy([0x8f, 0x28], 'K\x01', [0x90, 0x2e], noStorages)],
    ['a list of lists without end', legacy(doubling(''), '.', noStorages)],
    ['a list that holds itself', legacy(']q\x00h\x00a.', noStorages)],
    ['a number', legacy('K\x01.', noStorages)],
  ])('%s', async (_, bytes) => {
    await expect(readPyTorch(bytes)).rejects.toThrow(UserError);
    await expect(readPyTorch(bytes)).rejects.toThrow(
      /it holds no tensors.*torch.save\(model.state_dict\(\), 'weights.pth'\)/,
    );
    await expect(readPyTorch(bytes)).rejects.toThrow(/^[^\n\p{C}]{0,600}$/u);
  });
});

describe('refuses', () => {
  test.each([
    ['an INST', legacy('(ios\nsystem\n.'), 'instruction 0x69'],
    ['an extension code', legacy([0x82, 1, 0x2e]), 'instruction 0x82'],
    ['an empty stack', legacy('.'), 'never made'],
    ['a mark as value', legacy('(.'), 'never made'],
    ['a memo that is not there', legacy('h\x07.'), 'never made'],
    ['a pickle without end', legacy('N0'.repeat(3e6)), 'instructions'],
    ['a file that ends after the object', legacy('K\x01.'), 'ends too early'],
    ['an empty file', new Uint8Array(), 'ends too early'],
  ])('%s', async (_, bytes, reason) => {
    await expect(readPyTorch(bytes)).rejects.toThrow(UserError);
    await expect(readPyTorch(bytes)).rejects.toThrow(reason);
    await expect(readPyTorch(bytes)).rejects.toThrow(/^[^\n\p{C}]{0,600}$/u);
  });
});

describe('refuses tensors', () => {
  const storage = (length: string) =>
    `(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu${length}tQ`;
  const rebuilt = (inner: string) => `ctorch._utils\n_rebuild_tensor_v2\n(${inner}tR`;
  const file = (tensors: string) => {
    const pickle = `}(${tensors}u.`;
    return legacy(pickle, [0x80, 2], ']X\x01\x00\x00\x000a.', '\x02\0\0\0\0\0\0\0', '\0'.repeat(8));
  };
  const named = (name: string, inner: string) => `X\x01\x00\x00\x00${name}${rebuilt(inner)}`;
  const rest = '\x89}'; // requires_grad, hooks

  test('but takes a sound one', async () => {
    const bytes = file(named('w', `${storage('K\x02')}K\x00K\x02\x85K\x01\x85${rest}`));
    expect(await readPyTorch(bytes)).toEqual(new Map([['w', { shape: [2], data: new Float32Array(2) }]]));
  });

  test.each([
    [
      'that start beyond their storage',
      `${storage('K\x02')}K\x09K\x02\x85K\x01\x85${rest}`,
      'reaches beyond',
    ],
    ['that stride beyond it', `${storage('K\x02')}K\x00K\x02\x85K\x09\x85${rest}`, 'reaches beyond'],
    [
      'that repeat one value',
      `${storage('K\x02')}K\x00J\0\0\0\x10\x85K\x00\x85${rest}`,
      'share their values',
    ],
    [
      'of 2^62 values',
      `${storage('K\x02')}K\x00\x8a\x08\0\0\0\0\0\0\0\x40\x85K\x01\x85${rest}`,
      'not understood',
    ],
    ['of a negative side', `${storage('K\x02')}K\x00J\xff\xff\xff\xff\x85K\x01\x85${rest}`, 'not understood'],
    [
      'of a storage that lies about its length',
      `${storage('K\x03')}K\x00K\x02\x85K\x01\x85${rest}`,
      'are needed',
    ],
  ])('%s', async (_, inner, reason) => {
    await expect(readPyTorch(file(named('w', inner)))).rejects.toThrow(reason);
  });

  test('that are named by paths without end', async () => {
    const tensor = rebuilt(`${storage('K\x02')}K\x00K\x02\x85K\x01\x85${rest}`);
    const bytes = legacy(
      doubling(`${tensor}a`),
      '.',
      [0x80, 2],
      ']X\x01\x00\x00\x000a.',
      '\x02\0\0\0\0\0\0\0',
      '\0'.repeat(8),
    );
    await expect(readPyTorch(bytes)).rejects.toThrow('over 200000 tensors');
  });

  test('that name the same values too often', async () => {
    const values = 200;
    const names = Array.from({ length: 100 }, (_, i) => `X\x01\x00\x00\x00${String.fromCharCode(i)}h\x01`);
    const first = named('w', `${storage(`K${String.fromCharCode(values)}`)}K\x00K\xc8\x85K\x01\x85${rest}`);
    const pickle = `}(${first}q\x01${names.join('')}u.`;
    const keys = ']X\x01\x00\x00\x000a.';
    const bytes = legacy(pickle, [0x80, 2], keys, '\xc8\0\0\0\0\0\0\0', '\0'.repeat(4 * values));
    await expect(readPyTorch(bytes)).rejects.toThrow('share their values');
  });
});
