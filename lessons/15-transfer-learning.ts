// # Transfer learning: frozen, tuned, from scratch
//
// A few pictures are not enough to learn to see, and enough to learn what to look for. You will train in three ways on the same pictures, and in a fourth that makes more of frozen features, 3 of each class, then 10, 30 and 90, and see when which one wins. The shipped result stands first; what the page measures itself runs in about four minutes, on
// photographs where `--data FOLDER` has `FOLDER/pets`.

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { scanFolder } from '../src/data/scan.js';
import { finetune } from '../src/index.js';
import { lenet5 } from '../src/models/lenet5.js';
import { modelSpec } from '../src/models/registry.js';
import { Random } from '../src/runtime/random.js';
import { networkCosts } from '../src/summary/network-costs.js';
import { weightsAtHand } from './page/data.js';
import { flowDiagram } from './page/flow.js';
import { openLesson } from './page/lesson.js';

const lesson = openLesson(import.meta.url);

// ## The recipe
//
// Take a network that has seen a million photographs. Drop its classifier, keep its layers, put a new classifier behind them, train that. What is kept has to be learned by nobody; what is new is small:
//
// $$ (F + 1) \cdot K $$
//
// parameters, for $F$ features and $K$ classes. (J. Donahue et al., *DeCAF: A Deep Convolutional Activation Feature for Generic Visual Recognition*, 2013; A. S. Razavian et al., *CNN Features off-the-shelf*, 2014.)

lesson.drawing(
  'From a large source task to a small target task. Coloured: what is learned anew.',
  flowDiagram(
    {
      boxes: {
        a: { x: 2.2, y: 0.6, text: 'a million photographs', width: 4 },
        b: {
          x: 2.2,
          y: 2,
          text: 'convolutions',
          below: 'learned once',
          width: 3.4,
        },
        c: { x: 2.2, y: 3.4, text: '1,000 classes', below: 'dropped', width: 3.4 },
        d: { x: 7.2, y: 0.6, text: 'your pictures', width: 4 },
        e: {
          x: 7.2,
          y: 2,
          text: 'the same convolutions',
          below: 'kept, or tuned a little',
          width: 4,
        },
        f: {
          x: 7.2,
          y: 3.4,
          text: 'your classes',
          below: 'new',
          marked: true,
          width: 3.4,
        },
      },
      arrows: [
        ['a', 'b'],
        ['b', 'c'],
        ['d', 'e'],
        ['e', 'f'],
      ],
      height: 4.1,
    },
    'A network for a million photographs gives its convolutions to a network for your pictures, which gets a new classifier.',
  ),
);

const base = 'mobilenet-v1-0.25';
const spec = modelSpec(base);
const convolutions = networkCosts(spec.buildBase()).totals.parameters;
const features = spec.buildBase().layers.at(-1)!.shape[2]!;

const head = (features + 1) * 7;
const lastBlock = networkCosts(spec.buildBase())
  .layers.filter(({ name }) => name.startsWith('conv_pw_13'))
  .reduce((sum, { parameters }) => sum + parameters, 0);

lesson.table(
  'What is learned of each, for 7 classes.',
  ['way', 'starts from', 'learned'],
  [
    ['frozen', 'MobileNet’s convolutions', head],
    ['tuned', 'the frozen result, then its last convolution too', head + lastBlock],
    [
      'from scratch',
      'random numbers, LeNet-5 for colours',
      networkCosts(lenet5({ classes: 7, channels: 3 })).totals.parameters,
    ],
    [
      'by default',
      'as frozen, with maxima beside averages',
      (2 * features + 1) * 7,
    ],
  ],
);

lesson.print(
  spec.title,
  'keeps',
  convolutions,
  'parameters and gives',
  features,
  'features a picture',
);

// The first two see pictures of 224 pixels and read the average of the last map. The toolkit's default (`npx finetune --data FOLDER`) is a frozen base of which more is made: while pictures are few enough it sees them at 320 pixels, reads each channel's maximum beside its average, and the layer before as well
// if cross-validation on the training pictures asks for it.
//
// ## The shipped result
//
// Seven breeds of pets, photographs (Oxford-IIIT Pet), 698 to be tested on: means of two draws of the pictures to learn from. This very page made them, by `npm run lesson -- 15 --data FOLDER`. Before you look: with three photographs of each breed, 21 in all, how many of a hundred test photographs will be named rightly? Guessing gives 14.

interface Row {
  readonly pictures: number;
  readonly way: string;
  readonly draw: number;
  readonly right: number;
  readonly n: number;
}

const parse = (text: string): Row[] =>
  text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [pictures, way, ...numbers] = line.split(',');
      const [draw, right, n] = numbers.map(Number);
      return {
        pictures: Number(pictures),
        way: way!,
        draw: draw!,
        right: right!,
        n: n!,
      };
    });

const ways = ['tuned', 'frozen', 'from scratch', 'by default'];

function show(title: string, rows: readonly Row[]): void {
  const counts = [...new Set(rows.map(({ pictures }) => pictures))].sort(
    (a, b) => a - b,
  );
  const shown = ways.filter((way) => rows.some((row) => row.way === way));
  const share = ({ right, n }: Row) => (100 * right) / n;
  const own = (way: string, pictures: number) =>
    rows.filter((row) => row.way === way && row.pictures === pictures).map(share);
  const mean = (values: readonly number[]) =>
    values.reduce((a, b) => a + b, 0) / values.length;
  lesson.chart(title, {
    x: 'pictures of each class',
    acrossByFactors: true,
    y: 'test pictures named rightly, %',
    top: 100,
    lines: Object.fromEntries(
      shown.map((way) => [
        way,
        {
          points: counts.map((count) => [count, mean(own(way, count))] as const),
          band: counts.map(
            (count) =>
              [Math.min(...own(way, count)), Math.max(...own(way, count))] as const,
          ),
        },
      ]),
    ),
  });
  lesson.table(
    `The same in numbers: mean, lowest and highest draw, in per cent of ${rows[0]!.n} test pictures.`,
    ['pictures of each class', ...shown],
    counts.map((count) => [
      String(count),
      ...shown.map((way) => {
        const values = own(way, count);
        return `${mean(values).toFixed(1)} (${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)})`;
      }),
    ]),
  );
}

const shippedFile = 'lessons/15-transfer-learning.csv';

lesson.coverFollows();

show(
  'Photographs of pets. The band reaches from the lowest to the highest draw.',
  parse(readFileSync(shippedFile, 'utf8')),
);

// Three things to see. The gap between the first two and the third is what a million photographs are worth. Tuning hardly moves the frozen result: with few pictures there is little to tune with, and the risk is to forget. And what the default makes more of the same base pays from some thirty pictures of a class on; with three, its twice as many features are more than so few pictures can weigh. (With two draws, a difference of a point or two is chance.)
//
// ## Measured here
//
// For each count, pictures are drawn and laid into a folder of links. One call trains the base's exact linear head, the same with the last convolution unfrozen, and LeNet-5 from scratch; a second one, with nothing asked for, is the default.

const folder = await scanFolder(lesson.data('pets') ?? 'data/pets');
const { train, test } = folder.parts;
const temporary = mkdtempSync(path.join(tmpdir(), 'lesson-'));

function layOut(pictures: number, draw: number): string {
  const place = path.join(temporary, `${pictures}-${draw}`);
  const random = new Random(draw);
  const link = (part: string, file: string, label: number, i: number) => {
    const own = path.join(place, part, folder.labels[label]!);
    if (!existsSync(own)) mkdirSync(own, { recursive: true });
    symlinkSync(path.resolve(file), path.join(own, `${i}${path.extname(file)}`));
  };
  for (const label of folder.labels.keys()) {
    const own = random.shuffle(train!.filter((picture) => picture.label === label));
    own.slice(0, pictures).forEach(({ file }, i) => link('train', file, label, i));
  }
  test!
    .filter((_, i) => !lesson.quick || i % 4 === 0)
    .forEach(({ file, label }, i) => link('test', file, label, i));
  return place;
}

const measured: Row[] = [];
const counts = lesson.quick ? [3, 8] : [3, 10, 30, 90];
const draws = lesson.quick ? [1] : [1, 2];
const hasWeights = (await weightsAtHand(base, spec.buildBase())) !== undefined;

for (const pictures of hasWeights ? counts : []) {
  for (const draw of draws) {
    const data = layOut(pictures, draw);
    const { metrics } = await finetune({
      data,
      base,
      solver: 'exact',
      unfreeze: 'conv_pw_13',
      unfreezeEpochs: lesson.quick ? 1 : 10,
      baseline: 'lenet5',
      baselineEpochs: lesson.quick ? 2 : 60,
      precision: 'float32',
      out: path.join(temporary, `run-${pictures}-${draw}`),
    });
    const results = {
      tuned: metrics.test,
      frozen: metrics.frozen!.test,
      'from scratch': metrics.baseline!.test,
    };
    const byDefault = await finetune({
      data,
      base,
      baseline: 'none',
      precision: 'float32',
      out: path.join(temporary, `default-${pictures}-${draw}`),
    });
    const all = { ...results, 'by default': byDefault.metrics.test };
    for (const [way, { accuracy, n }] of Object.entries(all))
      measured.push({ pictures, way, draw, right: Math.round(accuracy * n), n });
  }
}
rmSync(temporary, { recursive: true });

if (measured.length > 0) {
  show(
    lesson.data('pets')
      ? 'Measured by this page, on photographs.'
      : 'Measured by this page, on the four kinds of drawn animals that come with the project.',
    measured,
  );
} else {
  lesson.print(`No weights of ${base} at hand: npx finetune zoo fetch mobilenet`);
}

// ## Exercises
//
// 1. MobileNet at a quarter of its width gives 256 features. How many parameters has the head for 7 classes, and how many does it have for each training picture when there are 21?
//
// <details><summary>Answer</summary>
//
// (256 + 1)·7 = 1,799: 86 for each picture. That it works all the same is owed to the features, and to weight decay, chosen here by cross-validation on the training pictures.
//
// </details>
//
// 2. What would you expect on X-rays, or on drawings of circuits?
//
// <details><summary>Answer</summary>
//
// Less from frozen features the further the pictures are from photographs, and more from tuning. Edges and textures of the lower layers still help; measure it.
//
// </details>
//
// 3. In the file, set `base` to `'squeezenet'` and `unfreeze` to `'fire9'`, and run `npm run lesson 15` again (`npx finetune zoo fetch squeezenet` before). Which of the curves changes?
//
// <details><summary>Answer</summary>
//
// The first two; LeNet-5 does not know what base it is compared with. Twice as many features need more pictures to be told apart, and see more.
//
// </details>
//
// ## Read next
//
// `npx finetune --data FOLDER` does the same for pictures of your own, with a report. `scripts/fine-tune-pets.ts` goes through it step by step. The next lesson: what those features are.

export default lesson;
