// # Parameters and multiplications
//
// Why not connect everything with everything? You will count what a fully connected layer and a convolution need for the same output,
// see one as a special case of the other, and watch the cost grow with the picture and with the window. Runs in a second.

import {
  convolutionLayer,
  convolutionMatrix,
  convolutionMultiplyAdds,
  convolutionParameters,
  crudeConvolutionCost,
  dense,
  denseAsKernels,
  denseMultiplyAdds,
  denseParameters,
  flatten,
  grid,
  matrix,
} from '../src/arithmetic/index.js';
import { openLesson } from './page/lesson.js';

const lesson = openLesson(import.meta.url);

// ## Two layers for one output
//
// A colour picture of 32×32 pixels goes in: 3,072 numbers. Out come six maps of 28×28: 4,704 numbers. How many weights does it take,
// when every output reads every input? And when six filters of 5×5 slide over the picture?

const inputs = 32 * 32 * 3;
const units = 28 * 28 * 6;
const sizes = { kernel: 5, channels: 3, filters: 6 };

lesson.areas(
  'The two parameter counts as areas. The small square is no speck of dust.',
  {
    'fully connected': denseParameters({ inputs, units }).weights,
    'filters of 5×5×3, with biases': convolutionParameters(sizes).total,
  },
);

// A filter learns $k_1 \cdot k_2 \cdot C$ weights and one bias; with $N$ filters that is
//
// $$ (k_1 \cdot k_2 \cdot C + 1) \cdot N $$
//
// where $k_1$ and $k_2$ are the height and width of the kernel and $C$ the channels that come in. The size of the picture does not occur:
// every place uses the same filter. (Goodfellow, Bengio & Courville, *Deep Learning*, 2016, section 9.2, calls it parameter sharing.)

lesson.table(
  'Some layers, counted.',
  ['layer', 'weights', 'biases', 'parameters'],
  [
    [
      '3×3×3, 4 filters',
      convolutionParameters({ kernel: 3, channels: 3, filters: 4 }),
    ] as const,
    [`5×5×3, ${sizes.filters} filters`, convolutionParameters(sizes)] as const,
    [
      '5×5×3, 10 filters',
      convolutionParameters({ ...sizes, filters: 10 }),
    ] as const,
    [
      `fully connected, 3,072 → ${units.toLocaleString('en-GB')}`,
      denseParameters({ inputs, units }),
    ] as const,
  ].map(([name, { weights, biases, total }]) => [name, weights, biases, total]),
);

// And the larger the picture, the worse for full connections: each unit needs a weight for every pixel.

lesson.print(
  '1024×1024 pixels, one channel, one unit:',
  denseParameters({ inputs: 1024 * 1024, units: 1 }).weights,
  'weights',
);

// ## Fewer weights, but how many multiplications?
//
// A fully connected layer uses each weight once. A convolution uses each weight at every place, so it multiplies more often than it has
// weights. Guess the factor before you read on.

const output = { height: 28, width: 28 };
const byDense = denseMultiplyAdds({ inputs, units });
const byConvolution = convolutionMultiplyAdds(output, sizes);

lesson.table(
  'Multiplications for one picture.',
  ['layer', 'weights', 'multiplications', 'uses of a weight'],
  [
    ['fully connected', denseParameters({ inputs, units }).weights, byDense, 1],
    [
      `${sizes.filters} filters of 5×5×3`,
      convolutionParameters(sizes).weights,
      byConvolution,
      28 * 28,
    ],
  ],
);

lesson.print(
  'The convolution multiplies',
  Math.round(byDense / byConvolution),
  'times less often, and learns',
  Math.round(
    denseParameters({ inputs, units }).weights /
      convolutionParameters(sizes).weights,
  ),
  'times fewer weights.',
);

// ## A convolution is a fully connected layer with most weights zero
//
// Here is the weight matrix of a fully connected layer that does exactly what a 3×3 convolution does on a 6×6 picture: one row for each of
// the 16 outputs, one column for each of the 36 pixels. Only nine numbers occur in it, again and again; all else is zero.

const kernel = matrix('1 2 3 / 4 5 6 / 7 8 9');
const asDense = convolutionMatrix(kernel, { height: 6, width: 6 });
const nonzero = asDense.flat().filter((weight) => weight !== 0).length;

await lesson.pictures(
  'Few connections, and shared ones: black is zero.',
  {
    'weights of the equivalent dense layer': asDense.map((row) =>
      row.map((weight) => 28 * weight),
    ),
  },
  { width: 560 },
);

lesson.print(
  asDense.flat().length,
  'weights,',
  nonzero,
  'of them not zero,',
  new Set(asDense.flat()).size - 1,
  'different ones',
);

// ## The other way round: a dense layer is a convolution
//
// A fully connected layer on a 2×2 map reads the whole map: that is a kernel of 2×2, at its only place. Written so, the same weights also
// slide over a larger map, and give a map of answers. Long, Shelhamer & Darrell (2015) made networks of photographs into networks of scenes this way;
// the first fully connected layer of AlexNet is the same in TensorFlow's published form.

const weights = matrix('1 / -1 / 2 / 3');
const map = matrix('1 2 / 4 5');
const larger = matrix('1 2 3 / 4 5 6 / 7 8 9');
const kernels = denseAsKernels(weights, [map]);

lesson.matrices('One set of weights: an answer on a 2×2 map, four on a 3×3 map.', [
  {
    'map 2×2': map,
    dense: [dense(flatten([map]), weights, [0])],
    'as convolution': convolutionLayer([map], kernels, [0])[0]!,
  },
  {
    'map 3×3': larger,
    'a map of answers': convolutionLayer([larger], kernels, [0])[0]!,
  },
]);

// ## How the cost grows
//
// The lecture's crude count for a picture of $N \times N$ pixels and windows of $n \times n$ takes $n^2$ multiplications at each of $N^2$
// places for $n^2$ kernels:
//
// $$ N^2 \cdot n^4 $$
//
// What does it cost to make the picture ten times as wide? And the window twice as wide?

lesson.table(
  'The crude count.',
  ['picture', 'window', 'multiplications'],
  [
    ['100×100', '5×5', crudeConvolutionCost(100, 5)],
    ['1000×1000', '5×5', crudeConvolutionCost(1000, 5)],
    ['1000×1000', '10×10', crudeConvolutionCost(1000, 10)],
  ],
);

const sides = grid(1, 41, (_, i) => 25 * i)[0]!;

lesson.chart('The window matters more than one thinks: 3, 5 and 7 pixels.', {
  x: 'side of the picture N, pixels',
  y: 'million multiplications',
  lines: Object.fromEntries(
    [3, 5, 7].map((window) => [
      `window ${window}×${window}`,
      {
        points: sides.map(
          (side) => [side, crudeConvolutionCost(side, window) / 1e6] as const,
        ),
      },
    ]),
  ),
});

// That is one reason why VGG, and nearly all networks after it, use 3×3 windows only, several on top of each other: lesson 4.
//
// ## Exercises
//
// 1. How many parameters has a 1×1 convolution from 256 channels to 64? What does it compute at each pixel?
//
// <details><summary>Answer</summary>
//
// (1·1·256 + 1)·64 = 16,448. At each pixel the same fully connected layer across the channels, nothing across space.
//
// </details>
//
// 2. Two 3×3 convolutions or one 5×5, each from $C$ to $C$ channels: which has fewer weights?
//
// <details><summary>Answer</summary>
//
// $2 \cdot 9 \cdot C^2 = 18 C^2$ against $25 C^2$. The two are cheaper, see as much, and have a nonlinearity in between.
//
// </details>
//
// 3. In the file, give the convolution 64 filters (and `units` to match) and run `npm run lesson 3` again. Which ratio stays the same?
//
// <details><summary>Answer</summary>
//
// Both do, 41 and 32,113: weights and multiplications of both layers grow with the number of filters alike.
//
// </details>
//
// ## Read next
//
// `finetune summary vgg16` counts a whole network the way this page counts a layer. The next lesson: pools, and what a unit sees.

export default lesson;
