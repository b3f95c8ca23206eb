// # The backward pass of a convolution
//
// A network learns by asking every number how much it contributed to the loss. For a convolution the answer is again a convolution. You
// will compute both gradients by hand, see why one is the other turned by 180°, and hold them against TensorFlow's automatic differentiation. Runs in
// a few seconds, most of which TensorFlow takes to start.

import {
  convolutionMatrix,
  convolve,
  crossCorrelate,
  grid,
  inputGradient,
  kernelGradient,
  type Matrix,
  matrix,
  matrixProduct,
  pad,
  transpose,
} from '../src/arithmetic/index.js';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs';
import { Random } from '../src/runtime/random.js';
import { tf } from '../src/runtime/tensorflow.js';
import { openLesson } from './page/lesson.js';

const lesson = openLesson(import.meta.url);

// ## Forward
//
// $X$ holds 1 … 9, $K$ holds 9 … 1. Two rows of zeros below and two columns on the right keep the size, so three rows and columns come out.

const X = matrix('1 2 3 / 4 5 6 / 7 8 9');
const K = matrix('9 8 7 / 6 5 4 / 3 2 1');
const sides = { top: 0, bottom: 2, left: 0, right: 2 };
const Y = crossCorrelate(X, K, { padding: sides });

lesson.matrices(
  'The forward pass; only the first place has no zero under the kernel.',
  [{ 'X with its zeros': pad(X, sides) }, '⋆', { K }, '=', { Y }],
);

// ## Backward
//
// Let the loss $L$ be the sum of all nine outputs, so that the gradient that arrives, $G = \partial L / \partial Y$, is one everywhere. Each
// weight of the kernel meets every output once. Which weight contributed most? Look at $X$ and guess the corner.
//
// $$ \frac{\partial L}{\partial K(a, b)} = \sum_{r} \sum_{c} G(r, c)\; X(r + a,\; c + b) $$
//
// $$ \frac{\partial L}{\partial X(i, j)} = \sum_{r} \sum_{c} G(r, c)\; K(i - r,\; j - c) $$
//
// The first is the **cross-correlation** of the padded input with $G$. The second has minus signs: it is the full, true **convolution** of $G$ with
// the kernel, less what fell on the padding (Goodfellow, Bengio & Courville, *Deep Learning*, 2016, equations 9.11 and 9.13).

const G = matrix('1 1 1 / 1 1 1 / 1 1 1');
const dK = kernelGradient(X, K, G, { padding: sides });
const dX = inputGradient(X, K, G, { padding: sides });

lesson.matrices('Both gradients.', [{ G }, '→', { '∂L/∂K': dK, '∂L/∂X': dX }]);

// The upper left weight contributed most: it met all nine inputs, 1 + … + 9 = 45. Now look again: one is the other turned by 180°. Why? Because $K$ is $X$ turned by 180°, and the two formulas do the same to both, one with plus
// and one with minus signs. That is the **duality** of cross-correlation and convolution in one picture.
//
// ## By hand, in two lines
//
// The library's functions hide nothing. The two formulas, written out:

const dKByHand = crossCorrelate(pad(X, sides), G);
const dXByHand = convolve(G, K, { padding: 'full' })
  .slice(0, 3)
  .map((row) => row.slice(0, 3));

lesson.print('kernel: largest difference', largestDifference(dK, dKByHand));
lesson.print('input:  largest difference', largestDifference(dX, dXByHand));

function largestDifference(a: Matrix, b: Matrix): number {
  return Math.max(
    ...a.flatMap((row, r) => row.map((value, c) => Math.abs(value - b[r]![c]!))),
  );
}

// ## Against automatic differentiation
//
// TensorFlow knows nothing of these formulas' derivation here: it records the operations and differentiates them.

const asTensor = (map: Matrix) =>
  tf.tensor4d(map.flat(), [1, map.length, map[0]!.length, 1]);
const asKernel = (map: Matrix) =>
  tf.tensor4d(map.flat(), [map.length, map[0]!.length, 1, 1]);
const toMatrix = (values: Iterable<number>, width: number): Matrix => {
  const flat = [...values];
  return grid(
    flat.length / width,
    width,
    (row, column) => flat[row * width + column]!,
  );
};

function automatic(x: Matrix, k: Matrix, g: Matrix) {
  const loss = (input: Tensor, kernel: Tensor) => {
    const padded = tf.pad(input, [
      [0, 0],
      [0, 2],
      [0, 2],
      [0, 0],
    ]) as Tensor4D;
    const y = tf.conv2d(padded, kernel as Tensor4D, 1, 'valid');
    return tf.sum(tf.mul(y, asTensor(g)));
  };
  const [dX, dK] = tf.tidy(() => tf.grads(loss)([asTensor(x), asKernel(k)]));
  return {
    dX: toMatrix(dX!.dataSync(), x[0]!.length),
    dK: toMatrix(dK!.dataSync(), k[0]!.length),
  };
}

const theirs = automatic(X, K, G);

lesson.matrices('What automatic differentiation finds.', [
  { '∂L/∂K, automatic': theirs.dK, '∂L/∂X, automatic': theirs.dX },
]);

// One case proves little: the numbers 1 … 9 could hide a mistake. So the same on random inputs, kernels and arriving gradients:

const random = new Random(1);
const randomMatrix = (size: number) => grid(size, size, () => random.below(19) - 9);
const cases = lesson.quick ? 20 : 200;
const differences = Array.from({ length: cases }, () => {
  const [x, k, g] = [randomMatrix(7), randomMatrix(3), randomMatrix(7)];
  const other = automatic(x, k, g);
  return Math.max(
    largestDifference(kernelGradient(x, k, g, { padding: sides }), other.dK),
    largestDifference(inputGradient(x, k, g, { padding: sides }), other.dX),
  );
});

lesson.print(`${cases} random cases: largest difference`, Math.max(...differences));

// ## Why: the transpose
//
// Write the convolution as a matrix $T$, so that $y = T x$ (lesson 3). The chain rule for a matrix product is short: the gradient for $x$ is
// $T^{\mathsf T} g$. A row of $T$ holds the kernel in reading order; a *column* of $T$, from top to bottom, meets it backwards. So the transpose
// turns the kernel by 180°, and cross-correlation into convolution.

const T = convolutionMatrix(K, { height: 3, width: 3 }, { padding: sides });
const back = matrixProduct(
  transpose(T),
  G.flat().map((value) => [value]),
);

lesson.matrices('T, nine outputs by nine inputs, and its transpose times G.', [
  { T },
  { 'Tᵀ · G, as a map': toMatrix(back.flat(), 3) },
]);

// The same says what a *transposed convolution* is, the layer that makes maps larger in segmentation networks: the backward pass of a convolution,
// used forwards.
//
// ## Exercises
//
// 1. What is the gradient for the bias, here?
//
// <details><summary>Answer</summary>
//
// 9: the bias is added to every output, so its gradient is the sum of $G$.
//
// </details>
//
// 2. Let $G$ be zero everywhere but in the middle, where it is 1. What are the two gradients?
//
// <details><summary>Answer</summary>
//
// For the kernel, the patch of the padded input under the middle place: 5 6 0 / 8 9 0 / 0 0 0. For the input, the kernel laid where that place
// is: 0 0 0 / 0 9 8 / 0 6 5. Change `G` in the file to see it: `npm run lesson 5`.
//
// </details>
//
// 3. Without padding, how large are the two gradients?
//
// <details><summary>Answer</summary>
//
// As large as what they belong to, always: the kernel's 3×3, the input's 3×3. Only $G$ is smaller, 1×1.
//
// </details>
//
// ## Read next
//
// `src/arithmetic/gradients.ts` does the same for strides and for several channels. A. Karpathy,
// [Yes you should understand backprop](https://karpathy.medium.com/yes-you-should-understand-backprop-e2f06eab496b), says why the effort pays.

export default lesson;
