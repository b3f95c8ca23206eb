// # Equivariance and invariance
//
// Move a digit, and a convolution's map moves with it; the network's answer should stay. The first is exact, within limits that you will find. The second is
// learned, and ends somewhere: you will see where LeNet-5 stops reading. Runs in a second.

import { readFileSync } from 'node:fs';
import {
  applyFilter,
  equivarianceError,
  filters,
  grid,
  heightOf,
  type Matrix,
  maxPool,
  shift,
} from '../src/arithmetic/index.js';
import { readSafetensors } from '../src/formats/safetensors.js';
import { forward } from '../src/models/forward.js';
import { lenet5 } from '../src/models/lenet5.js';
import { toParameters } from '../src/models/parameters.js';
import { tf } from '../src/runtime/tensorflow.js';
import { aPhotograph } from './page/data.js';
import { openLesson } from './page/lesson.js';
import { movableDigit } from './page/movable-digit.js';
import { penDigit } from './page/pen-digits.js';
import { readGrey } from './page/picture.js';

const lesson = openLesson(import.meta.url);

// ## Move first, or filter first?
//
// $f$ is **equivariant** to a movement $M$ when it does not matter which comes first, and **invariant** when $M$ changes nothing:
//
// $$ f(M x) = M f(x) \qquad\qquad f(M x) = f(x) $$
//
// $x$ is a picture. Try both orders with an edge filter, the picture continued in a circle at its border, moved down by 20 pixels and to the right by 40:

const picture = await readGrey(await aPhotograph(lesson), 160);
const edges = (x: Matrix) => applyFilter(x, filters.sobel, 'circular');

await lesson.pictures(
  'The two orders give the same picture.',
  {
    'move, then filter': edges(shift(picture, 20, 40)),
    'filter, then move': shift(edges(picture), 20, 40),
  },
  { aroundGrey: 1 },
);

lesson.print(
  'largest difference:',
  equivarianceError(edges, picture, { down: 20, across: 40 }),
);

// ## Where it ends
//
// Two things that networks do break it: zeros around the picture, and a stride. A movement by one pixel is half a step of a 2×2 pool, and half a step is
// none: there the pooled map is compared with itself unmoved.

const move = { down: 1, across: 1 };
const withZeros = (x: Matrix) => applyFilter(x, filters.sobel, 'zeros');
const pooled = (x: Matrix) => maxPool(edges(x), { size: 2 });

function poolMovedByOne(): number {
  const moved = pooled(shift(picture, 1, 1));
  const still = pooled(picture);
  return Math.max(
    ...moved.flatMap((row, r) =>
      row.map((value, c) => Math.abs(value - still[r]![c]!)),
    ),
  );
}

lesson.table(
  'How far from equivariance; the values reach to ±1,020.',
  ['map', 'moved by', 'largest difference'],
  [
    ['filter, continued in a circle', '1', equivarianceError(edges, picture, move)],
    [
      'filter, zeros around the picture',
      '1',
      equivarianceError(withZeros, picture, move),
    ],
    [
      'filter and 2×2 pool',
      '2',
      equivarianceError(pooled, picture, { down: 2, across: 2, stride: 2 }),
    ],
    ['filter and 2×2 pool', '1', poolMovedByOne()],
  ],
);

// Zeros give the border away: near it, the answer depends on where the border is. A stride of 2 is exact for movements by 2 and leaves a remainder for all
// others. (R. Zhang, [Making Convolutional Networks Shift-Invariant Again](https://arxiv.org/abs/1904.11486), 2019, blurs before the stride to make that smaller.)
//
// ## From equivariant to invariant
//
// The map of a moved picture is the moved map. Take the average over the whole map, and the place is gone: that is what the last pool of GoogLeNet and ResNet does.

const average = (x: Matrix) =>
  x.flat().reduce((a, b) => a + Math.max(0, b), 0) / heightOf(x) ** 2;

lesson.print('mean of positive answers, here: ', average(edges(picture)));
lesson.print(
  'mean of positive answers, moved:',
  average(edges(shift(picture, 20, 40))),
);

// Nothing of the kind holds for turning or scaling: a convolution knows no turned kernel.

const turned = grid(160, 160, (row, column) => picture[159 - column]![row]!);
const turnedBack = (x: Matrix) =>
  grid(160, 160, (row, column) => x[column]![159 - row]!);

await lesson.pictures(
  'Turned by 90°, filtered, and turned back, against filtered only: other edges.',
  {
    'turn, filter, turn back': turnedBack(edges(turned)),
    'filter only': edges(picture),
  },
  { aroundGrey: 1 },
);

// ## A whole network
//
// LeNet-5 has two pools with a stride of 2 and fully connected layers at its end. It was trained on digits moved by up to 2 pixels each way. How far can a digit be moved until the network
// fails to read it? These curves were measured on 2,000 test digits a point (`npx tsx scripts/lenet-invariance.ts --data MNIST` makes them again; the digits do not come
// with this project, so the page reads the result).

const [, ...measured] = readFileSync(
  'checkpoints/lenet5-mnist/invariance.csv',
  'utf8',
)
  .trim()
  .split('\n');
const rows = measured.map((line) => {
  const [change, unit, ...numbers] = line.split(',');
  const [amount, accuracy, low, high] = numbers.map(Number);
  return {
    change,
    unit,
    amount: amount!,
    accuracy: accuracy!,
    low: low!,
    high: high!,
  };
});

for (const change of ['moved', 'turned', 'scaled']) {
  const own = rows.filter((row) => row.change === change);
  lesson.chart(`Digits ${change}: the band is the 95 % interval.`, {
    x: own[0]!.unit!,
    y: 'digits read rightly, per cent',
    top: 100,
    lines: {
      'LeNet-5': {
        points: own.map(
          ({ amount, accuracy }) => [amount, 100 * accuracy] as const,
        ),
        band: own.map(({ low, high }) => [100 * low, 100 * high] as const),
      },
    },
  });
}

const within = (change: string, least: number, most: number) =>
  Math.min(
    ...rows
      .filter(
        (row) => row.change === change && row.amount >= least && row.amount <= most,
      )
      .map(({ accuracy }) => 100 * accuracy),
  ).toFixed(1);

lesson.table(
  'How much the network forgives.',
  ['change', 'accuracy at least, %'],
  [
    ['moved by up to 4 pixels', within('moved', -4, 4)],
    ['turned by up to 20°', within('turned', -20, 20)],
    ['0.8 to 1.3 times the size', within('scaled', 0.8, 1.3)],
  ],
);

// ## Shift it yourself
//
// A pen-drawn 5, one filter of the network's first layer, and the answer of the whole network: it was asked at all 441 places, and the page knows the answers. Find the place from which on it no longer reads a 5, and look what it takes it for.

const reach = 10;
const places = Array.from({ length: 2 * reach + 1 }, (_, i) => i - reach);
const five = (await penDigit(5, { slant: 10 })).map((row) => row.map(Math.round));
const weights = await readSafetensors(
  'checkpoints/lenet5-mnist/lenet5.safetensors',
);
const filter = weights.get('C1/kernel')!.data;

const answersAt = (down: number): number[][] =>
  tf.tidy(() => {
    const digits = places.map((across) =>
      grid(
        32,
        32,
        (row, column) => (five[row - down]?.[column - across] ?? 0) / 200 - 0.1,
      ),
    );
    const inputs = tf.tensor4d(digits.flat(2), [places.length, 32, 32, 1]);
    const logits = forward(lenet5(), toParameters(weights), inputs);
    return tf.mul(tf.softmax(logits), 100).arraySync() as number[][];
  });

const answers = places.map((down) =>
  answersAt(down).map((row) => row.map((share) => Number(share.toFixed(1)))),
);

lesson.interactive(
  'The digit, the map of one filter, and the ten probabilities.',
  movableDigit({
    digit: five,
    kernel: grid(5, 5, (row, column) =>
      Number(filter[(row * 5 + column) * 6]!.toFixed(3)),
    ),
    answers,
    reach,
  }),
);

const read = answers
  .flat()
  .filter((row) => row.indexOf(Math.max(...row)) === 5).length;

lesson.print('read as a 5 at', read, 'of', answers.flat().length, 'places');

// Some invariance, then, and an end to it. Movements by up to 2 pixels were shown in training, turning and scaling never were.
//
// ## Exercises
//
// 1. Which movements does a network with five pools of stride 2 commute with exactly?
//
// <details><summary>Answer</summary>
//
// Multiples of $2^5 = 32$ pixels, apart from the border.
//
// </details>
//
// 2. Why does the second curve stop falling near 90°?
//
// <details><summary>Answer</summary>
//
// It is near one in ten, which guessing among ten digits would give, and a turned 0 is still a 0.
//
// </details>
//
// 3. Take `stride: 2` out of the third row of the table above and run `npm run lesson 7` again. What does the error mean?
//
// <details><summary>Answer</summary>
//
// The output is then compared with itself moved by 2 cells instead of 1: a pool with a stride moves its map by the movement *divided* by the stride.
//
// </details>
//
// ## Read next
//
// `scripts/lenet-invariance.ts` measures the curves. The next lesson: the whole of LeNet-5.

export default lesson;
