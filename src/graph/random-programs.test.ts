import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { tf } from '../runtime/tensorflow.js';
import { compile } from './compile.js';
import { flatten } from './structure.js';
import { expectClose, normal } from '../../test/helpers/tensors.js';

/**
 * Smooth functions of square matrices, so that rounding does not turn into other results; what is not smooth is
 * computed of whole numbers.
 */
const unary: readonly ((x: Tensor, whole: Tensor1D) => Tensor)[] = [
  (x) => tf.tanh(x),
  (x) => tf.sigmoid(x),
  (x) => tf.sin(x),
  (x) => tf.softplus(x),
  (x) => tf.elu(x),
  (x) => tf.neg(x),
  (x) => tf.transpose(x),
  (x) => tf.softmax(x),
  (x) => tf.reverse(x, 0),
  (x) => tf.reshape(tf.transpose(tf.reshape(x, [2, 2, 4]), [1, 0, 2]), [4, 4]),
  (x) => tf.sub(x, tf.mean(x, 0, true)),
  (x) => tf.concat([tf.slice(x, [2, 0], [2, 4]), tf.slice(x, [0, 0], [2, 4])]),
  (x) => tf.mul(x, 0.5),
  (x) => tf.sqrt(tf.add(tf.square(x), 1)),
  (x, whole) => tf.gather(x, whole),
  (x, whole) => tf.gather(x, whole, 1),
  (x, whole) => tf.add(x, tf.gather(x, tf.argMax(whole))),
  (x, whole) => tf.mul(x, tf.mean(whole)),
  (x, whole) => tf.where(tf.greater(whole, tf.mean(whole)), x, tf.neg(x)),
];

const binary: readonly ((a: Tensor, b: Tensor) => Tensor)[] = [
  tf.add,
  tf.sub,
  tf.mul,
  (a, b) => tf.div(a, tf.add(tf.square(b), 1)),
  (a, b) => tf.tanh(tf.matMul(a as Tensor2D, b as Tensor2D)),
  (a, b) => tf.squaredDifference(tf.sin(a), tf.sin(b)),
  (a, b) => tf.add(a, tf.sum(b, 1)),
];

interface Step {
  readonly op: number;
  readonly a: number;
  readonly b: number;
}

/** A program: each step applies an op to values from before, numbered from the last. */
const program = fc.array(
  fc.record({ op: fc.nat(unary.length + binary.length - 1), a: fc.nat(4), b: fc.nat(4) }),
  { minLength: 1, maxLength: 12 },
);

const wholeNumbers = fc.array(fc.nat(3), { minLength: 4, maxLength: 4 });

/** Every value of a program, its inputs first and its result last. */
function valuesOf(steps: readonly Step[], inputs: readonly Tensor[], whole: Tensor1D): Tensor[] {
  const values = [...inputs];
  const before = (back: number) => values[Math.max(0, values.length - 1 - back)]!;
  for (const { op, a, b } of steps) {
    const value =
      op < unary.length ? unary[op]!(before(a), whole) : binary[op - unary.length]!(before(a), before(b));
    values.push(value);
  }
  return values;
}

const run = (steps: readonly Step[], inputs: readonly Tensor[], whole: Tensor1D) =>
  valuesOf(steps, inputs, whole).at(-1)!;

const largestOf = (tensors: readonly Tensor[]) =>
  Math.max(...tensors.map((tensor) => tf.max(tf.abs(tensor)).dataSync()[0]!));

it('random programs and their gradients give compiled what they give op by op', () => {
  const variable = tf.variable(normal([4, 4], 9));
  fc.assert(
    fc.property(program, fc.nat(1000), wholeNumbers, (steps, seed, four) => {
      tf.tidy(() => {
        const whole = tf.tensor1d(four, 'int32');
        const fn = ({ x, whole: i }: { x: Tensor; whole: Tensor1D }, [y]: [Tensor]) => {
          const y0 = run(steps, [variable, x, y], i);
          // The sum of the inputs keeps TF.js from refusing programs that do not use them.
          const total = (a: Tensor, b: Tensor) =>
            tf.sum(tf.addN([run(steps, [variable, a, b], i), a, b])) as Scalar;
          const gradients = tf.grads(total)([x, y]);
          variable.assign(tf.tanh(tf.add(variable, y0)));
          return { y0, gradients: [...gradients, { i }] as const };
        };
        const inputs = [normal([4, 4], seed), normal([4, 4], seed + 1)] as const;
        const given = [{ x: inputs[0], whole }, [inputs[1]]] as Parameters<typeof fn>;
        const flat = (result: ReturnType<typeof fn>) => flatten(result, '', 'result').tensors;
        const start = tf.clone(variable);
        const compiled = compile(fn);
        const actual = [...flat(compiled(...given)), ...flat(compiled(...given))];
        variable.assign(start);
        const first = flat(fn(...given));
        const within = largestOf([
          ...valuesOf(steps, [start, ...inputs], whole),
          ...valuesOf(steps, [variable, ...inputs], whole),
        ]);
        const expected = [...first, ...flat(fn(...given))];
        const after = tf.clone(variable);
        // What cancels leaves rounding of the size of what it was made from, not of the result.
        const scale = Math.max(1, within, largestOf(expected));
        expectClose(actual, expected, 1e-4, scale);
        compiled.pull();
        expectClose([variable], [after], 1e-4, scale);
        compiled.dispose();
      });
    }),
    { numRuns: 60 },
  );
  expect(variable.isDisposed).toBe(false);
});
