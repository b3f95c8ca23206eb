// # Convolution by hand
//
// Lay a small table of numbers on a larger one, multiply what lies on top of each other, add up, move on. Here you watch
// that happen on matrices that a pencil can follow, find a slip on a slide without computing anything, and see the same
// sum as a matrix product. Runs in a second.

import {
  averagePool,
  convolutionLayer,
  convolve,
  convolve1d,
  crossCorrelate,
  crossCorrelate1d,
  crossCorrelateChannels,
  filters,
  im2col,
  kernelsAsColumns,
  matrix,
  matrixProduct,
  maxPool,
  rotate180,
  toeplitzMatrix,
} from '../src/arithmetic/index.js';
import { openLesson } from './page/lesson.js';
import { movableKernel } from './page/movable-kernel.js';

const lesson = openLesson(import.meta.url);

// ## One place of the window
//
// The input $x$ has five rows and five columns, the kernel $k$ three and three. What is the first number that comes out?

const x = matrix('1 0 0 0 1 / -1 0 2 1 2 / 1 0 -2 0 -1 / 1 1 0 0 2 / -2 0 3 0 0');
const k = matrix('1 0 2 / -1 1 1 / 0 2 1');
const y = crossCorrelate(x, k);

lesson.matrices(
  'The kernel at its first place, and the number that it gives there.',
  [
    { x: { values: x, frames: [{ row: 0, column: 0, height: 3, width: 3 }] } },
    '⋆',
    { k },
    '=',
    { y: { values: y, frames: [{ row: 0, column: 0, height: 1, width: 1 }] } },
  ],
);

// In the frame stand nine numbers of $x$, under them the nine of $k$: 1·1 + 0·0 + 0·2 + (−1)·(−1) + 0·1 + 2·1 + 1·0 + 0·2 +
// (−2)·1 = 2. The kernel fits in three places across and three down, so nine numbers come out:
//
// $$ y(r, c) = \sum_{a} \sum_{b} x(r + a,\; c + b)\; k(a, b) $$
//
// Here $r$ and $c$ are the row and the column of the output, $a$ and $b$ those of the kernel, all counted from 0. This is
// **cross-correlation**. Networks call it convolution (Goodfellow, Bengio & Courville, *Deep Learning*, 2016, equation 9.6).
//
// ## Stride 2, and a slip on a slide
//
// With a stride of 2 the kernel moves on by two. Before you compute: which of the nine numbers stay?

const strided = crossCorrelate(x, k, { stride: 2 });

lesson.matrices('Stride 2 keeps the corners of stride 1.', [
  {
    'stride 1': {
      values: y,
      frames: [0, 2].flatMap((row) =>
        [0, 2].map((column) => ({ row, column, height: 1, width: 1 })),
      ),
    },
    'stride 2': strided,
  },
]);

// It keeps every second number, down and across. The slide that this example comes from prints −2 in the upper right corner of the stride-2 result. That cannot be: the
// upper right number of stride 2 *is* the upper right number of stride 1, and that is

lesson.print(
  'upper right, stride 1:',
  y[0]![2]!,
  '   upper right, stride 2:',
  strided[0]![1]!,
);

// So the slide has an erratum, and a rule found it that needs no arithmetic. When a result can be had in two ways, compare them.
//
// ## True convolution turns the kernel
//
// $$ y(r, c) = \sum_{a} \sum_{b} x(r - a,\; c - b)\; k(a, b) $$
//
// The minus signs turn the kernel by 180° before it is laid on the picture. Signal processing prefers this form, because then
// $x * k = k * x$. A network learns its kernels, and learns a turned one as easily as another: that is why nobody minds the name.

lesson.matrices('The same input, the kernel turned first.', [
  { k, 'k turned by 180°': rotate180(k), 'true convolution': convolve(x, k) },
]);

// In one dimension you can read the difference off at once. Does the order of the two matter?

const [signal, step] = [
  [3, 4, 5],
  [1, 2],
];

lesson.print(
  'cross-correlation, full:',
  crossCorrelate1d(signal, step, { padding: 'full' }).join(' '),
);
lesson.print(
  'with the two exchanged: ',
  crossCorrelate1d(step, signal, { padding: 'full' }).join(' '),
);
lesson.print(
  'convolution, full:      ',
  convolve1d(signal, step, { padding: 'full' }).join(' '),
);
lesson.print(
  'with the two exchanged: ',
  convolve1d(step, signal, { padding: 'full' }).join(' '),
);

// *Full* means every place where the two overlap at all; *valid* only those where the kernel lies wholly inside, *same* as many
// as the input has values. Three ways:

lesson.table(
  '3 4 5 convolved with 1 2.',
  ['padding', 'result'],
  [
    ...(['full', 'same', 'valid'] as const).map((padding) => [
      padding,
      convolve1d(signal, step, { padding }).join(' '),
    ]),
  ],
);

// In two dimensions the same three, on a picture of 3×3 and a kernel of 2×2:

const square = matrix('1 2 3 / 4 5 6 / 7 8 9');
const corner = matrix('1 0 / 0 -1');

lesson.matrices('Full, same and valid in two dimensions: true convolution.', [
  { square, corner },
  '→',
  {
    full: convolve(square, corner, { padding: 'full' }),
    same: convolve(square, corner, { padding: 'same' }),
    valid: convolve(square, corner),
  },
]);

// ## Several channels: add up
//
// A colour picture has three channels. Each channel has its own slice of the kernel, and the maps are added. To be able to check
// it: the same channel twice gives everything twice.

lesson.matrices('Two equal channels: twice the map.', [
  {
    'one channel': y,
    'sum over two channels': crossCorrelateChannels([x, x], [k, k]),
  },
]);

// ## One patch, one kernel, one number
//
// A patch of a photograph, bright above, dark below, and a kernel that asks "brighter on the left than on the right?" (Sobel's).
// What does it answer, and what would a pool say of the same patch?

const patch = matrix('200 150 150 / 100 50 100 / 25 25 10');
const answer = crossCorrelate(patch, filters.sobel);

lesson.matrices('What a kernel and two pools say of one patch.', [
  { patch, kernel: filters.sobel },
  '→',
  {
    answer,
    maximum: maxPool(patch, { size: 3 }),
    average: averagePool(patch, { size: 3 }),
  },
]);

lesson.print(
  'with a bias of 7:',
  convolutionLayer([patch], [[filters.sobel]], [7])[0]![0]![0]!,
);

// ## The same as one matrix product
//
// Write every patch as a row and the kernel as a column: one matrix product does all the sums at once. This is called *im2col*, and
// it is how convolutions are computed where fast matrix products are to be had (Chellapilla, Puri & Simard, 2006).

const { rows } = im2col([square], corner);
const column = kernelsAsColumns([[corner]]);

lesson.matrices('One patch a row, one output a row.', [
  { x: square, k: corner },
  '→',
  { patches: rows },
  '·',
  { kernel: column },
  '=',
  { outputs: matrixProduct(rows, column) },
]);

// Or leave the input alone and write the *kernel* as a matrix. Every diagonal holds one value: a **Toeplitz matrix**.

const toeplitz = toeplitzMatrix(step, signal.length);

lesson.matrices('The full convolution from above.', [
  { 'T of 1 2': toeplitz },
  '·',
  { signal: signal.map((value) => [value]) },
  '=',
  {
    convolution: matrixProduct(
      toeplitz,
      signal.map((value) => [value]),
    ),
  },
]);

// ## A kernel to change
//
// Change a number of the kernel, and see what comes out on the right. Try all zeros with a 1 in the middle, then the 1 somewhere else.

lesson.interactive(
  'The input of above, and what comes out under a kernel of yours.',
  movableKernel(x, k),
);

// ## Exercises
//
// 1. What does a kernel of zeros with a single 1 in the upper left corner do?
//
// <details><summary>Answer</summary>
//
// Every output is the input's number under that corner: the picture comes out unchanged, but moved up and to the left by one
// against a 1 in the middle. A kernel can move a picture.
//
// </details>
//
// 2. Replace `k` in the file by a kernel that is the same after a turn by 180°, say `0 1 0 / 1 -4 1 / 0 1 0`, and run again. What do
//    cross-correlation and convolution have to say to each other now?
//
// <details><summary>Answer</summary>
//
// They are equal: turning such a kernel changes nothing. Most blurs and the Laplacian are of this kind; Sobel's is not (the sign of
// the answer changes).
//
// </details>
//
// 3. Convolve 1 2 with 1 3 by hand, full. Where have you met these numbers?
//
// <details><summary>Answer</summary>
//
// 1 5 6, the coefficients of $(1 + 2x)(1 + 3x) = 1 + 5x + 6x^2$. Full convolution multiplies polynomials.
//
// </details>
//
// ## Read next
//
// V. Dumoulin & F. Visin, [A guide to convolution arithmetic for deep learning](https://arxiv.org/abs/1603.07285), 2016, has the
// pictures in motion. The functions used here are in `src/arithmetic/convolution.ts`, each with its formula. The next lesson asks how
// large the result is.

export default lesson;
