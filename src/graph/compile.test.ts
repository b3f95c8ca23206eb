import fs from 'node:fs';
import os from 'node:os';
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { nativeBinding, tf } from '../runtime/tensorflow.js';
import { compile, compileTogether } from './compile.js';
import { expectClose, normal } from '../../test/helpers/tensors.js';
import { flatten, type Tensors } from './structure.js';
import type { TensorFunction } from './trace.js';

const image = (...shape: [number, number, number, number]) => normal(shape, 1) as Tensor4D;
const sum = (x: Tensor) => tf.sum(x) as Scalar;

/** The ops that the networks use, forward and backward; each runs with every one of its inputs. */
const table: Record<string, { fn: TensorFunction; inputs: () => Tensor[][] }> = {
  'convolution same': {
    fn: (x: Tensor4D, k: Tensor4D) => tf.conv2d(x, k, 1, 'same'),
    inputs: () => [
      [image(2, 8, 8, 3), image(3, 3, 3, 5)],
      [image(1, 5, 7, 2), image(5, 5, 2, 4)],
    ],
  },
  'convolution with stride, bias and relu': {
    fn: (x: Tensor4D, k: Tensor4D, b: Tensor1D) => tf.relu(tf.add(tf.conv2d(x, k, 2, 'valid'), b)),
    inputs: () => [[image(2, 9, 9, 3), image(3, 3, 3, 5), normal([5], 2)]],
  },
  'convolution gradients': {
    fn: (x: Tensor4D, k: Tensor4D) =>
      tf.grads((a, b) => sum(tf.square(tf.conv2d(a as Tensor4D, b as Tensor4D, 1, 'same'))))([x, k]),
    inputs: () => [[image(2, 6, 6, 3), image(3, 3, 3, 4)]],
  },
  depthwise: {
    fn: (x: Tensor4D, k: Tensor4D) => tf.depthwiseConv2d(x, k, 1, 'same'),
    inputs: () => [[image(2, 6, 6, 3), image(3, 3, 3, 1)]],
  },
  'depthwise gradients': {
    fn: (x: Tensor4D, k: Tensor4D) =>
      tf.grads((a, b) => sum(tf.square(tf.depthwiseConv2d(a as Tensor4D, b as Tensor4D, 1, 'same'))))([x, k]),
    inputs: () => [[image(2, 6, 6, 3), image(3, 3, 3, 1)]],
  },
  'max pool and gradient': {
    fn: (x: Tensor4D) => ({
      y: tf.maxPool(x, 2, 2, 'valid'),
      dx: tf.grad((a) => sum(tf.square(tf.maxPool(a as Tensor4D, 3, 2, 'same'))))(x),
    }),
    inputs: () => [[image(2, 8, 8, 3)], [image(1, 7, 5, 2)]],
  },
  'average pool and gradient': {
    fn: (x: Tensor4D) => ({
      y: tf.avgPool(x, 2, 2, 'valid'),
      dx: tf.grad((a) => sum(tf.square(tf.avgPool(a as Tensor4D, 2, 2, 'valid'))))(x),
    }),
    inputs: () => [[image(2, 8, 8, 3)]],
  },
  'padding, split and concatenation': {
    fn: (x: Tensor4D) => {
      const padded = tf.pad(
        x,
        [
          [0, 0],
          [1, 2],
          [0, 1],
          [0, 0],
        ],
        -1,
      );
      return tf.concat(tf.split(padded, 2, -1).reverse(), -1);
    },
    inputs: () => [[image(2, 4, 4, 6)]],
  },
  'batch normalisation': {
    fn: (x: Tensor4D, m: Tensor1D, v: Tensor1D, b: Tensor1D, g: Tensor1D) =>
      tf.batchNorm(x, m, tf.square(v), b, g, 1e-3),
    inputs: () => [[image(2, 4, 4, 3), ...[2, 3, 4, 5].map((seed) => normal([3], seed))]],
  },
  'batch normalisation gradients': {
    fn: (x: Tensor4D, m: Tensor1D, v: Tensor1D, b: Tensor1D, g: Tensor1D) =>
      tf.grads((a, bb, gg) =>
        sum(tf.square(tf.batchNorm(a as Tensor4D, m, tf.square(v), bb as Tensor1D, gg as Tensor1D, 1e-3))),
      )([x, b, g]),
    inputs: () => [[image(2, 4, 4, 3), ...[2, 3, 4, 5].map((seed) => normal([3], seed))]],
  },
  'local response normalisation and gradient': {
    fn: (x: Tensor4D) => ({
      y: tf.localResponseNormalization(x, 2, 1, 1e-2, 0.75),
      dx: tf.grad((a) => sum(tf.square(tf.localResponseNormalization(a as Tensor4D, 2, 1, 1e-2, 0.75))))(x),
    }),
    inputs: () => [[image(1, 3, 3, 8)]],
  },
  'dense layers': {
    fn: (x: Tensor2D, k: Tensor2D, b: Tensor1D) => tf.softmax(tf.add(tf.matMul(x, k), b)),
    inputs: () => [
      [normal([4, 6], 1), normal([6, 3], 2), normal([3], 3)],
      [normal([1, 6], 1), normal([6, 3], 2), normal([3], 3)],
    ],
  },
  'dense gradients': {
    fn: (x: Tensor2D, k: Tensor2D) =>
      tf.grads((a, b) => sum(tf.square(tf.tanh(tf.matMul(a as Tensor2D, b as Tensor2D)))))([x, k]),
    inputs: () => [[normal([4, 6], 1), normal([6, 3], 2)]],
  },
  activations: {
    fn: (x: Tensor) => [tf.relu(x), tf.relu6(x), tf.sigmoid(x), tf.tanh(x), tf.elu(x), tf.leakyRelu(x, 0.1)],
    inputs: () => [[normal([3, 5], 1)], [normal([2, 3, 4], 2)]],
  },
  'activation gradients': {
    fn: (x: Tensor) =>
      [tf.relu, tf.relu6, tf.sigmoid, tf.tanh, tf.elu, tf.softplus].map((f) =>
        tf.grad((a) => sum(tf.square(f(a))))(x),
      ),
    inputs: () => [[normal([3, 5], 1)]],
  },
  'gradients of gradients': {
    fn: (x: Tensor) =>
      [tf.tanh, tf.sigmoid, tf.relu].map((f) => {
        const slope = tf.grad((a) => sum(tf.square(f(a))));
        return tf.grad((a) => sum(tf.square(slope(a))))(x);
      }),
    inputs: () => [[normal([3, 5], 1)]],
  },
  'cross-entropy and accuracy': {
    fn: (logits: Tensor2D, labels: Tensor1D) => {
      const loss = (z: Tensor) => {
        const target = tf.oneHot(labels, 5, 0.9, 0.02);
        return tf.neg(tf.mean(tf.sum(tf.mul(target, tf.logSoftmax(z as Tensor2D)), 1))) as Scalar;
      };
      const right = tf.equal(tf.argMax(logits, 1), labels);
      return {
        loss: loss(logits),
        gradient: tf.grad(loss)(logits),
        right,
        count: tf.sum(tf.cast(right, 'int32')),
      };
    },
    inputs: () => [[normal([4, 5], 1), tf.tensor1d([0, 4, 2, 2], 'int32')]],
  },
  reductions: {
    fn: (x: Tensor) => [
      tf.mean(x, [1, 2]),
      tf.sum(x, 0),
      tf.max(x, -1),
      tf.min(x),
      tf.prod(x, 1),
      tf.argMin(x, 1),
      tf.moments(x).variance,
      tf.logSumExp(x, 2),
      tf.norm(x),
      tf.cumsum(x, 1),
      tf.topk(x, 2).indices,
      tf.grad((a) => sum(tf.square(tf.mean(a, [1, 2]))))(x),
    ],
    inputs: () => [[image(2, 4, 4, 3)]],
  },
  arithmetic: {
    fn: (a: Tensor, b: Tensor) => [
      tf.add(a, b),
      tf.sub(a, b),
      tf.mul(a, b),
      tf.div(a, b),
      tf.maximum(a, b),
      tf.minimum(a, b),
      tf.squaredDifference(a, b),
      tf.pow(tf.abs(a), 1.5),
      tf.exp(a),
      tf.log(tf.abs(b)),
      tf.sqrt(tf.abs(a)),
      tf.rsqrt(tf.abs(b)),
      tf.floor(a),
      tf.ceil(a),
      tf.round(a),
      tf.sign(a),
      tf.neg(a),
      tf.clipByValue(a, -1, 1),
      tf.addN([a, a]),
      tf.greater(a, b),
      tf.where(tf.less(a, b), a, b),
      tf.erf(a),
      tf.mod(a, b),
      tf.step(a),
    ],
    inputs: () => [
      [normal([3, 4], 1), normal([3, 4], 2)],
      [normal([2, 3, 4], 1), normal([4], 2)],
    ],
  },
  shapes: {
    fn: (x: Tensor4D) => [
      tf.reshape(x, [x.shape[0], -1]),
      tf.transpose(x, [0, 3, 1, 2]),
      tf.slice(x, [0, 1, 0, 0], [1, 2, 2, 1]),
      tf.stridedSlice(x, [0, 0], [2, 4], [1, 2]),
      tf.stack([x, x], 1),
      tf.unstack(x, 3)[1]!,
      tf.tile(x, [1, 2, 1, 1]),
      tf.reverse(x, 2),
      tf.expandDims(x, 1),
      tf.cast(tf.greater(x, 0), 'float32'),
      tf.zerosLike(x),
      tf.onesLike(x),
      tf.mirrorPad(
        x,
        [
          [0, 0],
          [1, 1],
          [1, 1],
          [0, 0],
        ],
        'reflect',
      ),
      tf.fill([2, 2], 3),
      tf.image.resizeBilinear(x, [6, 6]),
      tf.image.resizeNearestNeighbor(x, [2, 2]),
      tf.image.flipLeftRight(x),
    ],
    inputs: () => [[image(2, 4, 4, 3)]],
  },
  'ops that pick and place': {
    fn: (x: Tensor4D) => [
      tf.gatherND(
        x,
        tf.tensor2d(
          [
            [0, 1],
            [1, 2],
          ],
          [2, 2],
          'int32',
        ),
      ),
      tf.scatterND(tf.tensor2d([[1], [3]], [2, 1], 'int32'), tf.tensor1d([5, 6]), [5]),
      tf.spaceToBatchND(
        x,
        [2, 2],
        [
          [0, 0],
          [0, 0],
        ],
      ),
      tf.batchToSpaceND(
        tf.tile(x, [4, 1, 1, 1]),
        [2, 2],
        [
          [0, 0],
          [0, 0],
        ],
      ),
      tf.depthToSpace(tf.tile(x, [1, 1, 1, 4]), 2),
      tf.image.cropAndResize(x, tf.tensor2d([[0, 0, 0.5, 1]]), tf.tensor1d([1], 'int32'), [2, 3]),
      tf.einsum('bhwc,bhwd->cd', x, x),
      tf.unsortedSegmentSum(tf.reshape(x, [2, -1]), tf.tensor1d([1, 0], 'int32'), 3),
      tf.dilation2d(x, tf.ones([2, 2, 3]), 1, 'same'),
      tf.linspace(0, 1, 5),
      tf.range(0, 5, 2),
      tf.all(tf.greater(x, -9), 3),
      tf.any(tf.logicalNot(tf.logicalOr(tf.isNaN(x), tf.less(x, 1))), 3),
      tf.diag(tf.tensor1d([1, 2])),
      tf.broadcastTo(tf.scalar(2), [2, 2]),
      tf.real(tf.spectral.fft(tf.complex(tf.reshape(x, [-1]), tf.zeros([x.size])))),
    ],
    inputs: () => [[image(2, 4, 4, 3)]],
  },
};

describe('compiled functions equal the same functions run op by op', () => {
  for (const [name, { fn, inputs }] of Object.entries(table)) {
    it(name, () => {
      tf.tidy(() => {
        const compiled = compile(fn);
        for (const given of inputs()) {
          expectClose(flat(compiled(...given)), flat(fn(...given)));
          const others = given.map((x) => (x.dtype === 'float32' ? tf.mul(x, 0.5) : x));
          expectClose(flat(compiled(...others)), flat(fn(...others)));
        }
        expect(compiled.traces).toBe(inputs().length);
        compiled.dispose();
      });
    });
  }
});

function flat(tensors: Tensors): Tensor[] {
  return flatten(tensors, '', 'result').tensors;
}

describe('variables', () => {
  it('live in the session until pulled, and are set by pushing', () => {
    const count = tf.variable(tf.scalar(1));
    const increase = compile((by: Tensor) => {
      count.assign(tf.add(count, by) as Scalar);
      return tf.mul(count, 10);
    });
    const read = (x: Tensors) => (x as Tensor).dataSync()[0];
    expect(read(increase(tf.scalar(2)))).toBe(30);
    expect(read(increase(tf.scalar(2)))).toBe(50);
    expect(count.dataSync()[0]).toBe(1);
    increase.pull();
    expect(count.dataSync()[0]).toBe(5);
    count.assign(tf.scalar(0));
    increase.push();
    expect(read(increase(tf.scalar(1)))).toBe(10);
    expect(increase.variables).toEqual([count]);
    increase.dispose();
  });

  it('keep their values when another shape needs another trace, and are shared by functions', () => {
    const total = tf.variable(tf.scalar(0));
    const { functions, ...program } = compileTogether({
      add: (x: Tensor) => {
        total.assign(tf.add(total, tf.sum(x)) as Scalar);
        return x;
      },
      total: () => tf.mul(total, 1),
    });
    functions.add(tf.ones([2]));
    functions.add(tf.ones([3]));
    functions.add(tf.ones([2]));
    expect(functions.total().dataSync()[0]).toBe(7);
    program.dispose();
  });

  it('that start equal are told apart', () => {
    const start = tf.zeros([2]);
    const [a, b] = [tf.variable(start), tf.variable(start)];
    const step = compile(() => {
      a.assign(tf.add(a, 1));
      return tf.stack([a, b]);
    });
    step();
    expect(Array.from((step() as Tensor).dataSync())).toEqual([2, 2, 0, 0]);
    step.dispose();
  });

  it('large constants are stored once, whatever the traces', () => {
    const big = normal([64, 64], 1);
    const fn = (x: Tensor) => tf.matMul(x as Tensor2D, big as Tensor2D);
    const compiled = compile(fn, { constants: [big] });
    for (const rows of [1, 2, 1]) {
      const x = normal([rows, 64], rows);
      expectClose([compiled(x)], [fn(x)]);
    }
    expect(compiled.variables).toEqual([]);
    compiled.dispose();
  });
});

it('rounds whole numbers, which TensorFlow 2.17 and later turn to zeros op by op', () => {
  const round = compile((x: Tensor) => tf.round(x));
  expect(Array.from((round(tf.tensor1d([1, -2], 'int32')) as Tensor).dataSync())).toEqual([1, -2]);
  round.dispose();
});

describe('what cannot be traced is refused with a reason', () => {
  const outside = tf.tensor1d([1, 2]);
  const used = tf.add(outside, 0);
  const cases: [string, TensorFunction, RegExp][] = [
    ['reading values', (x: Tensor) => tf.mul(x, x.dataSync()[0]!), /reads a tensor's values/],
    ['a tensor from outside', (x: Tensor) => tf.mul(x, used), /reads a tensor from outside/],
    ['one that waits in JavaScript', (x: Tensor) => tf.mul(x, outside), /from outside.*constants/],
    ['dropout of TF.js', (x: Tensor) => tf.dropout(x, 0.5), /random numbers.*seed/],
    ['random weights', () => tf.randomNormal([2]), /random numbers/],
    ['a promise', (async (x: Tensor) => x) as unknown as TensorFunction, /a promise/],
    ['a number', (() => 3) as unknown as TensorFunction, /the number 3: return tf.scalar\(3\)/],
    ['new variables at every call', () => tf.variable(tf.scalar(1)), /create it outside/],
  ];
  for (const [name, fn, message] of cases) {
    it(name, () => {
      const x = tf.tensor1d([3, 4]);
      const compiled = compile(fn);
      expect(() => compiled(x)).toThrow(message);
      expect(Math.random()).toBeLessThan(1);
      expectClose([tf.mul(x, 2)], [tf.tensor1d([6, 8])]);
      compiled.dispose();
    });
  }
});

it('a compiled function inside another becomes part of it', () => {
  const inner = compile((x: Tensor) => tf.square(x));
  const outer = compile((x: Tensor) => tf.add(inner(x) as Tensor, 1));
  expect((outer(tf.scalar(3)) as Tensor).dataSync()[0]).toBe(10);
  expect(inner.traces).toBe(0);
  outer.dispose();
});

it('keeps no more traces than told', () => {
  const compiled = compile((x: Tensor) => tf.mul(x, 2), { maximumTraces: 2 });
  for (const size of [1, 2, 1, 3, 1]) compiled(tf.ones([size]));
  expect(compiled.traces).toBe(3);
  compiled(tf.ones([2]));
  expect(compiled.traces).toBe(4);
  compiled.dispose();
  expect(() => compiled(tf.ones([2]))).toThrow(/disposed/);
});

it('runs op by op where the backend has no sessions, and says so once', async () => {
  await tf.setBackend('cpu');
  try {
    const reasons: string[] = [];
    const compiled = compile((x: Tensor) => tf.mul(x, 2), { onEager: (reason) => reasons.push(reason) });
    expect((compiled(tf.scalar(2)) as Tensor).dataSync()[0]).toBe(4);
    expect(reasons).toEqual([expect.stringMatching(/cpu.*op by op/)]);
  } finally {
    await tf.setBackend('tensorflow');
  }
});

it('leaks no tensors, native memory, sessions or files over thousands of calls', () => {
  const files = () => fs.readdirSync(os.tmpdir()).filter((name) => name.startsWith('finetune-graph-'));
  const binding = nativeBinding();
  const x = normal([8, 16, 16, 3], 1) as Tensor4D;
  tf.add(x, 0).dispose();
  const weights = tf.variable(normal([3, 3, 3, 8], 2) as Tensor4D);
  const [tensors, sessions, before] = [tf.memory().numTensors, binding.getNumOfSavedModels(), files()];
  const compiled = compile((input: Tensor4D) => {
    const y = tf.conv2d(input, weights, 1, 'same');
    weights.assign(tf.mul(weights, 0.999));
    return { y, mean: tf.mean(y) };
  });
  tf.dispose(compiled(x));
  compiled.pull();
  const native = binding.getNumOfTensors();
  for (let i = 0; i < 500; i++) tf.dispose(compiled(x));
  const memory = process.memoryUsage.rss();
  for (let i = 0; i < 3000; i++) tf.dispose(compiled(x));
  compiled.pull();
  compiled.push();
  expect(process.memoryUsage.rss() - memory).toBeLessThan(50e6);
  expect(binding.getNumOfTensors()).toBe(native);
  expect(tf.memory().numTensors).toBe(tensors);
  compiled.dispose();
  expect(binding.getNumOfSavedModels()).toBe(sessions);
  expect(files()).toEqual(before);
});
