/**
 * LeNet-5 learns to read: trains the shipped checkpoint on the MNIST digits.
 *
 *     npx tsx scripts/train-lenet-mnist.ts --data DIR [--network lenet5-paper] [--epochs N] [--seed N] [--out DIR]
 *
 * `lenet5`, today's form, is what is shipped; `lenet5-paper` is the network as published in 1998. DIR holds the four idx files of MNIST, zipped or not. The result is a run folder: `finetune predict` reads it.
 */
import fs from 'node:fs';
import path from 'node:path';
import { onCanvas } from '../src/data/centre.js';
import { type IdxArray, idxFolder } from '../src/data/idx.js';
import { measure } from '../src/evaluation/metrics.js';
import { withPreprocessing, withSoftmax } from '../src/models/compose.js';
import { modelSpec } from '../src/models/registry.js';
import { loadRun, saveClassifier } from '../src/runs/classifier.js';
import { Random } from '../src/runtime/random.js';
import { nativeBinding, tf } from '../src/runtime/tensorflow.js';
import type { Examples } from '../src/features/examples.js';
import { fit } from '../src/training/fit.js';
import { fanInWeights, initialWeights } from '../src/training/initialise.js';
import { Trainer } from '../src/training/trainer.js';
import { safetensorsBytes } from '../src/formats/safetensors.js';
import { canonicalDigest } from '../src/formats/tensors.js';
import { UserError } from '../src/runtime/errors.js';
import { scriptArguments } from './helpers/arguments.js';

const { values: given } = scriptArguments(import.meta.url, {
  options: {
    data: { type: 'string' },
    network: { type: 'string', default: 'lenet5' },
    epochs: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string' },
  },
});
const [epochs, seed] = [Number(given.epochs), Number(given.seed)];
const isPaper = given.network === 'lenet5-paper';
const out = given.out ?? `checkpoints/${given.network}-mnist`;
if (!given.data || !(epochs >= 1) || !Number.isInteger(seed) || !(isPaper || given.network === 'lenet5')) {
  throw new UserError(
    'Expected --data DIR with the idx files of MNIST ' +
      '(and perhaps --network lenet5 or lenet5-paper, --epochs N, --seed N, --out DIR).',
  );
}

function say(text: string): void {
  console.log(text);
}

// ── 1. The digits ────────────────────────────────────────────────────────────────────────────────────────────────
//
// 60,000 digits to learn from and 10,000 to be tested on. The test digits wait until everything is decided; the
// epoch is chosen on 5,000 of the others, drawn by the seed.

const mnist = await idxFolder(given.data);
if (!mnist) {
  throw new UserError(`Expected the idx files of MNIST in '${given.data}' but found none: check the path.`);
}
const random = new Random(seed);
const heldBack = 5_000;
const order = random.fork('held back').shuffle([...mnist.train.labels.data.keys()]);
const [validationDigits, trainingDigits] = [order.slice(0, heldBack), order.slice(heldBack)];
say(
  `${trainingDigits.length} digits to learn from, ${heldBack} to choose the epoch, ${mnist.test.labels.data.length} to test.`,
);

// ── 2. What the network sees ─────────────────────────────────────────────────────────────────────────────────────
//
// LeCun et al. 1998, section II.B: the field is 32×32, larger than any digit, so that strokes near the edge can still
// lie in the middle of a receptive field. The ground is −0.1 and the ink 1.175, which makes the mean roughly 0 and
// the variance roughly 1. With the ground at 0 and the ink at 255 that is (pixel − 20) / 200, exactly.

const side = 32;
const normalisation = { mean: [20], scale: [200], channelOrder: 'RGB' } as const;

// A 28×28 picture leaves a margin of 4 pixels. Validation and test digits lie in its middle; a training digit lies
// anywhere in it, afresh in every epoch, which is a shift by up to 2 pixels each way.

const margin = side - mnist.train.images.shape[1]!;
const shifts = random.fork('shifts');
const anywhere = () => ({ top: shifts.below(margin + 1), left: shifts.below(margin + 1) });

function digits(chosen: readonly number[], placeOf?: typeof anywhere): Examples {
  const { images, labels } = mnist!.train;
  return {
    size: chosen.length,
    shape: [side, side, 1],
    labels: chosen.map((digit) => labels.data[digit]!),
    read: (places) =>
      normalised(images, { chosen: places.map((place) => chosen[place]!), ...(placeOf && { placeOf }) }),
  };
}

function normalised(images: IdxArray, options: Parameters<typeof onCanvas>[2]): Float32Array {
  return Float32Array.from(onCanvas(images, side, options), (pixel) => (pixel - 20) / 200);
}

// ── 3. Training ──────────────────────────────────────────────────────────────────────────────────────────────────
//
// Adam instead of the paper's stochastic diagonal Levenberg–Marquardt, and softmax cross-entropy. For the network as
// published that is the paper's own criterion but for one term (src/models/lenet5-paper.ts), and its weights start as
// in the paper's appendix A; for today's form the outputs are plain logits (src/models/lenet5.ts).

const network = modelSpec(given.network).build();
const draws = random.fork('initial weights');
const initial = isPaper ? fanInWeights(network, draws) : initialWeights(network, draws);
const recipe = {
  optimiser: 'adam',
  // What the network as published puts out are sums of 84 squares, so its loss wants more and smaller steps.
  batchSize: isPaper ? 32 : 128,
  learningRate: isPaper ? 0.001 : 0.002,
  schedule: 'cosine',
  weightDecay: 1e-4,
} as const;
const trainer = new Trainer(network, initial, {
  ...recipe,
  momentum: 0,
  labelSmoothing: 0,
});
say(`${modelSpec(given.network).title} with ${trainer.trainableParameters} parameters, ${epochs} epochs.\n`);
say('epoch  loss    accuracy  held back: loss  accuracy');

const { weights, bestEpoch, history } = await fit({
  trainer,
  train: digits(trainingDigits, anywhere),
  validation: digits(validationDigits),
  random: random.fork('order'),
  // Never stops early, but ends with the weights of the epoch that did best on the digits held back.
  options: { ...recipe, epochs, patience: epochs },
  onEpoch: (r) =>
    say(
      `${String(r.epoch).padStart(5)}  ${r.loss.toFixed(4)}  ${percent(r.accuracy)}            ${r.validationLoss!.toFixed(4)}   ${percent(r.validationAccuracy!)}   ${r.seconds.toFixed(0)} s`,
    ),
});
trainer.dispose();
const chosen = history[bestEpoch - 1]!;
say(`\nEpoch ${bestEpoch} has the lowest loss on the digits held back.`);

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

// ── 4. The checkpoint ────────────────────────────────────────────────────────────────────────────────────────────
//
// Twice the same weights: alone, for whoever has the layers; and as a classifier that takes plain pixels, with the
// normalisation as its first layer, for plain TF.js and `finetune predict`.

fs.mkdirSync(out, { recursive: true });
fs.writeFileSync(
  path.join(out, `${given.network}.safetensors`),
  safetensorsBytes(weights, { network: given.network, seed: given.seed }),
);
await saveClassifier(path.join(out, 'model'), {
  ...withSoftmaxAndPixels(),
  labels: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  decode: { height: side, width: side, channels: 1, resize: 'letterbox' },
  cut: 'preprocess',
  prefix: { precision: 'float32' },
});

function withSoftmaxAndPixels() {
  const whole = withPreprocessing({ network, weights }, normalisation);
  return { ...whole, network: withSoftmax(whole.network) };
}

// ── 5. The test ──────────────────────────────────────────────────────────────────────────────────────────────────
//
// Once, on what has been written, read back.

const classifier = await loadRun(out);
const probabilities = classifier.probabilities(
  onCanvas(mnist.test.images, side),
  mnist.test.labels.data.length,
);
classifier.dispose();
const predictions = probabilities.map((row, i) => ({
  path: `t10k ${i}`,
  label: mnist.test.labels.data[i]!,
  probabilities: row,
}));
const test = measure(predictions, classifier.labels);
const wrong = test.n - Math.round(test.accuracy * test.n);
say(
  `${percent(test.accuracy)} of the ${test.n} test digits (95 % interval ${percent(test.ci95[0])} to ${percent(test.ci95[1])}; ${wrong} wrong).`,
);

const record = {
  command: `npx tsx scripts/train-lenet-mnist.ts --data DIR${isPaper ? ' --network lenet5-paper' : ''} --epochs ${epochs} --seed ${seed}`,
  date: new Date().toISOString().slice(0, 10),
  versions: {
    node: process.version,
    tfjs: tf.version['tfjs-core'],
    tensorflow: nativeBinding().TF_Version,
  },
  data: {
    name: 'MNIST',
    training: trainingDigits.length,
    heldBack: { n: heldBack, purpose: 'choosing the epoch', drawn: 'at random from the 60,000, by the seed' },
    test: test.n,
  },
  input: {
    shape: [side, side, 1],
    pixels: 'grey, 0 to 255, light digit on black ground; the digit about 20 pixels high, in the middle',
    normalisation: '(pixel - 20) / 200: ground -0.1, ink 1.175',
    augmentation: `training digits shifted by up to ${margin / 2} pixels each way`,
  },
  recipe,
  seed,
  epochs,
  bestEpoch,
  parameters: [...weights.values()].reduce((sum, { data }) => sum + data.length, 0),
  weightsSha256: canonicalDigest(weights),
  validation: { loss: chosen.validationLoss, accuracy: chosen.validationAccuracy, n: heldBack },
  test,
  history: history.map(({ seconds: _seconds, ...rest }) => rest),
};
fs.writeFileSync(path.join(out, 'record.json'), `${JSON.stringify(record, null, 1)}\n`);
say(`Written to ${out}.`);
