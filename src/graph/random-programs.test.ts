import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { tf } from '../runtime/tensorflow.js';
import { compile } from './compile.js';
import { expectClose, normal } from './testing.js';

/** Smooth functions of square matrices, so that rounding does not turn into other results. */
const unary: readonly ((x: Tensor) => Tensor)[] = [
  tf.tanh,
  tf.sigmoid,
  tf.sin,
  tf.softplus,
  tf.elu,
  tf.neg,
  (x) => tf.transpose(x),
  (x) => tf.softmax(x),
  (x) => tf.reverse(x, 0),
  (x) => tf.reshape(tf.transpose(tf.reshape(x, [2, 2, 4]), [1, 0, 2]), [4, 4]),
  (x) => tf.sub(x, tf.mean(x, 0, true)),
  (x) => tf.concat([tf.slice(x, [2, 0], [2, 4]), tf.slice(x, [0, 0], [2, 4])]),
  (x) => tf.mul(x, 0.5),
  (x) => tf.sqrt(tf.add(tf.square(x), 1)),
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

/** Every value of a program, its inputs first and its result last. */
function valuesOf(steps: readonly Step[], inputs: readonly Tensor[]): Tensor[] {
  const values = [...inputs];
  const before = (back: number) => values[Math.max(0, values.length - 1 - back)]!;
  for (const { op, a, b } of steps) {
    const value =
      op < unary.length ? unary[op]!(before(a)) : binary[op - unary.length]!(before(a), before(b));
    values.push(value);
  }
  return values;
}

const run = (steps: readonly Step[], inputs: readonly Tensor[]) => valuesOf(steps, inputs).at(-1)!;

const largestOf = (tensors: readonly Tensor[]) =>
  Math.max(...tensors.map((tensor) => tf.max(tf.abs(tensor)).dataSync()[0]!));

it('random programs and their gradients give compiled what they give op by op', () => {
  const variable = tf.variable(normal([4, 4], 9));
  fc.assert(
    fc.property(program, fc.nat(1000), (steps, seed) => {
      tf.tidy(() => {
        const fn = (x: Tensor, y: Tensor) => {
          const y0 = run(steps, [variable, x, y]);
          // The sum of the inputs keeps TF.js from refusing programs that do not use them.
          const total = (a: Tensor, b: Tensor) =>
            tf.sum(tf.addN([run(steps, [variable, a, b]), a, b])) as Scalar;
          const gradients = tf.grads(total)([x, y]);
          variable.assign(tf.tanh(tf.add(variable, y0)));
          return [y0, ...gradients];
        };
        const inputs = [normal([4, 4], seed), normal([4, 4], seed + 1)] as const;
        const start = tf.clone(variable);
        const compiled = compile(fn);
        const actual = [...compiled(...inputs), ...compiled(...inputs)];
        variable.assign(start);
        const first = fn(...inputs);
        const within = largestOf([
          ...valuesOf(steps, [start, ...inputs]),
          ...valuesOf(steps, [variable, ...inputs]),
        ]);
        const expected = [...first, ...fn(...inputs)];
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
