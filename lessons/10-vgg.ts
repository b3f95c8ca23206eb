// # VGG: where memory and parameters are
//
// Only 3×3 windows, sixteen layers, and a cost that lies in two quite different places. You will see which layers fill the memory, which hold the parameters, and what happens to both when the picture grows. Runs in a second.

import { receptiveFields } from '../src/arithmetic/index.js';
import { vgg, type VggName } from '../src/models/vgg.js';
import { networkCosts } from '../src/summary/network-costs.js';
import { networkMemory } from '../src/summary/network-memory.js';
import { openLesson } from './page/lesson.js';
import { movablePicture } from './page/movable-picture.js';

const lesson = openLesson(import.meta.url);

// ## Small windows, many of them
//
// K. Simonyan & A. Zisserman (*Very Deep Convolutional Networks for Large-Scale Image Recognition*, 2014) took one block, a few convolutions of 3×3 and a pool that halves the map, and asked how deep one can go with it. Three windows of 3×3 on
// top of each other see as much as one of 7×7. What do they cost?
//
// $$ 3 \cdot 3^2 C^2 = 27\, C^2 \quad \text{against} \quad 7^2 C^2 = 49\, C^2 $$
//
// with $C$ channels in and out, biases left out.

const threeSmall = receptiveFields([{ kernel: 3 }, { kernel: 3 }, { kernel: 3 }]);
const oneLarge = receptiveFields([{ kernel: 7 }]);

lesson.print(
  'three of 3×3 see',
  threeSmall.at(-1)!.size,
  'pixels across, one of 7×7 sees',
  oneLarge.at(-1)!.size,
);

// ## Six configurations
//
// C is a convolution, P a pool, F a fully connected layer and S the last one with its softmax. All widths are 64, 128, 256, 512, 512. How much does it cost in parameters to go from 11 layers to 19?

const configurations: Record<string, VggName> = {
  A: 'vgg11',
  'A-LRN': 'vgg11-lrn',
  B: 'vgg13',
  'C, with 1×1': 'vgg16-1x1',
  'D = VGG-16': 'vgg16',
  'E = VGG-19': 'vgg19',
};
const letters: Partial<Record<string, string>> = {
  convolution: 'C',
  maxPool: 'P',
  dense: 'F',
};

function order(name: VggName): string {
  const text = vgg(name)
    .layers.map(({ type }) => letters[type] ?? '')
    .join('');
  return text.replace(/F$/, 'S').replaceAll('P', 'P ');
}

lesson.bars(
  'Parameters in millions, as in the paper’s table 2, and multiply-adds in thousands of millions.',
  ['configuration', 'order', 'parameters, M', 'multiply-adds, G'],
  Object.entries(configurations).map(([letter, name]) => {
    const { totals } = networkCosts(vgg(name));
    return [
      letter,
      order(name),
      totals.parameters / 1e6,
      totals.multiplyAdds / 1e9,
    ];
  }),
  (value) => (value >= 100 ? value.toFixed(0) : value.toFixed(1)),
);

// Eight more convolutions add 11 million to 133: whatever the depth, nearly all parameters are somewhere else. Where?
//
// ## VGG-16, layer by layer

const chosen: VggName = 'vgg16';
const { layers, totals } = networkCosts(vgg(chosen));
const counted = layers.filter(({ type }) => !['flatten', 'dropout'].includes(type));

lesson.maps(
  'VGG-16: the side of a block is the map’s, its depth the channels.',
  counted
    .filter(({ type, name }) => type !== 'convolution' || name.endsWith('conv1'))
    .map(({ name, outputShape }) => ({
      name: name.replace('block', 'b').replace('predictions', 'fc3'),
      shape: outputShape,
    })),
);

// Memory counts the values of a layer's output, weights its kernels without biases, as the lecture does.

const round = (values: number) =>
  values >= 1e6
    ? `${(values / 1e6).toFixed(1)}M`
    : `${Math.round(values / 1000).toLocaleString('en-GB')}K`;

lesson.bars(
  'VGG-16. The two bars hardly ever stand in the same row.',
  ['layer', 'output', 'memory', 'values', 'weights'],
  counted.map(({ name, outputShape, activations, weights }) => [
    name,
    outputShape.join('×'),
    round(activations),
    activations,
    weights,
  ]),
);

// The lecture rounds these: 3.2M, 1.6M, 800K, 400K, 200K, 100K and 25K for the maps of 224×224×64 down to 7×7×512.

const share = (part: number, whole: number) =>
  `${((100 * part) / whole).toFixed(1)} %`;
const memoryOf = (...names: string[]) =>
  layers
    .filter(({ name }) => names.includes(name))
    .reduce((sum, { activations }) => sum + activations, 0);
const fc1 = layers.find(({ name }) => name === 'fc1')!;
const memory = networkMemory(vgg(chosen), { batch: 32 });

lesson.table(
  'Where it is.',
  ['question', 'answer'],
  [
    [
      'values in the first two convolutions, of all',
      share(memoryOf('block1_conv1', 'block1_conv2'), totals.activations),
    ],
    ['parameters in fc1, of all', share(fc1.parameters, totals.parameters)],
    [
      'parameters in all three dense layers',
      share(totals.denseParameters, totals.parameters),
    ],
    [
      'multiply-adds in convolutions',
      share(totals.convolutionMultiplyAdds, totals.multiplyAdds),
    ],
    ['weights and biases', totals.parameters.toLocaleString('en-GB')],
    ['as float32', `${(memory.weights / 2 ** 20).toFixed(0)} MB`],
    [
      'to train on 32 pictures at a time, with Adam',
      `${(memory.training / 2 ** 30).toFixed(1)} GB`,
    ],
  ],
);

// So one saves parameters by replacing dense layers, as GoogLeNet does (lesson 11), and memory by shrinking the map early, as ResNet does with its first stride (lesson 12). And who needs VGG-16 for features only, takes
// the convolutions and leaves the rest:

const base = networkCosts(vgg(chosen, { includeTop: false })).totals;

lesson.areas('VGG-16 with its dense layers, and its convolutions alone.', {
  'all parameters': totals.parameters,
  'convolutions only': base.parameters,
});

// ## A larger picture
//
// Move the slider. Which of the three bars does not move at all, and why can the whole network not follow?

lesson.interactive(
  'The convolutions of VGG-16 on a square picture, relative to 224 pixels.',
  movablePicture({
    values:
      totals.activations -
      memoryOf('fc1', 'fc2', 'predictions', 'flatten', 'dropout1', 'dropout2'),
    multiplyAdds: base.multiplyAdds,
    parameters: base.parameters,
  }),
);

// Kernels do not know how large the picture is. fc1 does: it has one weight for each of 7·7·512 values. That is why transfer learning takes the convolutions, and puts a new head behind them.
//
// ## Exercises
//
// 1. Configuration C replaces the third convolution of three blocks by 1×1. What does that layer still do, and what can it no longer see?
//
// <details><summary>Answer</summary>
//
// It mixes channels at each pixel, with a nonlinearity after it, and sees no neighbours. C is better than B and worse than D in the paper: depth helps, and seeing helps as well.
//
// </details>
//
// 2. Which pool would you drop if memory were no concern and you wanted maps of 14×14 at the end? What happens to fc1?
//
// <details><summary>Answer</summary>
//
// The last. fc1 would then have 14·14·512·4,096 = 411,041,792 weights instead of 102,760,448.
//
// </details>
//
// 3. In the file, replace `'vgg16'` by `'vgg19'` in the line that begins with `const chosen` and run `npm run lesson 10` again. Which of the table's answers changes most?
//
// <details><summary>Answer</summary>
//
// None by much: the dense layers hold 86.1 instead of 89.4 % of the parameters, the first two convolutions 38.7 instead of 42.1 % of the values. The three more convolutions lie where maps are small, and their kernels are small beside fc1. What grows is the work, from 15.5 to 19.6 thousand millions of multiply-adds.
//
// </details>
//
// ## Read next
//
// `finetune summary vgg16` prints the whole table, with receptive fields. The next lesson: a network with a twentieth of the parameters that did better in the same challenge.

export default lesson;
