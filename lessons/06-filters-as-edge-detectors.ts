// # Filters as edge detectors
//
// Before networks learned their kernels, people wrote them. You will lay nine of them on a picture, find out what their numbers tell in
// advance, and change one with your own hands. Runs in a second. The picture is a photograph where `--data FOLDER` has `FOLDER/pets`, else one of the drawn ones that come with the project; put the path of a photograph of yours in its place.

import {
  applyFilter,
  filters,
  type FilterName,
  type Matrix,
  matrix,
  sum,
} from '../src/arithmetic/index.js';
import { aPhotograph } from './page/data.js';
import { openLesson } from './page/lesson.js';
import { kernelOnPicture } from './page/movable-kernel.js';
import { readGrey } from './page/picture.js';

const lesson = openLesson(import.meta.url);

const photo = await aPhotograph(lesson);
const picture = await readGrey(photo, 160);

// ## One edge detector
//
// Sobel's kernel adds up what is on the left and takes away what is on the right. What does it answer on a flat wall? Where the left is brighter?
// Where the right is?

const across = applyFilter(picture, filters.sobel);

await lesson.pictures('Sobel’s answers, around middle grey.', {
  'the picture': picture,
  'its vertical edges': across.map((row) => row.map((value) => 128 + value)),
});

// Bright where brightness falls from left to right, dark where it rises, grey where all is flat.

lesson.matrices('The kernel, and its transpose, which finds horizontal edges.', [
  { sobel: filters.sobel, transposed: matrix('1 2 1 / 0 0 0 / -1 -2 -1') },
]);

// ## The length of the gradient
//
// Sobel's two kernels measure how brightness changes across, $g_x$, and down, $g_y$. Together they say how strong an edge is, whatever its direction:
//
// $$ \lvert g \rvert = \sqrt{g_x^2 + g_y^2} $$
//
// (I. Sobel & G. Feldman, *A 3×3 isotropic gradient operator for image processing*, 1968.)

const down = applyFilter(picture, matrix('1 2 1 / 0 0 0 / -1 -2 -1'));
const strength = across.map((row, r) =>
  row.map((value, c) => Math.hypot(value, down[r]![c]!)),
);

await lesson.pictures('Edges of all directions: black where all is flat.', {
  'length of the gradient': strength.map((row) => row.map((value) => value / 2)),
});

// ## Nine filters
//
// First read the numbers. A kernel whose numbers add up to 1 keeps flat areas as they are: it blurs or sharpens. One whose numbers add up to 0 answers
// nothing on flat areas: it looks for change. Which of the nine belong where?

const inWords = (name: string) =>
  name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
const names = Object.keys(filters) as FilterName[];
const isEdgeFilter = (kernel: Matrix) => Math.abs(sum(kernel.flat())) < 1e-9;

lesson.matrices('All kernels.', [
  Object.fromEntries(names.map((name) => [inWords(name), filters[name]])),
]);

lesson.table(
  'What the numbers tell in advance.',
  ['filter', 'sum', 'on flat areas'],
  names.map((name) => [
    inWords(name),
    Number(sum(filters[name].flat()).toFixed(6)),
    isEdgeFilter(filters[name]) ? 'nothing: it looks for change' : 'as they are',
  ]),
);

const answersOf = (chosen: readonly FilterName[]) =>
  Object.fromEntries(
    chosen.map((name) => {
      // Equally strong answers for equally large weights.
      const weight = sum(filters[name].flat().filter((value) => value > 0));
      const scale = isEdgeFilter(filters[name]) ? 4 / weight : 1;
      const answers = applyFilter(picture, filters[name]);
      return [
        inWords(name),
        answers.map((row) => row.map((value) => scale * value)),
      ];
    }),
  );

await lesson.pictures(
  'Kernels that add up to 1.',
  answersOf(names.filter((name) => !isEdgeFilter(filters[name]))),
);

await lesson.pictures(
  'Kernels that add up to 0, around middle grey.',
  answersOf(names.filter((name) => isEdgeFilter(filters[name]))),
  { aroundGrey: 1 },
);

// The first layer of a trained network looks much like this collection: edges of several directions, blurs, and, what nobody wrote by hand, edges of colour
// (Krizhevsky, Sutskever & Hinton, 2012, figure 3).
//
// ## A kernel of yours
//
// Begin with the Laplacian and turn it into "sharpen" by changing all signs and adding 1 to the middle. Then try −2 −1 0 / −1 1 1 / 0 1 2.

const tiny = await readGrey(photo, 112);

lesson.interactive(
  'The picture under the kernel in the fields.',
  kernelOnPicture(tiny, filters.laplacian),
);

// ## Exercises
//
// 1. Which kernel answers to vertical edges and not at all to horizontal ones? Prove it without running anything.
//
// <details><summary>Answer</summary>
//
// Sobel (or Scharr): each of its rows adds up to 0. On a picture whose rows are each flat, as around a horizontal edge, every row contributes nothing.
//
// </details>
//
// 2. Apply the box blur twice. Is there one kernel that does the same?
//
// <details><summary>Answer</summary>
//
// Yes, the box convolved with itself: 5×5, 1 2 3 2 1 down and across, divided by 81. Convolutions can be merged; that is why a network needs a
// nonlinearity between its layers.
//
// </details>
//
// 3. Take `'zeros'` as third argument of `applyFilter` in the file and run `npm run lesson 6` again. What appears around the edge filters' pictures, and why?
//
// <details><summary>Answer</summary>
//
// A frame: beyond the border the picture suddenly becomes black, and that is an edge.
//
// </details>
//
// ## Read next
//
// The filters are in `src/arithmetic/filters.ts`. The next lesson moves the picture.

export default lesson;
