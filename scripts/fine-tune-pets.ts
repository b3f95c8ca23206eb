/**
 * Transfer learning, step by step: a network that has seen a million photographs learns your classes from a few
 * hundred, because most of what it knows is not about the classes.
 *
 *     npx tsx scripts/fine-tune-pets.ts                # the drawn sample in data/pets
 *     npx tsx scripts/fine-tune-pets.ts ~/my-pictures  # a folder of your own: FOLDER/CLASS/*
 *
 * Read it from top to bottom; each step prints what it found.
 */
import fs from 'node:fs';
import path from 'node:path';
import { denseParameters } from '../src/arithmetic/index.js';
import { evaluateRun, type FinishedRun, finetuneEvents, loadRun } from '../src/index.js';
import { scriptArguments } from './helpers/arguments.js';

const { positionals } = scriptArguments(import.meta.url, { allowPositionals: true });
const folder = positionals[0] ?? 'data/pets';
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const section = (title: string) => console.log(`\n\x1b[1m${title}\x1b[0m\n`);

section('1. What will be learned');

// VGG-16 is two things in a row. Thirteen convolutional layers turn a picture into 512 numbers: how much of this
// texture, that ear, this roundness is in it. Three dense layers turn the numbers into ImageNet's 1000 classes. We keep
// the first part as it is (frozen), and replace the second by one small layer: a weight for every number and class.

const classes = fs
  .readdirSync(fs.existsSync(path.join(folder, 'train')) ? path.join(folder, 'train') : folder, {
    withFileTypes: true,
  })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);
const { total } = denseParameters({ inputs: 512, units: classes.length });
console.log(`${classes.length} classes in ${folder}: ${classes.join(', ')}.`);
console.log(`To learn: 512 × ${classes.length} weights and ${classes.length} biases, ${total} parameters.`);
console.log('Frozen: the 14,714,688 of the convolutions. LeNet-5, for comparison, learns all its 61,000.');

section('2. Training');

// Because the base is frozen, its 512 numbers for a picture never change: they are computed once, kept on disk, and the
// new layer is trained on the numbers. That is why an epoch takes milliseconds, and why a second run is quick.
//
// Step by step, to be watched. Unless told so, finetune solves for the best weights at once, on larger pictures and twice as
// many numbers, which is a little better.
//
// It is trained twice. The first time 15 % of the training pictures only watch: they choose how strongly the weights are
// held small, and when to stop. The second time, with all that settled, they train too.
//
// Beside it LeNet-5 (1998) starts from random weights on the same pictures. The difference between the two is what the
// million photographs are worth.

const finished = await train();

async function train(): Promise<FinishedRun> {
  let stage = '';
  for await (const event of finetuneEvents({ data: folder, base: 'vgg16', solver: 'steps' })) {
    switch (event.kind) {
      case 'note':
      case 'warning':
        console.log(event.message);
        break;
      case 'work':
        if (event.stage !== stage) console.log(`${event.stage}: ${event.total} ${event.unit}`);
        stage = event.stage;
        break;
      case 'epoch': {
        const { epoch, loss, accuracy, validationAccuracy } = event.record;
        if (epoch % 20 !== 0 && epoch !== 1) break;
        const validation =
          validationAccuracy === undefined ? '' : `, validation pictures ${percent(validationAccuracy)}`;
        console.log(
          `${event.network}, epoch ${epoch}: loss ${loss.toFixed(3)}, training pictures ${percent(accuracy)}${validation}`,
        );
        break;
      }
      case 'finished':
        return event.result;
    }
  }
  throw new Error('the run ended without a result');
}

section('3. How good is it?');

// Measured on pictures that were held out: they trained nothing and chose nothing. The interval says how much a sample
// of this size can tell: made like this from sample after sample, 95 in 100 intervals hold the true accuracy.

console.log(finished.summary);
const { test, validation } = finished.metrics;
if (validation) {
  console.log(`\nAccuracy on the ${validation.n} validation pictures was ${percent(validation.accuracy)}.`);
}

// Some classes are harder than others. Which ones, and are there enough pictures to say so?

const hardest = Object.entries(test.perClass).sort(([, a], [, b]) => a.accuracy - b.accuracy)[0]!;
const [name, { accuracy, n, ci95 }] = hardest;
console.log(
  `Hardest: ${name}, of which ${percent(accuracy)} were recognised: ${n} pictures, so ${percent(ci95[0])} to ${percent(ci95[1])}.`,
);

section('4. One picture');

// A run folder is all that is needed to use the classifier: the network from pixels to probabilities, and the labels.

const split = JSON.parse(fs.readFileSync(path.join(finished.directory, 'split.json'), 'utf8'));
const picture: string = split.test[0].path; // the first held-out picture
const classifier = await loadRun(finished.directory);
for await (const answer of classifier.classify([path.join(folder, picture)])) {
  console.log(answer.path);
  for (const { label, probability } of answer.predictions.slice(0, 5)) {
    console.log(`  ${label.padEnd(24)} ${'█'.repeat(Math.round(30 * probability))} ${percent(probability)}`);
  }
}
classifier.dispose(); // its weights live outside JavaScript's memory

section('5. The same figure again');

// A saved classifier must give what was measured when it was trained. `evaluateRun` decodes and classifies the folder's
// held-out part afresh; it is what to run again whenever the pictures or the program change. Pictures that the run has
// trained or chosen on are left out, and so are held-out ones that look the same as one of those: the report names them.

const { metrics, part, trained } = await evaluateRun(finished.directory, { data: folder });
const leftOut = trained ? trained.copies + trained.nearCopies : 0;
console.log(
  `${percent(metrics.accuracy)} of ${metrics.n} pictures in ${part} right, ${leftOut} left out; before: ${percent(test.accuracy)} of ${test.n}.`,
);

section('6. What to look at');

console.log(`Open ${path.join(finished.directory, 'report.html')} in a browser.

- The curves: the new layer starts high and is nearly done after a few epochs; LeNet-5 creeps. Where its training and
  validation curves part, it has begun to learn the pictures by heart.
- The confusion matrix: which two classes are taken for each other? Would you have confused them?
- The surest mistakes: often the label is wrong, or two animals are in the picture.

Then try: --head mlp, --resize crop, a folder with ten pictures a class, or your own. The pictures' numbers are kept,
so another head takes seconds.`);
