/**
 * What AlexNet did so that 60 million parameters would not learn 1.2 million photographs by heart, tried on a small
 * network: crops and mirror images, changes of light, ten views at the test, several networks that vote.
 *
 *     npx tsx scripts/alexnet-tricks.ts [DIR] [--networks N] [--epochs N] [--seed N] [--out FILE.png]
 *
 * DIR holds pictures as DIR/{train,test}/CLASS/*; the drawn sample in data/pets unless told. Two minutes on two processor cores.
 * Krizhevsky, Sutskever & Hinton, "ImageNet classification with deep convolutional neural networks", 2012.
 */
import fs from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { type Colour, colourComponents, inLight, randomLight } from '../src/data/colour.js';
import { decodePicture } from '../src/data/decode.js';
import { mapParallel } from '../src/data/parallel.js';
import type { Picture } from '../src/data/pictures.js';
import { scanFolder } from '../src/data/scan.js';
import { compare } from '../src/evaluation/compare.js';
import { wilsonInterval } from '../src/evaluation/intervals.js';
import { isRight, type LabelledPrediction } from '../src/evaluation/predictions.js';
import { lenet5 } from '../src/models/lenet5.js';
import { Random } from '../src/runtime/random.js';
import type { Examples } from '../src/features/examples.js';
import { fit, predictExamples } from '../src/training/fit.js';
import { initialWeights } from '../src/training/initialise.js';
import { Trainer } from '../src/training/trainer.js';
import { UserError } from '../src/runtime/errors.js';
import { scriptArguments } from './helpers/arguments.js';

const { values: given, positionals } = scriptArguments(import.meta.url, {
  allowPositionals: true,
  options: {
    networks: { type: 'string', default: '5' },
    epochs: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string', default: 'runs/light.png' },
  },
});
const [count, epochs, seed] = [Number(given.networks), Number(given.epochs), Number(given.seed)];
const folder = await scanFolder(positionals[0] ?? 'data/pets');
const { train, test } = folder.parts;
if (!train || !test || !(count >= 2) || !(epochs >= 1)) {
  throw new UserError(
    'Expected pictures as DIR/{train,test}/CLASS/*, --networks 2 or more and --epochs 1 or more.',
  );
}
const random = new Random(seed);

function section(title: string): void {
  console.log(`\n── ${title} ${'─'.repeat(Math.max(0, 72 - title.length))}\n`);
}

section('1. Crops and mirror images');

// Section 4.1 of the paper, first form: pictures of 256×256, of which training sees a random crop of 224×224, mirrored
// half of the time. Here 36×36 and 32×32, the field of LeNet-5.

const [whole, side] = [36, 32];
const margin = whole - side;
const pixelsOf = (pictures: readonly Picture[]) =>
  mapParallel(pictures, 8, ({ file }) =>
    decodePicture(file, { height: whole, width: whole, channels: 3, resize: 'squash' }),
  );
const [trainingPixels, testPixels] = [await pixelsOf(train), await pixelsOf(test)];
console.log(
  `${train.length} pictures of ${folder.labels.length} classes to learn from, ${test.length} to be tested on.`,
);
console.log(
  `Each can be seen in ${2 * (margin + 1) ** 2} ways: ${margin + 1}×${margin + 1} crops, mirrored or not.`,
);

interface Crop {
  readonly top: number;
  readonly left: number;
  readonly mirrored: boolean;
}

function cropped(pixels: Uint8Array, { top, left, mirrored }: Crop): Float32Array {
  const out = new Float32Array(side * side * 3);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const from = ((top + row) * whole + left + (mirrored ? side - 1 - column : column)) * 3;
      for (let channel = 0; channel < 3; channel++) {
        out[(row * side + column) * 3 + channel] = (pixels[from + channel]! - 120) / 64;
      }
    }
  }
  return out;
}

section('2. Changes of light');

// Second form: the principal components of the colours of all training pictures; a picture gets more or less of each, by
// a random amount with the standard deviation 0.1, drawn anew each time it is seen.

const components = colourComponents(Uint8Array.from(Buffer.concat(trainingPixels)));
const sum = components.variances.reduce((a, b) => a + b);
for (const [i, direction] of components.directions.entries()) {
  const [red, green, blue] = direction.map((value) => value.toFixed(2).padStart(5));
  const share = (100 * components.variances[i]!) / sum;
  console.log(
    `component ${i + 1}: red ${red}, green ${green}, blue ${blue}; variance ${components.variances[i]!.toFixed(4)}, ${share.toFixed(1)} % of all`,
  );
}
console.log(
  '\nThe first is light against dark: by far most of what random light changes is how bright a picture is.',
);

fs.mkdirSync(path.dirname(given.out), { recursive: true });
await drawLights(train[0]!.file, given.out);
console.log(
  `Wrote ${given.out}: one picture, its own light first; α of deviation 0.1 above, ten times that below.`,
);

async function drawLights(file: string, target: string): Promise<void> {
  const [size, columns, gap] = [160, 6, 4];
  const pixels = await decodePicture(file, { height: size, width: size, channels: 3, resize: 'squash' });
  const lights = random.fork('drawing');
  const tiles = [0.1, 1].flatMap((deviation, row) =>
    Array.from({ length: columns }, (_, column) => {
      const light: Colour = column === 0 ? [0, 0, 0] : randomLight(components, lights, deviation);
      return {
        input: Buffer.from(inLight(pixels, light)),
        raw: { width: size, height: size, channels: 3 as const },
        left: column * (size + gap),
        top: row * (size + gap),
      };
    }),
  );
  const [width, height] = [columns * (size + gap) - gap, 2 * (size + gap) - gap];
  await sharp({ create: { width, height, channels: 3, background: 'white' } })
    .composite(tiles)
    .png()
    .toFile(target);
}

section('3. Training');

// LeNet-5 for three channels, from scratch, once without the changes of light and once with them; each several times,
// from other initial weights and with the pictures in another order.

const settings = { optimiser: 'adam', momentum: 0, labelSmoothing: 0, batchSize: 64 } as const;
const network = lenet5({ classes: folder.labels.length, channels: 3 });

function trainingExamples(stream: Random, withLight: boolean): Examples {
  const pick = () => ({
    top: stream.below(margin + 1),
    left: stream.below(margin + 1),
    mirrored: stream.next() < 0.5,
  });
  return examples(trainingPixels, train!, (pixels) =>
    cropped(withLight ? inLight(pixels, randomLight(components, stream)) : pixels, pick()),
  );
}

function examples(
  all: readonly Uint8Array[],
  pictures: readonly Picture[],
  see: (pixels: Uint8Array) => Float32Array,
): Examples {
  return {
    size: all.length,
    shape: [side, side, 3],
    labels: pictures.map(({ label }) => label),
    read(places) {
      const out = new Float32Array(places.length * side * side * 3);
      for (const [i, place] of places.entries()) out.set(see(all[place]!), i * side * side * 3);
      return out;
    },
  };
}

// ── The test's ten views: the four corners and the middle, mirrored or not; the network's answer is the mean of the ten.

const tenCrops: readonly Crop[] = [false, true].flatMap((mirrored) =>
  [
    [margin / 2, margin / 2],
    [0, 0],
    [0, margin],
    [margin, 0],
    [margin, margin],
  ].map(([top, left]) => ({ top: top!, left: left!, mirrored })),
);

interface Answers {
  /** Probabilities of every test picture's middle crop, by picture and class. */
  readonly middle: readonly (readonly number[])[];
  /** The mean of all ten crops'. */
  readonly ten: readonly (readonly number[])[];
}

async function learn(withLight: boolean, number: number): Promise<Answers> {
  const own = random.fork(`network ${number}`);
  const trainer = new Trainer(network, initialWeights(network, own.fork('initial weights')), settings);
  await fit({
    trainer,
    train: trainingExamples(own.fork('views'), withLight),
    random: own.fork('order'),
    options: { epochs, learningRate: 0.001, schedule: 'cosine', weightDecay: 1e-4, patience: Infinity },
  });
  const views = tenCrops.map((crop) =>
    predictExamples(
      trainer,
      examples(testPixels, test!, (pixels) => cropped(pixels, crop)),
    ),
  );
  trainer.dispose();
  return { middle: views[0]!, ten: averaged(views) };
}

/** The mean of several classifiers' probabilities, picture by picture. */
function averaged(votes: readonly (readonly (readonly number[])[])[]): number[][] {
  return votes[0]!.map((row, picture) =>
    row.map((_, label) => votes.reduce((total, vote) => total + vote[picture]![label]!, 0) / votes.length),
  );
}

const learned = { without: [] as Answers[], with: [] as Answers[] };
for (let number = 1; number <= count; number++) {
  learned.without.push(await learn(false, number));
  learned.with.push(await learn(true, number));
  console.log(
    `${number} of ${count} networks trained without and with changes of light, ${epochs} epochs each.`,
  );
}

section('4. The test');

// Paired comparisons: the same pictures, so McNemar's test looks only at those that one answer gets right and the other
// wrong. What is compared with the vote of all is the median network, neither the luckiest nor the unluckiest.

const predictions = (rows: readonly (readonly number[])[]): LabelledPrediction[] =>
  rows.map((probabilities, i) => ({ path: test[i]!.path, label: test[i]!.label, probabilities }));
const right = (rows: readonly (readonly number[])[]) => predictions(rows).filter(isRight).length;
const median = (all: readonly Answers[], which: keyof Answers) =>
  [...all].sort((a, b) => right(a[which]) - right(b[which]))[Math.floor((all.length - 1) / 2)]![which];
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

const rows = [
  { name: 'one network, middle crop', answers: median(learned.without, 'middle') },
  { name: 'one network, ten crops', answers: median(learned.without, 'ten') },
  { name: 'one network with light, ten crops', answers: median(learned.with, 'ten') },
  { name: `${count} networks, ten crops`, answers: averaged(learned.without.map(({ ten }) => ten)) },
  { name: `${count} networks with light, ten crops`, answers: averaged(learned.with.map(({ ten }) => ten)) },
];
const first = predictions(rows[0]!.answers);
console.log(`${'right'.padEnd(38)}         95 % interval       against the first`);
for (const [i, { name, answers }] of rows.entries()) {
  const n = right(answers);
  const { low, high } = wilsonInterval(n, test.length);
  const { onlyFirst, onlySecond, mcnemarP } = compare(predictions(answers), first);
  const against =
    i === 0
      ? ''
      : `${onlyFirst} gained, ${onlySecond} lost, p ${mcnemarP < 0.001 ? '< 0.001' : mcnemarP.toFixed(3)}`;
  console.log(
    `${name.padEnd(38)} ${percent(n / test.length).padStart(6)}  ${percent(low)} to ${percent(high)}    ${against}`,
  );
}

// On ImageNet the paper reports of the same three steps: ten crops, top-5 error from 18.3 % to 17.0 % (section 6);
// changes of light, top-1 error down by over 1 % (section 4.1); five networks, top-5 error from 18.2 % to 16.4 % (section
// 6), the figure that lists of the challenge's winners have. Gains of one or two points: a few hundred test pictures
// cannot tell them from chance, as the p-values say. On ten thousand digits a vote's gain shows: votes.ts.
