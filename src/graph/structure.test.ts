import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Tensor } from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { tf } from '../runtime/tensorflow.js';
import { executeOp } from './backend.js';
import { compile, compileTogether } from './compile.js';
import { DataType } from './graph-def.js';
import { flatten } from './structure.js';
import type { TensorFunction } from './trace.js';

const x = tf.tensor1d([1, 2, 3]);
const values = (tensor: unknown) => Array.from((tensor as Tensor).dataSync());

describe('inputs and results', () => {
  it('may be nested in arrays and objects, and results may be missing', () => {
    const fn = ({ a, b: [c] }: { a: Tensor; b: [Tensor] }) => ({
      sum: tf.add(a, c),
      list: [[a], { again: c }] as const,
      nothing: undefined,
    });
    const nested = compile(fn);
    for (const scale of [1, 2]) {
      const result = nested({ a: x, b: [tf.mul(x, scale)] });
      expect(values(result.sum)).toEqual([1, 2, 3].map((value) => value * (1 + scale)));
      expect(values(result.list[0][0])).toEqual([1, 2, 3]);
      expect(values(result.list[1].again)).toEqual([1, 2, 3].map((value) => value * scale));
      expect(Object.keys(result)).toEqual(['sum', 'list', 'nothing']);
    }
    expect(nested.traces).toBe(1);
    nested.dispose();
  });

  it('of other structures are other traces', () => {
    const inputs = [[x], { a: x }, { b: x }, { a: x, b: x }, [x, x], [[x], x], [[x, x]], undefined, null];
    const keys = inputs.map((input) => flatten([input], '', 'input').key);
    expect(new Set(keys).size).toBe(inputs.length);
    expect(flatten([{ a: tf.zeros([3]) }], '', 'input').key).toBe(keys[1]);
    const optional = compile((a: Tensor, b?: Tensor) => (b ? tf.add(a, b) : tf.neg(a)));
    expect(values(optional(x))).toEqual([-1, -2, -3]);
    expect(values(optional(x, undefined))).toEqual([-1, -2, -3]);
    expect(values(optional(x, x))).toEqual([2, 4, 6]);
    optional.dispose();
  });

  it('a function without result updates variables all the same', () => {
    const count = tf.variable(tf.scalar(0));
    const step = compile((by: Tensor) => {
      count.assign(tf.add(count, by));
    });
    expect(step(tf.scalar(2))).toBeUndefined();
    step(tf.scalar(3));
    step.pull();
    expect(values(count)).toEqual([5]);
    const nothing = compile(() => {});
    expect(nothing()).toBeUndefined();
    for (const compiled of [step, nothing]) compiled.dispose();
  });

  it.each<[string, TensorFunction, unknown[], RegExp]>([
    ['a number', (a, k) => tf.mul(a, k), [x, 2], /the number 2 in input\[1\]: pass tf\.scalar\(2\)/],
    ['an array', (a) => tf.mul(a, 2), [[1, 2]], /an array of numbers in input\[0\]: pass tf\.tensor/],
    ['typed values', (a) => tf.mul(a, 2), [new Float32Array(2)], /an array of numbers in input\[0\]/],
    ['a boolean', (a, b) => (b ? a : tf.neg(a)), [x, { b: true }], /true in input\[1\]\.b: write it into/],
    ['a string', (a) => a, [x, 'same'], /the string "same" in input\[1\]/],
    [
      'a Map',
      (m) => m,
      [new Map([['x', x]])],
      /an object of class Map in input\[0\]: pass the tensors in it/,
    ],
    ['a disposed tensor', (a) => tf.neg(a), [disposed()], /one has been disposed of/],
    [
      'a number as result',
      (() => ({ n: 3 })) as never,
      [],
      /the number 3 in result\.n: return tf\.scalar\(3\)/,
    ],
    ['a function as result', (() => () => x) as never, [], /a function: return what it computes/],
    [
      'a promise in a result',
      (() => [Promise.resolve(x)]) as never,
      [],
      /a promise in result\[0\].*cannot wait/,
    ],
  ])('%s is refused in one line that says what to do', (_, fn, inputs, message) => {
    const compiled = compile(fn);
    const before = tf.memory().numTensors;
    expect(() => compiled(...inputs)).toThrow(message);
    expect(() => compiled(...inputs)).toThrow(/^[^\n]+$/);
    expect(tf.memory().numTensors).toBe(before);
    compiled.dispose();
  });

  it('what is no function is refused when it is given', () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
    expect(() => compile(model as never)).toThrow(/of class Sequential: pass \(x\) => model\.apply\(x\)/);
    expect(() => compile(null as never)).toThrow(/a function to compile but received null/);
    expect(() => compileTogether({ a: 3 as never })).toThrow(/a to be a function to compile but received 3/);
  });
});

it('strings are refused, which a session would lose', () => {
  const text = tf.tensor1d(['a text of more than 22 bytes']);
  const rated = tf.variable(tf.tensor1d(['a']));
  const cases: [TensorFunction, unknown[]][] = [
    [(s: Tensor) => tf.reshape(s, [1]), [text]],
    [(a: Tensor) => [a, tf.tensor1d(['b'])], [x]],
    [(a: Tensor) => [a, tf.reshape(text, [1])], [x]],
    [(a: Tensor) => [a, tf.reshape(rated, [1])], [x]],
    [(a: Tensor) => executeOp('AsString', [a], { T: { type: DataType.float32 } })[0], [x]],
  ];
  for (const [fn, inputs] of cases) {
    const compiled = compile(fn, { constants: [text] });
    expect(() => compiled(...inputs)).toThrow(/handles strings\. Instead, keep them outside/);
    compiled.dispose();
  }
  rated.dispose();
});

it('names of any kind serve as names of functions', () => {
  const { functions, dispose } = compileTogether({
    'a step-1': (a: Tensor) => tf.mul(a, 2),
    'é,:0': (a: Tensor) => tf.mul(a, 3),
    _: (a: Tensor) => tf.mul(a, 4),
  });
  const results = Object.values(functions).map((fn) => values(fn(x))[0]);
  expect(results).toEqual([2, 3, 4]);
  dispose();
});

it('refused async functions and reads that nobody awaits end no program', () => {
  const graph = fileURLToPath(new URL('../../dist/graph/index.js', import.meta.url));
  const program = `
    import { compile, tf } from ${JSON.stringify(graph)};
    const said = [];
    for (const fn of [
      async (x) => tf.scalar((await x.array())[0]),
      async (x) => { await null; return tf.neg(x); },
      async () => { throw new Error('of the function itself'); },
      (x) => { x.data().then(() => {}); return x; },
      (x) => { try { x.dataSync(); } catch {} return x; },
    ]) {
      try { compile(fn)(tf.ones([2])); } catch (error) { said.push(error.name + ' ' + /promise|reads/.exec(error.message)[0]); }
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
    console.log(said.join());`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  const promise = 'UserError promise';
  const reads = 'UserError reads';
  expect({ status, stdout, stderr }).toEqual({
    status: 0,
    stdout: `${[promise, promise, promise, reads, reads].join()}\n`,
    stderr: '',
  });
});

function disposed(): Tensor {
  const tensor = tf.ones([2]);
  tensor.dispose();
  return tensor;
}
