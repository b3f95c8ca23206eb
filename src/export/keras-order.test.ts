import { expect, test } from 'vitest';
import { inKerasOrder } from './keras-order.js';

test("layers of one distance come as a walk from the output meets them, as in Keras' own model.layers", () => {
  const layers = Object.entries({
    input: [],
    a: ['input'],
    b: ['input'],
    c: ['b'],
    d: ['input'],
    sum: ['d', 'c', 'a'],
    e: ['sum'],
    f: ['d'],
    out: ['e', 'f', 'input'],
  }).map(([name, inputs]) => ({ name, inputs }));
  const names = (list: typeof layers) => inKerasOrder(list).map(({ name }) => name);
  // [layer.name for layer in keras.Model(input, out).layers], Keras 3.15.1
  const theirs = ['input', 'b', 'd', 'c', 'a', 'sum', 'e', 'f', 'out'];
  expect(names(layers)).toEqual(theirs);
  expect(names(theirs.map((name) => layers.find((layer) => layer.name === name)!))).toEqual(theirs);
  expect(names(layers.toSpliced(-1, 0, { name: 'unread', inputs: ['a'] }))).toEqual(theirs);
  expect(names([])).toEqual([]);
});
