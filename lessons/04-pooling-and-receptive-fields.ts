// # Pooling and receptive fields
//
// A pool makes a map smaller and has nothing to learn. Each layer lets a unit see more of the picture. You will pool by three rules,
// send a gradient back through them, and see the field of a unit grow layer by layer. Runs in a second.

import {
  averagePool,
  averagePoolGradient,
  crossCorrelate,
  grid,
  l2Pool,
  matrix,
  maxPool,
  maxPoolGradient,
  pixelsSeen,
  receptiveFields,
} from '../src/arithmetic/index.js';
import { openLesson } from './page/lesson.js';

const lesson = openLesson(import.meta.url);

// ## Three ways to say it in one number
//
// A window of 2×2 with a stride of 2 covers each number once. What is left of the sixteen?

const x = matrix('1 1 2 4 / 5 6 7 8 / 3 2 1 0 / 1 2 3 4');
const quarters = [0, 2].flatMap((row) =>
  [0, 2].map((column) => ({ row, column, height: 2, width: 2 })),
);

lesson.matrices('Each frame becomes one number.', [
  { x: { values: x, frames: quarters } },
  '→',
  {
    maximum: maxPool(x, { size: 2 }),
    average: averagePool(x, { size: 2 }),
    'L2 norm': l2Pool(x, { size: 2 }),
  },
]);

// With $R$ the numbers under a window, the three rules are
//
// $$ \max_{v \in R} v \qquad \frac{1}{|R|} \sum_{v \in R} v \qquad \sqrt{\sum_{v \in R} v^2} $$
//
// There is no weight in any of them: **a pool has no parameters**. (LeNet-5 of 1998 is the exception: its pools multiply the average by a
// learned number and add another.)
//
// ## What a pool forgives
//
// Move the input by one column. How many of the four answers change?

const moved = x.map((row) => [row[0]!, ...row.slice(0, 3)]);

lesson.matrices('The input moved by one to the right, and pooled again.', [
  { moved },
  '→',
  {
    'maximum before': maxPool(x, { size: 2 }),
    'and after': maxPool(moved, { size: 2 }),
  },
]);

// Some, not all: pooling makes the answer a little less dependent on the exact place, but not independent. Lesson 7 measures it.
//
// ## The way back
//
// A maximum passes the whole gradient to the number that won; an average gives everyone an equal share. Let the gradient that arrives be 1, 2, 3, 4:

const upstream = matrix('1 2 / 3 4');

lesson.matrices('Where the gradient of each output goes.', [
  {
    x: { values: x, frames: quarters },
    arriving: upstream,
    'through maximum': maxPoolGradient(x, upstream, { size: 2 }),
    'through average': averagePoolGradient(x, upstream, { size: 2 }),
  },
]);

// ## What a unit sees
//
// A unit of the first 3×3 convolution sees 3 pixels across. One of the second sees 3 units of the first, and so 5 pixels. And after a pool?
//
// $$ s' = s + (F - 1)\, j \qquad j' = j \cdot S $$
//
// $s$ is the field's side in pixels and $j$ the distance between the fields of neighbours, before the layer; with a dash, after it; $F$ is the
// layer's window, $S$ its stride (Araujo, Norris & Sim, [Computing Receptive Fields of Convolutional Neural Networks](https://distill.pub/2019/computing-receptive-fields/), 2019).

const layers = [
  { name: '3×3 convolution', kernel: 3 },
  { name: '3×3 convolution', kernel: 3 },
  { name: '2×2 pool, stride 2', kernel: 2, stride: 2 },
  { name: '3×3 convolution', kernel: 3 },
  { name: '3×3 convolution', kernel: 3 },
];
const fields = receptiveFields(layers);

lesson.table(
  'The field grows faster after the pool: its steps count double.',
  ['layer', 'window', 'stride', 'sees, pixels', 'neighbours apart'],
  layers.map(({ name, kernel, stride = 1 }, i) => [
    `${i + 1}. ${name}`,
    kernel,
    stride,
    fields[i]!.size,
    fields[i]!.jump,
  ]),
);

lesson.chart(
  'The same layers, once with the pool, once with a convolution in its place.',
  {
    x: 'layer',
    y: 'field in pixels',
    lines: {
      'with the pool': {
        points: [[0, 1], ...fields.map(({ size }, i) => [i + 1, size] as const)],
      },
      'convolutions only': {
        points: [
          [0, 1],
          ...receptiveFields(layers.map(() => ({ kernel: 3 }))).map(
            ({ size }, i) => [i + 1, size] as const,
          ),
        ],
      },
    },
  },
);

// ## Ask the network
//
// The formula can be checked. Change one pixel of the picture after the other, and note which ones change the output: what a unit sees is
// what it answers to. Here for unit (1, 1) of the first four layers, with kernels of ones:

const side = 16;
const ones = matrix('1 1 1 / 1 1 1 / 1 1 1');
const convolved = (map: readonly (readonly number[])[]) =>
  crossCorrelate(map, ones);
const network = (picture: readonly (readonly number[])[]) =>
  convolved(averagePool(convolved(convolved(picture)), { size: 2 }));
const dark = grid(side, side, () => 0);
const answers = grid(side, side, (row, column) => {
  const spot = dark.map((line, r) =>
    line.map((_, c) => (r === row && c === column ? 1 : 0)),
  );
  return network(spot)[1]![1]!;
});

await lesson.pictures(
  'Bright: pixels that unit (1, 1) of layer 4 answers to. The brighter, the more.',
  {
    'unit (1, 1), layer 4': answers.map((row) =>
      row.map((value) => (255 * value) / Math.max(...answers.flat())),
    ),
  },
  { width: 320 },
);

const seen = answers[Math.floor(side / 2)]!.flatMap((value, column) =>
  value > 0 ? [column] : [],
);
const { first, last } = pixelsSeen(fields[3]!, 1);

lesson.print(
  `measured: pixels ${seen[0]} to ${seen.at(-1)}; by the formula: ${first} to ${last}`,
);

// The picture shows one thing more: the middle counts more than the rim, because more paths lead there. What a unit *effectively* sees is
// smaller than its field (Luo et al., [Understanding the Effective Receptive Field](https://arxiv.org/abs/1701.04128), 2016).
//
// ## Exercises
//
// 1. How many 3×3 convolutions see as much as one 7×7?
//
// <details><summary>Answer</summary>
//
// Three: 3, 5, 7. With $27 C^2$ weights instead of $49 C^2$.
//
// </details>
//
// 2. Take the stride out of the pool in the file (`stride: 1`) and run `npm run lesson 4` again. What does the last layer see now?
//
// <details><summary>Answer</summary>
//
// 10 pixels instead of 14: without the stride every later step counts once, not twice. (The measured picture keeps its pool: change
// `averagePool` as well.)
//
// </details>
//
// 3. A maximum is tied: two numbers under the window are equal. Who gets the gradient?
//
// <details><summary>Answer</summary>
//
// The first one, here and in most frameworks. There is no derivative at that place; any share would do.
//
// </details>
//
// ## Read next
//
// `finetune summary vgg16` lists the field of every layer of a network. The next lesson sends the gradient through a convolution.

export default lesson;
