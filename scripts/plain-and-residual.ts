/**
 * Why shortcuts? A deep plain network learns worse than a shallow one, on the very digits it is trained on; with
 * shortcuts it does not. He, Zhang, Ren & Sun, "Deep Residual Learning for Image Recognition", 2015, figure 6, on digits.
 *
 *     npx tsx scripts/plain-and-residual.ts --data DIR [--steps N] [--depths 20,56] [--seed N] [--out FILE.svg]
 *
 * DIR holds the four idx files of MNIST. Some five minutes on two processor cores.
 */
import fs from 'node:fs';
import path from 'node:path';
import type { Scalar, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs';
import { type IdxPart, idxFolder } from '../src/data/idx.js';
import { networkCosts } from '../src/summary/network-costs.js';
import {
  compileTogether,
  createOptimiser,
  softmaxCrossEntropy,
  tf,
  trainingStep,
} from '../src/graph/index.js';
import { smallResNet } from '../src/models/resnet-cifar.js';
import { Random } from '../src/runtime/random.js';
import { forwardWithBatchStatistics } from '../src/training/batch-statistics.js';
import { initialWeights } from '../src/training/initialise.js';
import { UserError } from '../src/runtime/errors.js';
import { scriptArguments } from './helpers/arguments.js';

const { values: given } = scriptArguments(import.meta.url, {
  options: {
    data: { type: 'string' },
    steps: { type: 'string', default: '1000' },
    depths: { type: 'string', default: '20,56' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string', default: 'runs/plain-and-residual.svg' },
  },
});
const steps = Number(given.steps);
const seed = Number(given.seed);
const depths = given.depths.split(',').map(Number);
const mnist = given.data && steps >= 1 ? await idxFolder(given.data) : undefined;
if (!mnist) {
  throw new UserError(
    'Expected --data DIR with the idx files of MNIST (and perhaps --steps N, --depths 20,56, --seed N).',
  );
}

function section(title: string): void {
  console.log(`\n── ${title} ${'─'.repeat(Math.max(0, 72 - title.length))}\n`);
}

section('1. The networks');

// 6n + 2 layers: a convolution, three stages of n blocks of two convolutions with 16, 32 and 64 filters of 3×3, a dense
// layer. A plain network puts one block after the other; a residual one adds to each block's output what went in, so
// that a block that has nothing to say can say nothing. The deeper network could copy the shallower one and pass the rest
// through: it has no excuse for learning its own training digits worse.

const side = 14;

const networks = [false, true].flatMap((shortcuts) =>
  depths.map((depth) => ({
    name: `${shortcuts ? 'residual' : 'plain'}-${depth}`,
    shortcuts,
    depth,
    network: smallResNet({ depth, shortcuts, inputShape: [side, side, 1] }),
  })),
);
for (const { name, network } of networks) {
  const { parameters, multiplyAdds } = networkCosts(network).totals;
  console.log(
    `${name.padEnd(12)} ${parameters.toLocaleString('en-GB').padStart(9)} parameters, ${(multiplyAdds / 1e6).toFixed(1)} million multiply-adds a digit`,
  );
}

section('2. The digits');

// Halved to 14×14 by averaging, which keeps them legible and the training short, and brought to mean 0 and variance 1.

function halved({ images, labels }: IdxPart): { pixels: Float32Array; labels: Uint8Array } {
  const [count, height, width] = images.shape as [number, number, number];
  const pixels = new Float32Array(count * side * side);
  const at = (digit: number, row: number, column: number) =>
    images.data[(digit * height + row) * width + column]!;
  for (let i = 0; i < pixels.length; i++) {
    const [digit, row, column] = [
      Math.floor(i / side ** 2),
      2 * (Math.floor(i / side) % side),
      2 * (i % side),
    ];
    const sum =
      at(digit, row, column) +
      at(digit, row, column + 1) +
      at(digit, row + 1, column) +
      at(digit, row + 1, column + 1);
    pixels[i] = sum / 4;
  }
  const mean = 33.3;
  const deviation = 74;
  return { pixels: pixels.map((pixel) => (pixel - mean) / deviation), labels: labels.data };
}

const [train, test] = [halved(mnist.train), halved(mnist.test)];
console.log(`${train.labels.length} digits to learn from, ${test.labels.length} to be tested on.`);

type Digits = typeof train;

function batchOf({ pixels, labels }: Digits, chosen: readonly number[]): [Tensor4D, Tensor1D] {
  const size = side * side;
  const inputs = new Float32Array(chosen.length * size);
  for (const [i, digit] of chosen.entries())
    inputs.set(pixels.subarray(digit * size, (digit + 1) * size), i * size);
  return [
    tf.tensor4d(inputs, [chosen.length, side, side, 1]),
    tf.tensor1d(
      chosen.map((digit) => labels[digit]!),
      'int32',
    ),
  ];
}

section('3. Training');

// As in the paper (section 4.2): gradient descent with momentum 0.9, weight decay 0.0001, a learning rate that is divided
// by ten after half of the steps and again after three quarters. It starts at 0.02 instead of 0.1, which is too much for
// residual-56 in so few steps: the paper too starts its deepest network lower. Every network sees the same batches in the
// same order. The batch norms use the mean and variance of the batch at hand, in the test too.

const batchSize = 64;
const rateAt = (step: number) =>
  0.02 * 10 ** -Number(step >= steps / 2) * 10 ** -Number(step >= (3 * steps) / 4);

function* trainingBatches(): Generator<number[]> {
  const random = new Random(seed).fork('order');
  let order: number[] = [];
  for (let step = 0; step < steps; step++) {
    if (order.length < batchSize) order = random.shuffle([...train.labels.keys()]);
    yield order.splice(-batchSize);
  }
}

interface Learned {
  /** Before each step, on its batch. */
  readonly losses: readonly number[];
  /** Share of the test digits that it gets wrong. */
  readonly testError: number;
}

function learn(network: (typeof networks)[number]['network']): Learned {
  const parameters = new Map(
    [...initialWeights(network, new Random(seed).fork('initial weights'))].map(([name, { shape, data }]) => [
      name,
      tf.tidy(() => tf.variable(tf.tensor(data, [...shape]))),
    ]),
  );
  const learned = new Map([...parameters].filter(([name]) => !/\/(mean|variance)$/.test(name)));
  const optimiser = createOptimiser(learned, { kind: 'sgd', momentum: 0.9 });
  const logitsOf = (x: Tensor4D) => forwardWithBatchStatistics(network, parameters, x) as Tensor2D;
  const { functions, dispose } = compileTogether({
    step: trainingStep(optimiser, (x: Tensor4D, y: Tensor1D) => ({
      loss: tf.mean(softmaxCrossEntropy(logitsOf(x), y)) as Scalar,
    })),
    wrong: (x: Tensor4D, y: Tensor1D) => tf.sum(tf.notEqual(tf.argMax(logitsOf(x), 1), y)),
  });
  const losses = [...trainingBatches()].map((batch, step) =>
    tf.tidy(() => {
      const { loss } = functions.step(tf.scalar(rateAt(step)), tf.scalar(1e-4), ...batchOf(train, batch));
      return loss.dataSync()[0]!;
    }),
  );
  const all = [...test.labels.keys()];
  let wrong = 0;
  for (let i = 0; i < all.length; i += 250) {
    wrong += tf.tidy(() => functions.wrong(...batchOf(test, all.slice(i, i + 250))).dataSync()[0]!);
  }
  dispose();
  optimiser.dispose();
  tf.dispose([...parameters.values()]);
  return { losses, testError: wrong / all.length };
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const tenth = Math.ceil(steps / 10);

console.log(
  `${steps} steps of ${batchSize} digits. Loss on the training digits, mean of a tenth of the steps:\n`,
);
const results = networks.map((network) => {
  const started = performance.now();
  const learned = learn(network.network);
  const end = mean(learned.losses.slice(-tenth));
  const tenths = Array.from({ length: Math.ceil(steps / tenth) }, (_, i) =>
    mean(learned.losses.slice(i * tenth, (i + 1) * tenth)),
  );
  console.log(`${network.name.padEnd(12)} ${tenths.map((loss) => loss.toFixed(3)).join('  ')}`);
  console.log(
    `             test digits wrong: ${(100 * learned.testError).toFixed(2)} %, ${((performance.now() - started) / 1000).toFixed(0)} s`,
  );
  return { ...network, ...learned, end };
});

section('4. What it shows');

const [shallow, deep] = [Math.min(...depths), Math.max(...depths)];
for (const shortcuts of [false, true]) {
  const [one, other] = [shallow, deep].map((depth) =>
    results.find((result) => result.depth === depth && result.shortcuts === shortcuts),
  );
  const times = other!.end / one!.end;
  console.log(
    `${shortcuts ? 'With shortcuts' : 'Plain'}: ${deep} layers end with a loss of ${other!.end.toPrecision(2)} on the digits they learn from, ${shallow} with ${one!.end.toPrecision(2)}: ${times.toPrecision(2)} times as much.`,
  );
}

// It is not overfitting, which would show in the test and not in training; nor, the authors say, do gradients vanish, since
// every convolution has its batch norm. Their explanation: several layers find it hard to learn the identity, which a
// shortcut gives them. In the paper's 64,000 steps the deep plain network catches up further than here, but not wholly.

fs.mkdirSync(path.dirname(given.out), { recursive: true });
fs.writeFileSync(given.out, drawing());
console.log(`\nWritten to ${given.out}.`);

/** Loss by step on a logarithmic scale, each point the mean of the last steps. */
function drawing(): string {
  const [width, height, left, top, right] = [640, 320, 50, 40, 100];
  const window = Math.max(1, Math.round(steps / 40));
  const lines = results.map((result) => ({
    ...result,
    points: result.losses.flatMap((_, i) =>
      (i + 1) % window === 0 ? [[i + 1, mean(result.losses.slice(i + 1 - window, i + 1))] as const] : [],
    ),
  }));
  const values = lines.flatMap(({ points }) => points.map(([, loss]) => loss));
  const [lowest, highest] = [Math.min(...values), Math.max(...values)].map(Math.log10) as [number, number];
  const x = (step: number) => (left + (width * step) / steps).toFixed(1);
  const y = (loss: number) => (top + (height * (highest - Math.log10(loss))) / (highest - lowest)).toFixed(1);
  const marks = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5].filter(
    (loss) => Math.log10(loss) >= lowest && Math.log10(loss) <= highest,
  );
  const grid = marks.map(
    (loss) =>
      `<path d="M${left} ${y(loss)}h${width}" stroke="#ddd"/><text x="${left - 8}" y="${y(loss)}" dy=".35em" text-anchor="end">${loss}</text>`,
  );
  const stepsShown = [0, 0.25, 0.5, 0.75, 1].map((share) => Math.round(share * steps));
  const axis = stepsShown.map(
    (step) => `<text x="${x(step)}" y="${top + height + 20}" text-anchor="middle">${step}</text>`,
  );
  // Names stand at the ends of their lines, moved apart where they would overlap.
  const ends = lines
    .map(({ name, points }) => ({ name, at: Number(y(points.at(-1)![1])) }))
    .sort((a, b) => a.at - b.at);
  for (const [i, end] of ends.entries()) if (i > 0) end.at = Math.max(end.at, ends[i - 1]!.at + 15);
  const curves = lines.map(({ shortcuts, depth, name, points }) => {
    const colour = shortcuts ? '#2166ac' : '#b2182b';
    const style = `stroke="${colour}" stroke-width="${depth === deep ? 3 : 1.5}"`;
    const places = points.map(([step, loss]) => `${x(step)},${y(loss)}`).join(' ');
    const label = ends.find((end) => end.name === name)!;
    return `<polyline points="${places}" fill="none" ${style}/><text x="${left + width + 8}" y="${label.at}" dy=".35em" fill="${colour}">${name}</text>`;
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left + width + right} ${top + height + 50}" font-family="sans-serif" font-size="13" role="img" aria-label="Training loss of plain and residual networks">` +
    `<rect width="100%" height="100%" fill="white"/><text x="${left}" y="22" font-weight="bold">Loss on the training digits, by step</text>` +
    `${grid.join('')}${axis.join('')}${curves.join('')}</svg>\n`
  );
}
