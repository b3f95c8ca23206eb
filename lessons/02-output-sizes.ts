// # Output sizes, padding and stride
//
// How large is the map that comes out of a convolution, and what happens to the pixels that no window reaches? You will see the
// windows drawn, find the case that does not fit, and move sliders. Runs in a second.

import {
  describeOutputSize,
  formatMatrix,
  matrix,
  outputSize,
  pad,
  paddingThatFits,
  paddingThatKeepsSize,
  convolutionParameters,
} from '../src/arithmetic/index.js';
import { trusted } from '../src/report/markup.js';
import { openLesson } from './page/lesson.js';
import { drawWindows, movableWindow } from './page/windows.js';

const lesson = openLesson(import.meta.url);

// ## Count the places
//
// A line of 7 pixels, a window of 3. With a stride of 1 the window finds 5 places. How many with a stride of 2? With 3?

const pixels = 7;

for (const stride of [1, 2, 3]) {
  const size = outputSize({ input: pixels, kernel: 3, stride });
  lesson.drawing(
    `${pixels} pixels, window 3, stride ${stride}: ${describeOutputSize(size)}.`,
    trusted(drawWindows(pixels, 3, stride, 0)),
  );
}

// With a stride of 3 the third window would stand over the edge. The formula says so by a fraction:
//
// $$ \text{places} = \frac{N - F + 2P}{S} + 1 $$
//
// $N$ is the length of the input, $F$ that of the window, $P$ the number of pixels added at each end, $S$ the stride (Dumoulin & Visin,
// [A guide to convolution arithmetic](https://arxiv.org/abs/1603.07285), 2016, relationship 6).

lesson.table(
  'The formula on the three cases.',
  ['stride', '(7 − 3 + 0)/S + 1', 'fits', 'rounded down', 'rounded up'],
  [
    ...[1, 2, 3].map((stride) => {
      const { exact, fits, floor, ceil } = outputSize({
        input: 7,
        kernel: 3,
        stride,
      });
      return [`${stride}`, exact.toFixed(2), fits ? 'yes' : '**no**', floor, ceil];
    }),
  ],
);

// What then? Nobody stops with an error. **Convolutions round down**: pixels at the end stay unread. **Caffe's pools round up**: the
// last window overhangs. A network read from Caffe into another framework differs by one row and column if one forgets this. GoogLeNet's
// first pool is such a place:

const pool = outputSize({ input: 112, kernel: 3, stride: 2 });

lesson.print(`112 pixels, window 3, stride 2: down ${pool.floor}, up ${pool.ceil}`);

// ## Zeros around the picture
//
// Without padding, every convolution makes the map smaller. A picture of 32×32 pixels through one 5×5 after the other:

const sizes = [32];

while (sizes.at(-1)! >= 5)
  sizes.push(outputSize({ input: sizes.at(-1)!, kernel: 5 }).floor);

lesson.print(sizes.join(' → '));

// After seven layers hardly anything is left. How many zeros at each end keep the size, with a stride of 1?
//
// $$ P = \frac{F - 1}{2} $$

lesson.table(
  'Zero padding that keeps the size.',
  ['window F', 'padding P', '32 pixels become'],
  [
    ...[1, 3, 5, 7].map((kernel) => {
      const padding = paddingThatKeepsSize(kernel);
      return [
        `${kernel}`,
        padding,
        outputSize({ input: 32, kernel, padding }).exact,
      ];
    }),
  ],
);

// A whole layer, as one meets it in an exercise: a picture 32×32×3, ten filters 5×5, stride 1, padding 2.

const side = outputSize({ input: 32, kernel: 5, padding: 2 }).exact;
const { total } = convolutionParameters({ kernel: 5, channels: 3, filters: 10 });

lesson.print(
  `32×32×3 → ${side}×${side}×10, ${total} parameters, ${total / 10} for each filter`,
);

// (A filter has 5·5·3 weights and one bias: 76. The next lesson counts more.)
//
// And "window 5, stride 2, padding whatever fits"? The least padding with which the windows come out even, an odd pixel at the end, as
// TensorFlow does:

lesson.table(
  'Window 5, stride 2: the padding that fits.',
  ['input', 'before', 'after', 'places'],
  [
    ...[31, 32, 33, 34].map((input) => {
      const { before, after, output } = paddingThatFits({
        input,
        kernel: 5,
        stride: 2,
      });
      return [`${input}`, before, after, output];
    }),
  ],
);

// ## Move them
//
// Filled cells are pixels, dashed ones padding; a window that overhangs has the other colour. Find all strides for which 7 pixels and a window of 3 fit. Then add one pixel of padding and look again.

lesson.interactive('Every place of the window below the pixels.', movableWindow);

// ## Other things to put around a picture
//
// Zeros draw a dark frame around a photograph, and a filter sees an edge there. Four ways to go on beyond the edge of 1 2 3 4:

const sides = { top: 0, bottom: 0, left: 2, right: 2 };

lesson.table(
  'Two values added at each end.',
  ['mode', 'result'],
  [
    ...(['zeros', 'reflect', 'replicate', 'circular'] as const).map((mode) => [
      mode,
      formatMatrix(pad(matrix('1 2 3 4'), sides, mode)),
    ]),
  ],
);

// ## Exercises
//
// 1. AlexNet's first layer: 227 pixels, window 11, stride 4, no padding. How many places? The paper says 224 pixels: does that fit?
//
// <details><summary>Answer</summary>
//
// (227 − 11)/4 + 1 = 55. With 224 it is 54.25: the paper's figure is known to be a slip, or hides three pixels of padding.
//
// </details>
//
// 2. Why do so many networks use odd windows?
//
// <details><summary>Answer</summary>
//
// $(F - 1)/2$ is whole only for odd $F$. An even window needs one zero more on one side than on the other, and moves the map by half a
// pixel each time.
//
// </details>
//
// 3. Change `const pixels = 7` to 9 in the file and run again: `npm run lesson 2`. Which strides fit now?
//
// <details><summary>Answer</summary>
//
// 1, 2 and 3: (9 − 3)/S is 6, 3 and 2, so there are 7, 4 and 3 places.
//
// </details>
//
// ## Read next
//
// `src/arithmetic/output-size.ts` and `padding.ts` are short and have the sources. The next lesson: what a layer costs.

export default lesson;
