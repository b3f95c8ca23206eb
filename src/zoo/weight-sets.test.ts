import { describe, expect, test } from 'vitest';
import { chooseSet, splitSet, weightSets } from './weight-sets.js';

const known = new Set(['conv1', 'layer1.0.conv1', 'layer1.0.conv2', 'fc']);
const own = ['conv1.weight', 'layer1.0.conv1.weight', 'layer1.0.conv2.weight', 'fc.weight', 'fc.bias'];
const under = (...places: string[]) => places.flatMap((place) => own.map((name) => `${place}${name}`));
const choose = (names: string[], wanted?: string) =>
  chooseSet(weightSets(known, names), { file: 'x.pth', wanted });

test.each([
  ['', ''],
  ['module.', ''],
  ['module._orig_mod.', ''],
  ['_orig_mod.module.', ''],
  ['_forward_module._fsdp_wrapped_module.', ''],
  ['state_dict.model.module.', 'state_dict.model'],
  ['whatever.it.is.', 'whatever.it.is'],
])('before the names: %j', (prefix, place) => {
  const set = choose([...under(prefix), 'optimizer.state.0.exp_avg', `${prefix}bn1.num_batches_tracked`])!;
  expect(set.place).toBe(place);
  expect([...set.names].filter(([, name]) => own.includes(name))).toEqual(
    own.map((name) => [prefix + name, name]),
  );
});

test('a wrapper in the middle goes too, unless two names would become one', () => {
  const names = ['conv1.module.weight', 'layer1.module.0._orig_mod.conv1.weight', 'fc.weight'];
  expect([...choose(names)!.names.values()]).toEqual(['conv1.weight', 'layer1.0.conv1.weight', 'fc.weight']);
  const both = choose([...under('', 'module.')])!;
  expect(both.place).toBe('');
  expect(both.names.get('module.conv1.weight')).toBe('module.conv1.weight');
});

describe('of several sets', () => {
  test.each([
    [['model.', 'model_ema.'], 'model'],
    [['ema.', 'state_dict.'], 'state_dict'],
    [['state_dict.ema_model.', 'state_dict.net.'], 'state_dict.net'],
    [['swa_model.'], 'swa_model'],
    [['', 'ema.'], ''],
    [['best.', 'state_dict.'], 'state_dict'],
  ])('%j: %s is taken', (places, place) => {
    expect(choose(under(...places))!.place).toBe(place);
  });

  test('the one asked for is taken, by any part of its place', () => {
    const names = under('checkpoint.model.', 'checkpoint.model_ema.');
    expect(choose(names, 'model_ema')!.place).toBe('checkpoint.model_ema');
    expect(choose(names, 'checkpoint.model_ema')!.place).toBe('checkpoint.model_ema');
    expect(() => choose(names, 'ema')).toThrow(
      "found them under 'checkpoint.model', 'checkpoint.model_ema'. Use 'x.pth#checkpoint.model' or",
    );
    expect(() => choose(['other.weight'], 'ema')).toThrow('found none');
  });

  test('none is guessed at', () => {
    expect(() => choose(under('student.', 'teacher.'))).toThrow(
      "Choose with 'x.pth#student' or 'x.pth#teacher'.",
    );
  });

  test('names of no layer are no set', () => {
    expect(choose(['weight', 'other.weight', ''])).toBeUndefined();
  });
});

test('a set is named after the file', () => {
  expect(splitSet('a/b.pth#model_ema')).toEqual({ file: 'a/b.pth', wanted: 'model_ema' });
  expect(splitSet('a/b.pth')).toEqual({ file: 'a/b.pth' });
  expect(splitSet('#1.pth')).toEqual({ file: '#1.pth' });
});
