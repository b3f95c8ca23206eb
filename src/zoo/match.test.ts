import { expect, test } from 'vitest';
import { NetworkBuilder } from '../models/network-builder.js';
import { UserError } from '../runtime/errors.js';
import { compareWeights, matchWeights } from './match.js';

const net = new NetworkBuilder('small', [4, 4, 3]);
const pool = net.globalAverage(net.convolution('input', 'conv', { filters: 2, kernel: 3 }), 'pool');
net.dense(pool, 'logits', { units: 5 });
const network = net.build();

const of = (...shape: number[]) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) });
const fitting = {
  'logits/bias': of(5),
  'conv/kernel': of(3, 3, 3, 2),
  'conv/bias': of(2),
  'logits/kernel': of(2, 5),
};

test('returns what the network needs in order of computation and leaves the rest out', () => {
  const found = new Map(Object.entries({ ...fitting, 'fc8/kernel': of(1) }));
  const matched = matchWeights(network, found, "'a file'");
  expect([...matched.keys()]).toEqual(['conv/kernel', 'conv/bias', 'logits/kernel', 'logits/bias']);
  expect(compareWeights(network, found)).toEqual({ missing: [], misshapen: [], surplus: ['fc8/kernel'] });
});

test('what is wanted does not keep a larger rest in memory', () => {
  const within = (numbers: number) => {
    const memory = new Float32Array(numbers);
    let next = 0;
    const views = Object.entries(fitting).map(([name, { shape, data }]) => {
      const view = memory.subarray(next, (next += data.length)).fill(next);
      return [name, { shape, data: view }] as const;
    });
    return { memory, found: new Map(views), used: next };
  };
  const { used } = within(100);
  for (const [numbers, isCopied] of [
    [used, false],
    [2 * used, false],
    [2 * used + 1, true],
  ] as const) {
    const { memory, found } = within(numbers);
    const matched = matchWeights(network, found, "'a file'");
    expect(Object.fromEntries(matched)).toEqual(Object.fromEntries(found));
    for (const { data } of matched.values()) expect(data.buffer !== memory.buffer).toBe(isCopied);
  }
});

test('lists what does not match on both sides in one error', () => {
  const found = new Map(
    Object.entries({ ...fitting, 'logits/kernel': of(5, 2), 'fc8/kernel': of(1), 'fc8/bias': of(1) }),
  );
  found.delete('logits/bias');
  expect(() => matchWeights(network, found, "'a file'")).toThrow(UserError);
  expect(() => matchWeights(network, found, "'a file'")).toThrow(
    "Expected the 4 tensors of small in 'a file' but 1 is missing (logits/bias [5]); " +
      '1 is of another shape (logits/kernel [5, 2] instead of [2, 5]); ' +
      '2 are in the file and not needed (fc8/kernel, fc8/bias). Give a file with the weights of small.',
  );
});

test('counts those that it does not list', () => {
  expect(() => matchWeights(network, new Map(), "'a file'")).toThrow(
    '4 are missing (conv/kernel [3, 3, 3, 2], conv/bias [2], logits/kernel [2, 5] and 1 more). Give',
  );
});
