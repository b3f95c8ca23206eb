// # LeNet-5, as of 1998 and as of today
//
// The network that read cheques. You will see its layers, count the two forms that go by its name, look at what a digit becomes on its way through, and
// train both. Runs in half a minute; `--data FOLDER` with `FOLDER/mnist` makes it train and test on the MNIST digits, which do not come with this project: without
// them it draws its own.

import { readFileSync } from 'node:fs';
import type { Matrix } from '../src/arithmetic/index.js';
import { wilsonInterval } from '../src/evaluation/intervals.js';
import { type Examples, examplesInMemory } from '../src/features/examples.js';
import { readSafetensors } from '../src/formats/safetensors.js';
import { digitBitmaps } from '../src/models/digit-bitmaps.js';
import { forwardTaps } from '../src/models/forward.js';
import { lenet5 } from '../src/models/lenet5.js';
import { lenet5Paper } from '../src/models/lenet5-paper.js';
import { type Network, layerNamed } from '../src/models/network.js';
import { toParameters } from '../src/models/parameters.js';
import { Random } from '../src/runtime/random.js';
import { tf } from '../src/runtime/tensorflow.js';
import { networkCosts } from '../src/summary/network-costs.js';
import { fit, predictExamples } from '../src/training/fit.js';
import { fanInWeights, initialWeights } from '../src/training/initialise.js';
import { Trainer } from '../src/training/trainer.js';
import { type Digits, someDigits } from './page/digits.js';
import { openLesson } from './page/lesson.js';
import { penDigit } from './page/pen-digits.js';

const lesson = openLesson(import.meta.url);

// ## Convolve, subsample, convolve, subsample, decide
//
// A digit of 32×32 pixels goes in. Maps get smaller, their number grows, and at the end three fully connected layers weigh everything
// against everything. Where are the network's 60,000 numbers: in the convolutions or behind them?

const today = lenet5();
const paper = lenet5Paper();

lesson.maps(
  'LeNet-5. C are convolutions of 5×5, S subsample by 2×2, F is fully connected.',
  today.layers
    .filter(({ type }) => type !== 'flatten')
    .map(({ name, shape }) => ({ name, shape })),
);

const parametersOf = (network: Network, layer: string) =>
  networkCosts(network).layers.find(({ name }) => name === layer)!.parameters;
const names = ['C1', 'S2', 'C3', 'S4', 'C5', 'F6', 'output'];

lesson.bars(
  'What each layer learns. C5 covers its whole map of 5×5: a convolution in name, fully connected in fact.',
  ['layer', 'map', 'today', '1998'],
  names.map((name) => [
    name,
    layerNamed(today, name).shape.join('×'),
    parametersOf(today, name),
    parametersOf(paper, name),
  ]),
);

const sum = (network: Network, layers: readonly string[]) =>
  layers.reduce((total, layer) => total + parametersOf(network, layer), 0);

lesson.table(
  'The lecture’s round figures are 1,500 in convolutions (the C3 of 1998), 60,000 fully connected and 61,500 in all.',
  ['', 'today', '1998'],
  [
    ['C1 and C3', sum(today, ['C1', 'C3']), sum(paper, ['C1', 'C3'])],
    [
      'C5, F6 and output',
      sum(today, ['C5', 'F6', 'output']),
      sum(paper, ['C5', 'F6', 'output']),
    ],
    ['in all', sum(today, names), sum(paper, names)],
  ],
);

// ## What was different in 1998
//
// **Not every map reads every map.** Each of the 16 maps of C3 reads three, four or six of the six maps of S2. The authors wanted fewer connections, and maps that
// are forced to look at different things (LeCun, Bottou, Bengio & Haffner, *Gradient-Based Learning Applied to Document Recognition*, 1998, table I).

const c3 = layerNamed(paper, 'C3');
const connections = c3.type === 'convolution' ? c3.connections! : [];

lesson.matrices('Table I: a row for each map of S2, a column for each map of C3.', [
  {
    'S2 → C3': [0, 1, 2, 3, 4, 5].map((row) => connections.map((map) => map[row]!)),
  },
]);

lesson.print(
  connections.flat().filter(Boolean).length,
  'of',
  connections.flat().length,
  'connections',
);

// **The pools learn.** Each map has a coefficient and a bias of its own: S2 learns 12 numbers and S4 32. **Units squash** with
//
// $$ f(a) = 1.7159 \tanh \tfrac{2}{3} a $$
//
// where $a$ is the weighted sum and the constants make $f(1) = 1$ (appendix A). Today's form keeps this one; a modern network would take a ReLU.

const grid = Array.from({ length: 61 }, (_, i) => -3 + i / 10);

lesson.chart('The squashing function: $f(1) = 1$, and beyond it units saturate.', {
  x: 'a',
  y: 'f(a)',
  foot: -2,
  top: 3,
  lines: {
    '1.7159 tanh(2a/3)': {
      points: grid.map((a) => [a, 1.7159 * Math.tanh((2 * a) / 3)] as const),
    },
    'ReLU, for comparison': {
      points: grid.map((a) => [a, Math.max(0, a)] as const),
    },
  },
});

// **The answer is a distance.** F6 has 84 units because a picture of 7×12 pixels has 84: each class has such a picture as its code, and output $i$ measures how far F6's values $x_j$
// are from the code's $w_{ij}$ (equation 7). The nearest code is the answer; these outputs learn nothing.
//
// $$ y_i = \sum_j (x_j - w_{ij})^2 $$

const code = (digit: number): Matrix =>
  Array.from({ length: 12 }, (_, row) =>
    Array.from(
      { length: 7 },
      (_, column) => digitBitmaps[digit]![row * 7 + column]!,
    ),
  );

await lesson.pictures(
  'The ten codes. Alike digits have alike codes, so a mistake is a small one.',
  Object.fromEntries(
    digitBitmaps.map((_, digit) => [`code of ${digit}`, code(digit)]),
  ),
  { aroundGrey: 127, width: 56 },
);

// ## A digit on its way
//
// The checkpoint that comes with this project holds today's form, trained on MNIST. A pen-drawn 5 goes through it. Which strokes does each of the six filters
// look for? Which maps of C3 can you still read?

const five = await penDigit(5, { slant: 10 });
const weights = await readSafetensors(
  'checkpoints/lenet5-mnist/lenet5.safetensors',
);
const normalised = (pixel: number) => (pixel - 20) / 200;
const input = tf.tensor4d(five.flat().map(normalised), [1, 32, 32, 1]);
const taps = forwardTaps(today, toParameters(weights), input, [...names]);

const mapOf = (layer: string, channel: number): Matrix => {
  const [, height, width, channels] = taps.get(layer)!.shape as number[];
  const values = taps.get(layer)!.dataSync();
  return Array.from({ length: height! }, (_, row) =>
    Array.from(
      { length: width! },
      (_, column) => values[(row * width! + column) * channels! + channel]!,
    ),
  );
};
const mapsOf = (layer: string, count: number) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => [
      `${layer}, map ${i + 1}`,
      mapOf(layer, i),
    ]),
  );

await lesson.pictures(
  'The 5 as it goes in.',
  { 'a pen-drawn 5': five },
  { width: 128 },
);

await lesson.pictures('The six maps of C1, 28×28.', mapsOf('C1', 6), {
  aroundGrey: 74,
  width: 100,
});

await lesson.pictures('The sixteen maps of C3, 10×10.', mapsOf('C3', 16), {
  aroundGrey: 74,
  width: 76,
});

const logits = taps.get('output')!.dataSync();
const exponentials = [...logits].map(Math.exp);
const whole = exponentials.reduce((a, b) => a + b, 0);

lesson.bars(
  'And the answer, in per cent.',
  ['digit', 'probability, %'],
  exponentials.map((value, digit) => [String(digit), (100 * value) / whole]),
  (value) => value.toFixed(2),
);

tf.dispose([input, ...taps.values()]);

// ## How well it reads
//
// First the long trainings, shipped. Today's form: `npx tsx scripts/train-lenet-mnist.ts --data MNIST --epochs 20 --seed 1`. The form of 1998: the same with `--network lenet5-paper --epochs 6`.
// All were tested on MNIST's 10,000 test digits.

interface Tested {
  readonly accuracy: number;
  readonly n: number;
}

const { test: shipped } = JSON.parse(
  readFileSync('checkpoints/lenet5-mnist/record.json', 'utf8'),
) as { test: Tested };
const withDoubt = (right: number, n: number) => {
  const { low, high } = wilsonInterval(right, n);
  const error = (share: number) => (100 * (1 - share)).toFixed(2);
  return [error(right / n), `${error(high)} to ${error(low)}`];
};

lesson.table(
  'Errors on 10,000 digits. The doubt is that of ten thousand digits, not that of another training.',
  ['network', 'errors, %', '95 % interval'],
  [
    [
      'today’s form, 20 epochs',
      ...withDoubt(Math.round(shipped.accuracy * shipped.n), shipped.n),
    ],
    ['form of 1998, 6 epochs, with Adam', ...withDoubt(10_000 - 183, 10_000)],
    ['the paper, 20 passes', '0.95', '(0.8 with distorted digits)'],
  ],
);

// Now both from nothing, as far as a minute goes, on the same digits in the same order. Which learns faster: the network with all connections and plain averages, or that
// of 1998?

const random = new Random(1);
const training = await someDigits(
  lesson,
  'train',
  lesson.quick ? 600 : 20_000,
  random,
);
const test = await someDigits(lesson, 'test', lesson.quick ? 400 : 10_000, random);
const inputsOf = ({ pixels, labels }: Digits): Examples =>
  examplesInMemory(Float32Array.from(pixels, normalised), [32, 32, 1], labels);

lesson.print(
  test.drawn ? 'no MNIST at hand, so drawn digits:' : 'digits of MNIST:',
  training.labels.length,
  'to learn from,',
  test.labels.length,
  'to be tested on',
);

const epochs = lesson.quick ? 2 : 3;

async function learn(network: Network, start: typeof initialWeights) {
  const trainer = new Trainer(network, start(network, random.fork('weights')), {
    optimiser: 'adam',
    momentum: 0,
    labelSmoothing: 0,
    batchSize: 32,
  });
  const losses: number[] = [];
  await fit({
    trainer,
    train: inputsOf(training),
    random: random.fork('order'),
    options: {
      epochs,
      learningRate: 0.001,
      schedule: 'cosine',
      weightDecay: 1e-4,
      patience: Infinity,
    },
    onBatch: ({ loss }) => losses.push(loss),
  });
  const answers = predictExamples(trainer, inputsOf(test)).map((row) =>
    row.indexOf(Math.max(...row)),
  );
  trainer.dispose();
  return { losses, answers };
}

const learned = {
  'today’s form': await learn(today, initialWeights),
  'form of 1998': await learn(paper, fanInWeights),
};

// The loss is the mean of $-\log p$ of the right digit; guessing among ten costs $\log 10 = 2.3$.

const smoothed = (values: readonly number[]) => {
  const width = Math.ceil(values.length / 40);
  return values.flatMap((_, end) => {
    if ((end + 1) % width !== 0) return [];
    const own = values.slice(end + 1 - width, end + 1);
    return [[end + 1, own.reduce((a, b) => a + b, 0) / width] as const];
  });
};

lesson.chart('Learning to read, step by step.', {
  x: `steps of 32 digits, ${epochs} epochs`,
  y: 'loss',
  logarithmic: true,
  lines: Object.fromEntries(
    Object.entries(learned).map(([name, { losses }]) => [
      name,
      { points: smoothed(losses) },
    ]),
  ),
});

lesson.table(
  'Errors after this short training.',
  ['network', 'parameters', 'errors, %', '95 % interval'],
  Object.entries(learned).map(([name, { answers }]) => [
    name,
    sum(name.includes('1998') ? paper : today, names),
    ...withDoubt(
      answers.filter((answer, i) => answer === test.labels[i]).length,
      test.labels.length,
    ),
  ]),
);

// What do the digits look like that it cannot read? Some are mistakes of the network, some of the pen.

const wrong = learned['today’s form'].answers
  .flatMap((answer, i) => (answer === test.labels[i] ? [] : [{ answer, i }]))
  .slice(0, 12);
const pictureOf = (i: number): Matrix =>
  Array.from({ length: 32 }, (_, row) => {
    const start = i * 1024 + row * 32;
    return [...test.pixels.subarray(start, start + 32)];
  });

await lesson.pictures(
  'Test digits that today’s form got wrong here.',
  wrong.length === 0
    ? { 'none: the first test digit': pictureOf(0) }
    : Object.fromEntries(
        wrong.map(({ answer, i }, place) => [
          `${place + 1}: a ${test.labels[i]}, read ${answer}`,
          pictureOf(i),
        ]),
      ),
  { width: 96 },
);

// ## Exercises
//
// 1. Why is the input 32×32, when the digits are about 20 pixels high?
//
// <details><summary>Answer</summary>
//
// So that ends and corners of strokes can lie in the middle of what a unit of C3 sees: the middles of those fields cover the 20×20 pixels of the digit (section II.B of
// the paper).
//
// </details>
//
// 2. C5 and F6 have 58,284 of 61,706 parameters. How many multiplications do they have, of 416,520?
//
// <details><summary>Answer</summary>
//
// 48,000 + 10,080: each weight is used once. C3 with its 2,400 weights, used at 100 places, has 240,000.
//
// </details>
//
// 3. In the file, set `batchSize` to 256 and run `npm run lesson -- 8 --data FOLDER` again, with MNIST (the drawn digits are too easy to show it). Both networks read worse: 7.0 and 9.2 % wrong instead of 3.7 and 3.7. What would you change along with it?
//
// <details><summary>Answer</summary>
//
// They take an eighth of the steps. Raise the learning rate, or train for more epochs: what counts at this stage is how far all steps together have led.
//
// </details>
//
// ## Read next
//
// `checkpoints/lenet5-mnist` has the trained network with its record, `src/models/lenet5-paper.ts` the form of 1998. The next lesson: what changed in 2012.

export default lesson;
