/** Values of every type, NaN and infinities among them, come out of compiled ops as they do op by op. */
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { tf } from '../runtime/tensorflow.js';
import { compile } from './compile.js';

type Op = (x: Tensor2D) => Tensor;

const unary =
  'abs acosh asin asinh atan atanh ceil cos cosh elu erf exp expm1 floor isFinite isInf isNaN leakyRelu log log1p ' +
  'logicalNot logSigmoid neg reciprocal relu relu6 rsqrt selu sigmoid sign sin sinh softplus sqrt square step tan ' +
  'tanh softmax logSoftmax transpose zerosLike onesLike cumsum cumprod norm logSumExp';
const reductions = 'mean sum min max prod all any argMax argMin logSumExp';
const binary =
  'add sub mul div divNoNan floorDiv maximum minimum mod pow squaredDifference atan2 equal notEqual greater ' +
  'greaterEqual less lessEqual logicalAnd logicalOr logicalXor prelu matMul';

const functions = tf as unknown as Record<string, (...args: unknown[]) => Tensor>;
const named = (names: string, ...args: unknown[]) =>
  names
    .split(' ')
    .map((name): [string, Op] => [[name, ...args].join(' '), (x) => functions[name]!(x, ...args)]);

const picture = (x: Tensor2D) => tf.reshape(x, [1, 4, 4, 1]) as Tensor4D;
const convolved = (x: Tensor2D) =>
  tf.add(tf.conv2d(picture(x), tf.ones([2, 2, 1, 3]) as Tensor4D, 1, 'same'), tf.tensor1d([0, 1, 2]));
const depthwise = (x: Tensor2D) =>
  tf.add(
    tf.depthwiseConv2d(picture(x), tf.ones([2, 2, 1, 3]) as Tensor4D, 1, 'same'),
    tf.tensor1d([0, 1, 2]),
  );
const dense = (x: Tensor2D) => tf.add(tf.matMul(x, tf.ones([4, 3])), tf.tensor1d([0, 1, 2]));
const activations = [tf.relu, tf.relu6, tf.elu, tf.leakyRelu, tf.sigmoid, tf.tanh, tf.softmax] as const;

const ops = new Map<string, Op>([
  ...named(unary),
  ...named(reductions),
  ...named(reductions, 0),
  ...named(reductions, 1, true),
  ...named('moments').map(([name, op]): [string, Op] => [
    name,
    (x) => (op(x) as unknown as { variance: Tensor }).variance,
  ]),
  ...named(binary, 0).map(([name]): [string, Op] => {
    const fn = functions[name.split(' ')[0]!]!;
    return [name, (x) => fn(x, tf.reverse(x, 0))];
  }),
  ...[convolved, depthwise, dense].flatMap((before) =>
    activations.map((activation): [string, Op] => [
      `${before.name} ${activation.name}`,
      (x) => activation(before(x)),
    ]),
  ),
  ['maximal pool', (x) => tf.maxPool(picture(x), 2, 1, 'same')],
  ['average pool', (x) => tf.avgPool(picture(x), 2, 1, 'same')],
  ['cross-entropy', (x) => tf.losses.softmaxCrossEntropy(tf.eye(4), x)],
  ['clip', (x) => tf.clipByValue(x, -1, 1)],
  ['where', (x) => tf.where(tf.greater(x, 0), x, tf.neg(x))],
  ['gradient of softmax', (x) => tf.grad((a) => tf.sum(tf.square(tf.softmax(a))))(x)],
  ['gradient of tanh', (x) => tf.grad((a) => tf.sum(tf.tanh(a)))(x)],
  ['gradient of mean', (x) => tf.grad((a) => tf.mean(a))(x)],
]);

const [nan, infinity] = [Number.NaN, Infinity];
const inputs: Record<string, () => Tensor> = {
  'NaN among numbers': () => tf.tensor([1, nan, 2, 3, nan, 1, 0, -1, 1, 2, nan, nan, 0, 5, 1, 4], [4, 4]),
  infinities: () =>
    tf.tensor([1, infinity, 2, 3, -infinity, 1, 0, -1, 1, -2, infinity, -infinity, 0, 5, 1, 1e38], [4, 4]),
  'rows of −∞': () => tf.fill([4, 4], -infinity),
  'zeros and halves': () =>
    tf.tensor([0, -0, 0, 0, -1, 1, 0, -1, 0.5, 2.5, -0.5, -2.5, 1.5, 5, 1, 9], [4, 4]),
  'whole numbers': () => tf.tensor([1, -3, 2, 3, 0, 1, 0, -1, 1, 2, 7, 9, 0, 5, 1, 2], [4, 4], 'int32'),
  truths: () => tf.tensor([1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0], [4, 4], 'bool'),
};

describe('ops give compiled what they give op by op, for', () => {
  it.each(Object.keys(inputs))('%s', (name) => {
    tf.tidy(() => {
      const x = inputs[name]!() as Tensor2D;
      // Of clones: TF.js' tf.exp disposes of int32 inputs.
      const expected = new Map<string, Tensor>();
      for (const [op, fn] of ops) {
        try {
          expected.set(op, fn(tf.clone(x)));
        } catch {
          // Not for this type.
        }
      }
      const compiled = compile((a: Tensor2D) =>
        Object.fromEntries([...expected.keys()].map((op) => [op, ops.get(op)!(tf.clone(a))])),
      );
      const actual = compiled(x);
      const different = [...expected].filter(([op, tensor]) => !same(actual[op]!, tensor)).map(([op]) => op);
      compiled.dispose();
      expect(different).toEqual([]);
      expect(expected.size).toBeGreaterThan(x.dtype === 'float32' ? 100 : 40);
    });
  });
});

it('means and moments of whole numbers and of truths', () => {
  const fn = (x: Tensor) => [tf.mean(x), tf.mean(x, 1), tf.moments(x).variance];
  const compiled = compile(fn);
  for (const x of [inputs['whole numbers']!(), inputs['truths']!()]) {
    const results = compiled(x);
    results.forEach((result, i) => expect(same(result, fn(x)[i]!)).toBe(true));
    expect(results.map(({ dtype }) => dtype)).toEqual(['float32', 'float32', 'float32']);
  }
  compiled.dispose();
});

it('a NaN makes the whole softmax NaN', () => {
  const compiled = compile((x: Tensor1D) => tf.softmax(x));
  const of = (values: number[]) => Array.from(compiled(tf.tensor1d(values)).dataSync());
  expect(of([2, 1, nan])).toEqual([nan, nan, nan]);
  expect(of([nan, 1, 2])).toEqual([nan, nan, nan]);
  expect(of([0, -infinity, 0])).toEqual([0.5, 0, 0.5]);
  expect(of([1000, 0, 1000])).toEqual([0.5, 0, 0.5]);
  compiled.dispose();
});

it('a fractional seed is cut off, as op by op', () => {
  const x = tf.tensor1d([1, 2, 3]);
  const [fractional, whole] = [3.14, 3].map((seed) =>
    compile((logits: Tensor1D) => tf.multinomial(logits, 50, seed)),
  );
  const [a, b] = [fractional!(x), whole!(x)];
  expect(Array.from(a.dataSync())).toEqual(Array.from(b.dataSync()));
  expect(new Set(a.dataSync()).size).toBeGreaterThan(1);
  fractional!.dispose();
  whole!.dispose();
});

function same(a: Tensor, b: Tensor): boolean {
  if (a.dtype !== b.dtype || a.shape.join() !== b.shape.join()) return false;
  const [x, y] = [a.dataSync(), b.dataSync()];
  return x.every((value, i) => {
    const other = y[i]!;
    if (value === other || (Number.isNaN(value) && Number.isNaN(other))) return true;
    return Math.abs(value - other) <= 1e-5 * Math.max(1, Math.abs(other));
  });
}
