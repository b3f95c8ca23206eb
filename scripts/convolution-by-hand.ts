/**
 * Convolution by hand: the arithmetic of convolutional networks on matrices small enough to check with a pencil.
 *
 *     npx tsx scripts/convolution-by-hand.ts
 *     npx tsx scripts/convolution-by-hand.ts photo.jpg filters.png
 *
 * With a photo, the last section lays the classic filters over it and writes the results side by side.
 */
import { existsSync } from 'node:fs';
import sharp from 'sharp';
import {
  applyFilter,
  averagePool,
  convolutionLayer,
  convolutionParameters,
  convolve,
  convolve1d,
  crossCorrelate,
  crossCorrelateChannels,
  crudeConvolutionCost,
  dense,
  denseAsKernels,
  denseParameters,
  describeOutputSize,
  equivarianceError,
  type FilterName,
  filters,
  flatten,
  formatMatrix,
  im2col,
  inputGradient,
  kernelGradient,
  kernelsAsColumns,
  l2Pool,
  type Matrix,
  matrix,
  matrixProduct,
  maxPool,
  outputSize,
  pad,
  receptiveFields,
  rotate180,
  toeplitzMatrix,
} from '../src/arithmetic/index.js';
import { UserError } from '../src/runtime/errors.js';
import { scriptArguments } from './helpers/arguments.js';

const { positionals } = scriptArguments(import.meta.url, { allowPositionals: true });
if (positionals[0] && !existsSync(positionals[0])) {
  throw new UserError(`Expected a picture at '${positionals[0]}' but nothing is there: check the path.`);
}

function section(title: string): void {
  console.log(`\n── ${title} ${'─'.repeat(Math.max(0, 72 - title.length))}\n`);
}

function say(text: string): void {
  console.log(text);
}

/** Prints matrices side by side under their names. */
function show(named: Record<string, Matrix>): void {
  const blocks = Object.entries(named).map(([name, values]) => {
    const lines = [name, ...formatMatrix(values).split('\n')];
    const width = Math.max(...lines.map((line) => line.length));
    return lines.map((line) => line.padEnd(width));
  });
  const height = Math.max(...blocks.map((block) => block.length));
  for (let i = 0; i < height; i++) {
    const line = blocks.map((block) => block[i] ?? ' '.repeat(block[0]!.length)).join('     ');
    console.log(`  ${line.trimEnd()}`);
  }
  console.log('');
}

// ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────
section('1. Cross-correlation, which networks call convolution');

say('Lay the kernel on the picture, multiply what lies on top of each other, add up, move on by one.');
const x = matrix('1 0 0 0 1 / -1 0 2 1 2 / 1 0 -2 0 -1 / 1 1 0 0 2 / -2 0 3 0 0');
const k = matrix('1 0 2 / -1 1 1 / 0 2 1');
show({ x, k, 'stride 1': crossCorrelate(x, k), 'stride 2': crossCorrelate(x, k, { stride: 2 }) });
say(
  'Stride 2 keeps every second value of stride 1. The slide this comes from prints −2 in the upper right corner of',
);
say('the stride-2 result. No need to compute: it must be the upper right value of stride 1, which is 2.');
say('');
say('True convolution turns the kernel by 180° first:');
show({ k, 'k turned': rotate180(k), 'true convolution': convolve(x, k) });
say(
  'With several channels each has its own slice of the kernel, and the maps are added. Twice the same channel:',
);
show({ sum: crossCorrelateChannels([x, x], [k, k]) });

say('One patch, one kernel, one number (a bias would be added), and two ways to pool the same patch:');
const patch = matrix('200 150 150 / 100 50 100 / 25 25 10');
const pooled = { size: 3 };
show({
  patch,
  sobel: filters.sobel,
  product: crossCorrelate(patch, filters.sobel),
  maximum: maxPool(patch, pooled),
  average: averagePool(patch, pooled),
});

section('2. How large is the result?');

say('(N − F + 2P)/S + 1 places fit. 7 pixels, a window of 3:');
for (const stride of [1, 2, 3]) {
  say(`  stride ${stride}: ${describeOutputSize(outputSize({ input: 7, kernel: 3, stride }))}`);
}
say('Convolutions leave out what does not fit (floor); Caffe’s pools let the last window overhang (ceil).');
say('');
say('What stands outside the picture is a choice:');
const sides = { top: 0, bottom: 0, left: 2, right: 2 };
const line = matrix('1 2 3 4');
for (const mode of ['zeros', 'reflect', 'replicate', 'circular'] as const) {
  say(`  ${mode.padEnd(10)} ${formatMatrix(pad(line, sides, mode))}`);
}

section('3. The same as a matrix product');

say(
  'im2col writes every patch as a row and every kernel as a column; one product does all the sums at once.',
);
const small = matrix('1 2 3 / 4 5 6 / 7 8 9');
const corner = matrix('1 0 / 0 -1');
const { rows } = im2col([small], corner);
show({
  x: small,
  k: corner,
  patches: rows,
  kernel: kernelsAsColumns([[corner]]),
  product: matrixProduct(rows, kernelsAsColumns([[corner]])),
});
say(
  'In one dimension: a Toeplitz matrix, every diagonal one value, times the signal is the full convolution.',
);
const t = toeplitzMatrix([1, 2], 3);
show({
  T: t,
  x: matrix('3 / 4 / 5'),
  T·x: matrixProduct(t, matrix('3 / 4 / 5')),
  convolve1d: [convolve1d([3, 4, 5], [1, 2], { padding: 'full' })],
});

section('4. The way back');

say(
  'X holds 1 … 9, K holds 9 … 1; zeros on the right and at the bottom keep the size. Upstream gradient: all ones.',
);
const kernel = matrix('9 8 7 / 6 5 4 / 3 2 1');
const ones = matrix('1 1 1 / 1 1 1 / 1 1 1');
const keepsSize = { padding: { top: 0, bottom: 2, left: 0, right: 2 } };
show({ X: small, K: kernel, Y: crossCorrelate(small, kernel, keepsSize) });
say('The kernel’s gradient is the cross-correlation of the input with the upstream gradient;');
say('the input’s is the full true convolution of the upstream gradient with the kernel:');
show({
  '∂L/∂K': kernelGradient(small, kernel, ones, keepsSize),
  '∂L/∂X': inputGradient(small, kernel, ones, keepsSize),
});

section('5. Pools');

const map = matrix('1 1 2 4 / 5 6 7 8 / 3 2 1 0 / 1 2 3 4');
show({
  x: map,
  maximum: maxPool(map, { size: 2 }),
  average: averagePool(map, { size: 2 }),
  L2: l2Pool(map, { size: 2 }),
});
say('They have nothing to learn.');

section('6. What it costs');

const count = (n: number) => n.toLocaleString('en-GB');
say(
  `3×3×3, 4 kernels:               ${count(convolutionParameters({ kernel: 3, channels: 3, filters: 4 }).total)} parameters`,
);
say(
  `5×5×3, 10 kernels:              ${count(convolutionParameters({ kernel: 5, channels: 3, filters: 10 }).total)} parameters`,
);
say(
  `5×5×3, 6 kernels:               ${count(convolutionParameters({ kernel: 5, channels: 3, filters: 6 }).total)} parameters give 28×28×6 from 32×32×3`,
);
say(
  `fully connected, 3072 → 4704:   ${count(denseParameters({ inputs: 3072, units: 4704 }).weights)} weights for the same output`,
);
say(
  `crude count N²·n⁴, n 5:         N 100 → ${count(crudeConvolutionCost(100, 5))}, N 1000 → ${count(crudeConvolutionCost(1000, 5))}`,
);

section('7. What a unit sees');

const fields = receptiveFields([{ kernel: 3 }, { kernel: 3 }, { kernel: 2, stride: 2 }, { kernel: 3 }]);
say('Two 3×3 convolutions, a 2×2 pool and another 3×3 convolution, layer by layer:');
for (const [i, { size, jump }] of fields.entries())
  say(`  layer ${i + 1}: ${size} pixels, neighbours ${jump} apart`);

section('8. A fully connected layer is a convolution');

say(
  'Weights for a 2×2 map, rearranged as a 2×2 kernel, give the same answer; on a larger map, a map of answers.',
);
const weights = matrix('1 / -1 / 2 / 3');
const cut = matrix('1 2 / 4 5');
const asKernels = denseAsKernels(weights, [cut]);
show({
  'map 2×2': cut,
  dense: [dense(flatten([cut]), weights, [0])],
  'as convolution': convolutionLayer([cut], asKernels, [0])[0]!,
  'map 3×3': small,
  'a map of answers': convolutionLayer([small], asKernels, [0])[0]!,
});

section('9. Move the picture, and the answer moves');

const blur = (picture: Matrix) => applyFilter(picture, filters.gaussianBlur, 'circular');
const move = { down: 1, across: 2 };
say(
  `Blur then shift against shift then blur, at most ${equivarianceError(blur, map, move)} apart when the picture goes round in a circle,`,
);
const blurWithZeros = (picture: Matrix) => applyFilter(picture, filters.gaussianBlur, 'zeros');
say(`but ${equivarianceError(blurWithZeros, map, move)} with zeros around it: the border knows where it is.`);

section('10. Filters that people wrote');

for (const [name, filter] of Object.entries(filters)) show({ [inWords(name)]: filter });

/** `diagonalEdges`: diagonal edges. */
function inWords(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

const [photo, sheet = 'filters.png'] = positionals;
if (photo === undefined)
  say('Give a photo to see them at work: npx tsx scripts/convolution-by-hand.ts photo.jpg filters.png');
else await drawFilters(photo, sheet);

/** Every filter on a grey version of the photo, three in a row, with its name. Edges are shown around a middle grey. */
async function drawFilters(source: string, target: string): Promise<void> {
  const [side, caption, columns] = [240, 28, 3];
  const { data, info } = await sharp(source)
    .rotate()
    .resize(side, side)
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const picture = Array.from({ length: info.height }, (_, row) =>
    Array.from(
      data.subarray(row * info.width * info.channels, (row + 1) * info.width * info.channels),
    ).filter((_, i) => i % info.channels === 0),
  );
  const names = Object.keys(filters) as FilterName[];
  const tiles = await Promise.all(
    names.map(async (name, i) => {
      // Answers of edge filters go both ways from zero: shown around a middle grey, equally strong for equal weights.
      const weights = filters[name].flat();
      const isEdgeFilter = Math.abs(weights.reduce((a, b) => a + b)) < 1e-9;
      const strength = 4 / weights.filter((weight) => weight > 0).reduce((a, b) => a + b);
      const answers = applyFilter(picture, filters[name]).flat();
      const pixels = Uint8ClampedArray.from(answers, (value) =>
        isEdgeFilter ? 128 + strength * value : value,
      );
      const left = (i % columns) * side;
      const top = Math.floor(i / columns) * (side + caption);
      const label = `<svg width="${side}" height="${caption}"><text x="6" y="19" font-family="sans-serif" font-size="15">${inWords(name)}</text></svg>`;
      const tile = await sharp(Buffer.from(pixels), { raw: { width: side, height: side, channels: 1 } })
        .png()
        .toBuffer();
      return [
        { input: Buffer.from(label), left, top },
        { input: tile, left, top: top + caption },
      ];
    }),
  );
  const height = Math.ceil(names.length / columns) * (side + caption);
  await sharp({ create: { width: columns * side, height, channels: 3, background: 'white' } })
    .composite(tiles.flat())
    .png()
    .toFile(target);
  say(`Wrote ${target}.`);
}
