/**
 * Several networks answer better than one: LeNet-5 trained five times, and the mean of the five answers.
 *
 *     npx tsx scripts/votes.ts --data DIR [--networks N] [--digits N] [--epochs N] [--seed N]
 *
 * DIR holds the four idx files of MNIST. A minute on two processor cores.
 */
import { onCanvas } from '../src/data/centre.js';
import { type IdxPart, idxFolder } from '../src/data/idx.js';
import { compare } from '../src/evaluation/compare.js';
import { wilsonInterval } from '../src/evaluation/intervals.js';
import { isRight, type LabelledPrediction } from '../src/evaluation/predictions.js';
import { lenet5 } from '../src/models/lenet5.js';
import { Random } from '../src/runtime/random.js';
import { type Examples, examplesInMemory } from '../src/features/examples.js';
import { fit, predictExamples } from '../src/training/fit.js';
import { initialWeights } from '../src/training/initialise.js';
import { Trainer } from '../src/training/trainer.js';
import { UserError } from '../src/runtime/errors.js';
import { scriptArguments } from './helpers/arguments.js';

const { values: given } = scriptArguments(import.meta.url, {
  options: {
    data: { type: 'string' },
    networks: { type: 'string', default: '5' },
    digits: { type: 'string', default: '6000' },
    epochs: { type: 'string', default: '15' },
    seed: { type: 'string', default: '1' },
  },
});
const [count, learnt, epochs, seed] = [given.networks, given.digits, given.epochs, given.seed].map(
  Number,
) as [number, number, number, number];
const mnist =
  given.data && count >= 2 && learnt >= 1 && epochs >= 1 ? await idxFolder(given.data) : undefined;
if (!mnist) {
  throw new UserError(
    'Expected --data DIR with the idx files of MNIST (and perhaps --networks 2 or more, --digits N, --epochs N).',
  );
}

// ── 1. Five networks ─────────────────────────────────────────────────────────────────────────────────────────────
//
// The same layers and the same digits; other initial weights and another order. Each ends somewhere else and makes
// mistakes of its own. Few digits are learned from, so that there are mistakes to be counted.

const side = 32;
const random = new Random(seed);
const chosen = random
  .fork('digits')
  .shuffle([...mnist.train.labels.data.keys()])
  .slice(0, learnt);

function digits({ images, labels }: IdxPart, which: readonly number[]): Examples {
  // As in train-lenet-mnist.ts: ground −0.1, ink 1.175.
  const pixels = Float32Array.from(onCanvas(images, side, { chosen: which }), (pixel) => (pixel - 20) / 200);
  return examplesInMemory(
    pixels,
    [side, side, 1],
    which.map((digit) => labels.data[digit]!),
  );
}

const train = digits(mnist.train, chosen);
const test = digits(mnist.test, [...mnist.test.labels.data.keys()]);
const network = lenet5();

async function answersOf(own: Random): Promise<number[][]> {
  const trainer = new Trainer(network, initialWeights(network, own.fork('initial weights')), {
    optimiser: 'adam',
    momentum: 0,
    labelSmoothing: 0,
    batchSize: 32,
  });
  await fit({
    trainer,
    train,
    random: own.fork('order'),
    options: { epochs, learningRate: 0.002, schedule: 'cosine', weightDecay: 1e-4, patience: Infinity },
  });
  const probabilities = predictExamples(trainer, test);
  trainer.dispose();
  return probabilities;
}

console.log(`${train.size} digits to learn from, ${test.size} to be tested on; ${epochs} epochs.\n`);
const all: number[][][] = [];
for (let number = 1; number <= count; number++) {
  all.push(await answersOf(random.fork(`network ${number}`)));
  console.log(`network ${number}: ${accuracy(all.at(-1)!)}`);
}

function predictions(probabilities: readonly (readonly number[])[]): LabelledPrediction[] {
  return probabilities.map((row, i) => ({ path: `t10k ${i}`, label: test.labels[i]!, probabilities: row }));
}

function rightOf(probabilities: readonly (readonly number[])[]): number {
  return predictions(probabilities).filter(isRight).length;
}

function accuracy(probabilities: readonly (readonly number[])[]): string {
  const right = rightOf(probabilities);
  const { low, high } = wilsonInterval(right, test.size);
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  return `${percent(right / test.size)} right (95 % interval ${percent(low)} to ${percent(high)})`;
}

// ── 2. Their vote ────────────────────────────────────────────────────────────────────────────────────────────────
//
// The mean of the probabilities. Where they agree, it is what each says; where one is wrong, the others are seldom wrong
// in the same way. Five AlexNets so took the top-5 error on ImageNet from 18.2 % to 16.4 % (Krizhevsky et al. 2012,
// section 6). The price is five times the work.

const vote = all[0]!.map((row, digit) =>
  row.map((_, label) => all.reduce((sum, answers) => sum + answers[digit]![label]!, 0) / all.length),
);
console.log(`\nthe mean of ${count}: ${accuracy(vote)}`);

// Against the best single one, which nobody can pick without the test's labels. The same digits, so McNemar's test looks
// at those that only one of the two gets right.

const best = all.reduce((leader, answers) => (rightOf(answers) > rightOf(leader) ? answers : leader));
const { onlyFirst, onlySecond, mcnemarP } = compare(predictions(vote), predictions(best));
console.log(
  `Against the best of them: ${onlyFirst} digits gained, ${onlySecond} lost, McNemar p ${mcnemarP < 0.001 ? '< 0.001' : `= ${mcnemarP.toFixed(3)}`}.`,
);
