// # AlexNet: layers, parameters and tricks
//
// In 2012 a network of eight layers won the ImageNet challenge by a third fewer errors than anything before it. You will count it layer by layer, see why the published one was cut in two, and try
// its tricks on a small network of your own, one taken away at a time. Runs in half a minute to a minute.

import { scanFolder } from '../src/data/scan.js';
import { colourComponents, inLight, randomLight } from '../src/data/colour.js';
import { decodePicture } from '../src/data/decode.js';
import { wilsonInterval } from '../src/evaluation/intervals.js';
import type { Examples } from '../src/features/examples.js';
import { NetworkBuilder } from '../src/models/network-builder.js';
import { challengeWinners } from '../src/models/published.js';
import { alexnet } from '../src/models/alexnet.js';
import { layerNamed, type Network } from '../src/models/network.js';
import { slidingNetwork } from '../src/models/sliding.js';
import { Random } from '../src/runtime/random.js';
import { networkCosts } from '../src/summary/network-costs.js';
import { evaluateExamples, fit, predictExamples } from '../src/training/fit.js';
import { initialWeights } from '../src/training/initialise.js';
import { Trainer } from '../src/training/trainer.js';
import { openLesson } from './page/lesson.js';
import type { ColourPicture } from './page/picture.js';

const lesson = openLesson(import.meta.url);

// ## The challenge
//
// 1.2 million photographs to learn from, 1,000 classes, and five guesses a picture. Look for the step.

lesson.bars(
  'ILSVRC, best entries: top-5 error in per cent. From 2012 on with the layers of the network.',
  ['entry', 'layers', 'top-5 error, %'],
  challengeWinners.map(({ year, title, error, layers }) => [
    `${year} ${title}`,
    layers === undefined ? 'none' : String(layers),
    error,
  ]),
  String,
);

// (Russakovsky et al., *ImageNet Large Scale Visual Recognition Challenge*, 2015, table 7; He et al. 2015, table 5.)
//
// ## Layer by layer
//
// Five convolutions, three of them with a pool, and three fully connected layers (A. Krizhevsky, I. Sutskever & G. Hinton, *ImageNet Classification with Deep
// Convolutional Neural Networks*, 2012). A convolution with $N$ filters of $k \times k$ on $C$ channels has
//
// $$ k^2 \cdot C \cdot N + N $$
//
// parameters, weights and biases. Before you look: in which of the eight layers are most of them?

const network = alexnet();
const { layers, totals } = networkCosts(network);

lesson.maps(
  'AlexNet. The paper says 224×224, but its maps of 55×55 need 227: (227 − 11)/4 + 1 = 55.',
  layers
    .filter(({ type }) =>
      ['input', 'convolution', 'maxPool', 'dense'].includes(type),
    )
    .map(({ name, outputShape }) => ({ name, shape: outputShape })),
);

lesson.bars(
  'Every layer with weights, and the pools.',
  ['layer', 'output', 'weights', 'biases', 'parameters', 'multiply-adds'],
  layers
    .filter(({ parameters, type }) => parameters > 0 || type === 'maxPool')
    .map(({ name, outputShape, weights, biases, parameters, multiplyAdds }) => [
      name,
      outputShape.join('×'),
      weights.toLocaleString('en-GB'),
      biases.toLocaleString('en-GB'),
      parameters,
      multiplyAdds,
    ]),
);

const millions = (value: number) => `${Math.round(value / 1e6)} million`;

lesson.table(
  'Few parameters do nearly all of the work. The lecture’s round figures are 3 and 57 million.',
  ['', 'parameters', 'share of multiply-adds, %'],
  [
    [
      'convolutions',
      totals.convolutionParameters,
      Number((100 * totals.convolutionShare).toFixed(1)),
    ],
    [
      'fully connected',
      totals.denseParameters,
      Number((100 * (1 - totals.convolutionShare)).toFixed(1)),
    ],
    ['in all', totals.parameters, 100],
  ],
);

// The network of the paper did not fit into one graphics card of 3 GB, so half of the filters lived on another card, and conv2, conv4 and conv5 read only the maps of their own card. That halves their weights:

const grouped = networkCosts(alexnet('alexnet-grouped'));
const parametersOf = (all: typeof layers, name: string) =>
  all.find((layer) => layer.name === name)!.parameters;

lesson.bars(
  'One card or two.',
  ['layer', 'all maps read', 'two groups'],
  [
    ...['conv1', 'conv2', 'conv3', 'conv4', 'conv5'].map(
      (name) =>
        [
          name,
          parametersOf(layers, name),
          parametersOf(grouped.layers, name),
        ] as const,
    ),
  ],
);

lesson.print(
  'in all',
  totals.parameters,
  'or, in two groups,',
  grouped.totals.parameters,
  `(${millions(grouped.totals.parameters)})`,
);

// ## Dense layers that slide
//
// fc6 reads maps of 6×6×256: that is a convolution with 4,096 kernels of 6×6×256, without padding, at its only place; fc7 and fc8 are then convolutions of 1×1 (lesson 3). TensorFlow's published AlexNet is written so. For 227×227 nothing is computed differently, but now the same weights take larger pictures. What comes out for 355×355?

const slides = [227, 259, 355, 483].map((side) => {
  const larger = alexnet('alexnet', { inputShape: [side, side, 3] });
  const sliding = slidingNetwork(network, larger);
  const shapeOf = (name: string) => layerNamed(sliding, name).shape.join('×');
  return [
    `${side}×${side}`,
    shapeOf('pool5'),
    shapeOf('fc6'),
    shapeOf('fc8'),
    (networkCosts(sliding).totals.multiplyAdds / 1e9).toFixed(2),
  ];
});

lesson.table(
  'The same 62,378,344 parameters over larger pictures: a map of answers, one for every window of 227×227, 32 pixels apart.',
  [
    'picture',
    'pool5',
    'fc6, a convolution of 6×6',
    'fc8, of 1×1',
    'multiply-adds, G',
  ],
  slides,
);

lesson.print(
  '25 windows of 355×355, each computed by itself:',
  ((25 * totals.multiplyAdds) / 1e9).toFixed(1),
  'thousand million multiply-adds',
);

// What neighbouring windows have in common is computed once. (The answers are not those of single windows to the last bit: at its edge a window now sees its neighbour where it saw zeros.) That is how a network that names pictures became one that finds things in them (Sermanet et al., *OverFeat*, 2013; Long, Shelhamer & Darrell, 2015).
//
// ## Trick 1: see each picture in many ways
//
// 60 million parameters can learn 1.2 million pictures by heart. So none was shown twice alike: training saw random crops of 224×224 out of 256×256, mirrored half of the time, in a light
// of its own. The light is drawn along the principal components $p_i$ of all colours, with their variances $\lambda_i$:
//
// $$ [r, g, b] + \sum_i \alpha_i \lambda_i \, p_i \qquad \alpha_i \sim \mathcal{N}(0, 0.1) $$
//
// (section 4.1). In how many ways can one picture be seen by crops and mirrors alone?

const photographs = lesson.data('pets');
const folder = await scanFolder(photographs ?? 'data/pets');
const { train, test } = folder.parts;
const random = new Random(1);

lesson.print(2 * (256 - 224 + 1) ** 2, 'crops, mirrored or not');

const shown = 128;
const picture = await decodePicture(train![0]!.file, {
  height: 144,
  width: 144,
  channels: 3,
  resize: 'crop',
});
const components = colourComponents(picture);

function seen(top: number, left: number, mirrored: boolean): ColourPicture {
  const light = randomLight(components, random, 0.4);
  const lit = inLight(picture, light);
  const rgb = Uint8Array.from({ length: shown * shown * 3 }, (_, i) => {
    const [row, column] = [Math.floor(i / 3 / shown), Math.floor(i / 3) % shown];
    const from = mirrored ? shown - 1 - column : column;
    return lit[((top + row) * 144 + left + from) * 3 + (i % 3)]!;
  });
  return { height: shown, width: shown, rgb };
}

await lesson.pictures(
  'One picture, six times: crops, mirrors, light. The light is four times as strong as the paper’s, or one would hardly see it.',
  Object.fromEntries(
    Array.from({ length: 6 }, (_, i) => [
      `view ${i + 1}${i % 2 ? ', mirrored' : ''}`,
      seen(random.below(17), random.below(17), i % 2 === 1),
    ]),
  ),
  { width: 220 },
);

// ## Trick 2: neighbours hold each other down
//
// Local response normalisation divides a value by what the channels beside it say at the same place (section 3.3):
//
// $$ b_i = a_i \Big/ \Big( k + \alpha \sum_{j=i-2}^{i+2} a_j^2 \Big)^{\beta} $$
//
// with $k = 2$, $\alpha = 10^{-4}$, $\beta = 0.75$. Which channel of these twelve loses most, the strong one or its neighbours?

const channels = [20, 20, 20, 20, 20, 200, 20, 20, 20, 20, 20, 20];
const normalised = channels.map((value, i) => {
  const near = channels.slice(Math.max(0, i - 2), i + 3);
  return value / (2 + 1e-4 * near.reduce((all, a) => all + a * a, 0)) ** 0.75;
});

lesson.chart(
  'A loud channel makes its neighbours quieter. Both lines are shares of their largest value.',
  {
    x: 'channel',
    y: 'value, per cent of the largest',
    lines: {
      before: { points: channels.map((value, i) => [i + 1, value / 2] as const) },
      after: {
        points: normalised.map(
          (value, i) => [i + 1, (100 * value) / Math.max(...normalised)] as const,
        ),
      },
    },
  },
);

lesson.print(
  'a channel of 20 far from the loud one keeps',
  (normalised[0]! / 20).toFixed(3),
  'of its value, one beside it',
  (normalised[4]! / 20).toFixed(3),
);

// Networks after 2014 do without it: VGG found no gain (configuration A-LRN, lesson 10).
//
// ## All tricks, one taken away at a time
//
// A network a thousandth as large, on small pictures: two convolutions, two pools, two fully connected layers. ReLU, overlapping pools (3×3 with a stride of 2), normalisation, dropout, crops and mirrors. Each
// variant lacks one of them. Guess two things: which lets the network learn its own pictures faster when it is there, and which keeps it from learning them by heart?

interface Tricks {
  readonly relu: boolean;
  readonly overlap: boolean;
  readonly normalise: boolean;
  readonly dropout: boolean;
  readonly views: boolean;
}

const all: Tricks = {
  relu: true,
  overlap: true,
  normalise: true,
  dropout: true,
  views: true,
};

function small(
  { relu, overlap, normalise, dropout }: Tricks,
  classes: number,
): Network {
  const net = new NetworkBuilder('small', [32, 32, 3]);
  const activation = relu ? 'relu' : 'tanh';
  let x = 'input';
  for (const [i, filters] of [16, 32].entries()) {
    x = net.convolution(x, `conv${i}`, {
      filters,
      kernel: 5,
      padding: 2,
      activation,
    });
    x = net.maxPool(x, `pool${i}`, { kernel: overlap ? 3 : 2, stride: 2 });
    if (normalise) {
      const constants = { depthRadius: 2, bias: 2, alpha: 0.05, beta: 0.75 };
      x = net.localResponseNorm(x, `norm${i}`, constants);
    }
  }
  x = net.flatten(x, 'flatten');
  x = net.dense(x, 'fc', { units: 128, activation });
  if (dropout) x = net.dropout(x, 'drop', 0.5);
  net.dense(x, 'logits', { units: classes });
  return net.build();
}

// The pictures, decoded once to 36×36; a view is a crop of 32×32.

const decoded = async (part: NonNullable<typeof train>) => {
  const decode = { height: 36, width: 36, channels: 3, resize: 'squash' } as const;
  return Promise.all(part.map(({ file }) => decodePicture(file, decode)));
};
const few = lesson.quick ? 40 : 360;
const shuffled = random.fork('pictures').shuffle(train!).slice(0, few);
const trainingPixels = await decoded(shuffled);
const testPixels = await decoded(test!);

function examples(
  pixels: readonly Uint8Array[],
  labels: readonly number[],
  draws?: Random,
): Examples {
  const value = (
    place: number,
    i: number,
    top: number,
    left: number,
    mirrored: boolean,
  ) => {
    const [row, column] = [Math.floor(i / 96), Math.floor(i / 3) % 32];
    const across = left + (mirrored ? 31 - column : column);
    return (pixels[place]![((top + row) * 36 + across) * 3 + (i % 3)]! - 120) / 64;
  };
  return {
    size: pixels.length,
    shape: [32, 32, 3],
    labels,
    read: (places) => {
      const out = new Float32Array(places.length * 3072);
      for (const [n, place] of places.entries()) {
        const [top, left] = draws ? [draws.below(5), draws.below(5)] : [2, 2];
        const mirrored = draws !== undefined && draws.next() < 0.5;
        for (let i = 0; i < 3072; i++)
          out[n * 3072 + i] = value(place, i, top, left, mirrored);
      }
      return out;
    },
  };
}

// Each variant is trained from several draws of initial weights, and all of them see the pictures in the same order.

const trainingLabels = shuffled.map(({ label }) => label);
const testLabels = test!.map(({ label }) => label);
const [epochs, draws] = lesson.quick ? [2, 1] : [24, 2];

async function learn(tricks: Tricks, draw: number) {
  const own = new Random(draw);
  const model = small(tricks, folder.labels.length);
  const trainer = new Trainer(model, initialWeights(model, own.fork('weights')), {
    optimiser: 'sgd',
    momentum: 0.9,
    labelSmoothing: 0,
    batchSize: 32,
  });
  const views = tricks.views ? own.fork('views') : undefined;
  const { history } = await fit({
    trainer,
    train: examples(trainingPixels, trainingLabels, views),
    random: own.fork('order'),
    options: {
      epochs,
      learningRate: 0.005,
      schedule: 'constant',
      weightDecay: 5e-4,
      patience: Infinity,
    },
  });
  const known = evaluateExamples(trainer, examples(trainingPixels, trainingLabels));
  const answers = predictExamples(trainer, examples(testPixels, testLabels)).map(
    (row) => row.indexOf(Math.max(...row)),
  );
  trainer.dispose();
  return {
    losses: history.map(({ loss }) => loss),
    trained: known.accuracy,
    right: answers.filter((answer, i) => answer === testLabels[i]).length,
  };
}

const variants: Record<string, Tricks> = {
  'all tricks': all,
  'tanh for ReLU': { ...all, relu: false },
  'pools 2×2, not overlapping': { ...all, overlap: false },
  'no normalisation': { ...all, normalise: false },
  'no dropout': { ...all, dropout: false },
  'no crops and mirrors': { ...all, views: false },
  'none of them': {
    relu: false,
    overlap: false,
    normalise: false,
    dropout: false,
    views: false,
  },
};
const results: Record<string, Awaited<ReturnType<typeof learn>>[]> = {};
for (const [name, tricks] of Object.entries(variants)) {
  results[name] = [];
  for (let draw = 1; draw <= draws; draw++)
    results[name].push(await learn(tricks, draw));
}

const mean = (values: readonly number[]) =>
  values.reduce((a, b) => a + b, 0) / values.length;

lesson.chart('Loss while learning, mean of all draws, one point an epoch.', {
  x: 'epoch',
  y: 'loss',
  lines: Object.fromEntries(
    ['all tricks', 'tanh for ReLU', 'no dropout', 'no crops and mirrors'].map(
      (name) => [
        name,
        {
          points: results[name]![0]!.losses.map(
            (_, i) =>
              [
                i + 1,
                mean(results[name]!.map(({ losses }) => losses[i]!)),
              ] as const,
          ),
        },
      ],
    ),
  ),
});

lesson.table(
  `${folder.labels.length} classes, ${shuffled.length} pictures to learn from, ${testLabels.length} to be tested on; means of ${draws} draws of the initial weights. The interval is that of one network on the test pictures.`,
  [
    'variant',
    'its own pictures, %',
    'test pictures, %',
    'lowest and highest draw',
    '95 % interval',
  ],
  Object.entries(results).map(([name, runs]) => {
    const n = testLabels.length;
    const shares = runs.map(({ right }) => (100 * right) / n);
    const middle = Math.round(mean(runs.map(({ right }) => right)));
    const { low, high } = wilsonInterval(middle, n);
    return [
      name,
      Number((100 * mean(runs.map(({ trained }) => trained))).toFixed(1)),
      Number(mean(shares).toFixed(1)),
      `${Math.min(...shares).toFixed(1)} to ${Math.max(...shares).toFixed(1)}`,
      `${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)}`,
    ];
  }),
);

// Read the intervals before you rank anything: a few hundred test pictures cannot show a gain of one or two points, which is what each trick brought on ImageNet (overlapping pools 0.4, normalisation 1.4, light 1 point of top-1 error). What they do show is the first row beside the last: without any trick the network knows more of its own pictures by heart, and fewer of
// the others. And ReLU? In the paper a network with it gets down to 25 % errors on its own pictures six times sooner than one with tanh (figure 1); in a network as shallow as this one, little of that is to be seen.
//
// ## Several networks vote
//
// The last trick: the mean answer of several networks trained from different initial weights. The paper's five took top-5 errors from 18.2 to 16.4 per cent. `npx tsx scripts/alexnet-tricks.ts` measures it, with ten
// views of each test picture and the test of whether the gain is chance; on the drawn sample it found 60.0 % for one network, 61.9 % for five with changes of light, and a p of 0.24 or more: not beyond chance.
//
// ## Exercises
//
// 1. fc6 reads maps of 6×6×256. How many weights would it have if the last pool were left out?
//
// <details><summary>Answer</summary>
//
// 13·13·256·4,096 = 177,209,344, instead of 37,748,736. Pools are also there to spare the dense layers.
//
// </details>
//
// 2. Where does dropout of a half stand in AlexNet, and why there?
//
// <details><summary>Answer</summary>
//
// After fc6 and fc7, which hold nine tenths of the parameters. The convolutions share their weights across places and have far fewer to learn pictures by heart with.
//
// </details>
//
// 3. In the file, give the small network 256 instead of 128 units and 100 epochs, and run `npm run lesson 9` again. Which of the two columns changes?
//
// <details><summary>Answer</summary>
//
// That of its own pictures goes up towards 100 %; the test moves within its interval. What is missing is pictures, not parameters.
//
// </details>
//
// ## Read next
//
// `finetune summary alexnet` and `finetune summary alexnet-torchvision` count the variants. The next lesson: the same idea with small windows and many more of them.

export default lesson;
