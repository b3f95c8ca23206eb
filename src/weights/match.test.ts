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

test('names the first tensor that differs, with both shapes, and counts the others', () => {
  const found = new Map(
    Object.entries({ ...fitting, 'logits/kernel': of(5, 2), 'fc8/kernel': of(1), 'fc8/bias': of(1) }),
  );
  found.delete('logits/bias');
  expect(() => matchWeights(network, found, "'a file'")).toThrow(UserError);
  expect(() => matchWeights(network, found, "'a file'")).toThrow(
    "Expected 'logits/kernel' of shape [2, 5] for small in 'a file' but its shape is [5, 2]; of 4 tensors needed, " +
      "1 missing, 1 of another shape; 2 surplus (the first: 'fc8/kernel'). Give a file with the weights of small.",
  );
});

test('names the first tensor that is missing', () => {
  expect(() => matchWeights(network, new Map(), "'a file'")).toThrow(
    "Expected 'conv/kernel' of shape [3, 3, 3, 2] for small in 'a file' but there is none; of 4 tensors needed, " +
      '4 missing, 0 of another shape; 0 surplus. Give',
  );
});
