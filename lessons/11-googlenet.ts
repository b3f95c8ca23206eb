// # GoogLeNet: the Inception module and its 1×1 convolutions
//
// Twenty-two layers with a twentieth of VGG's parameters. You will take an Inception module apart, see what a convolution of 1×1 does to a picture, and find out by a slider why it makes everything cheaper. Runs in a few seconds; where trained
// weights of GoogLeNet are at hand (`npx finetune zoo fetch googlenet`), the page also shows what the four branches of a module answer.

import { convolutionMultiplyAdds } from '../src/arithmetic/index.js';
import { forwardTaps } from '../src/models/forward.js';
import { googlenet, inceptionStages } from '../src/models/googlenet.js';
import { layerNamed } from '../src/models/network.js';
import { toParameters } from '../src/models/parameters.js';
import { preprocess } from '../src/models/preprocess.js';
import { modelSpec } from '../src/models/registry.js';
import { vgg } from '../src/models/vgg.js';
import { tf } from '../src/runtime/tensorflow.js';
import { networkCosts } from '../src/summary/network-costs.js';
import { aPhotograph, weightsAtHand } from './page/data.js';
import { flowDiagram } from './page/flow.js';
import { openLesson } from './page/lesson.js';
import { movableBottleneck } from './page/movable-bottleneck.js';
import { readColour } from './page/picture.js';

const lesson = openLesson(import.meta.url);

// ## A convolution of 1×1
//
// It sees one pixel, so it finds no edge. What is it good for? At each pixel it computes new channels from the old ones:
//
// $$ y_n(r, c) = \sum_{m=1}^{C} w_{nm} \, x_m(r, c) + b_n $$
//
// where $x_m$ are the $C$ channels that come in at row $r$ and column $c$, $w_{nm}$ the weights and $b_n$ the bias of channel $n$ that comes out: the same small fully connected layer at every pixel (M. Lin, Q. Chen & S. Yan,
// *Network in Network*, 2013). A picture has three channels. Here are three filters of 1×1 on it:

const file = await aPhotograph(lesson);
const photograph = await readColour(file, 160);

const mixes = {
  'brightness: ⅓ red + ⅓ green + ⅓ blue': [1 / 3, 1 / 3, 1 / 3, 0],
  'warm or cold: ½ red − ½ blue': [0.5, 0, -0.5, 0],
  'green or not: green − ½ red − ½ blue': [-0.5, 1, -0.5, 0],
} as const;

const mixed = ([red, green, blue, bias]: readonly number[]) =>
  Array.from({ length: 160 }, (_, row) =>
    Array.from({ length: 160 }, (_, column) => {
      const at = 3 * (row * 160 + column);
      const [r, g, b] = photograph.rgb.subarray(at, at + 3);
      return red! * r! + green! * g! + blue! * b! + bias!;
    }),
  );

await lesson.pictures('What comes in.', {
  'three channels: red, green, blue': photograph,
});

await lesson.pictures(
  'What three filters of 1×1 make of it, less the mean of each. No neighbour was looked at: every edge was there before.',
  Object.fromEntries(
    Object.entries(mixes).map(([name, weights]) => {
      const map = mixed(weights);
      const mean = map.flat().reduce((a, b) => a + b, 0) / map.flat().length;
      return [name, map.map((row) => row.map((value) => value - mean))];
    }),
  ),
  { aroundGrey: 2 },
);

// ## The module
//
// How large should a window be? The Inception module (C. Szegedy et al., *Going Deeper with Convolutions*, 2014) does not choose: 1×1, 3×3, 5×5 and a pool look at the same map, and what they find is put side by side, channel after channel. Why do
// three of the four ways lead through a 1×1?

const network = googlenet();
const widths = inceptionStages[0]!['3a']!;
const module3a = 'inception_3a';

lesson.coverFollows();

lesson.drawing(
  'Module 3a: four ways through the same map of 28×28×192. Coloured: the convolutions of 1×1 that make the others cheap.',
  flowDiagram(
    {
      boxes: {
        input: { x: 5, y: 0.6, text: '28×28×192', width: 3 },
        reduce3: {
          x: 3.75,
          y: 2.2,
          text: '1×1',
          below: `${widths['3x3_reduce']} filters`,
          marked: true,
        },
        reduce5: {
          x: 6.25,
          y: 2.2,
          text: '1×1',
          below: `${widths['5x5_reduce']} filters`,
          marked: true,
        },
        pool: { x: 8.75, y: 2.2, text: '3×3 pool', below: 'stride 1' },
        one: { x: 1.25, y: 3.8, text: '1×1', below: `${widths['1x1']} filters` },
        three: { x: 3.75, y: 3.8, text: '3×3', below: `${widths['3x3']} filters` },
        five: { x: 6.25, y: 3.8, text: '5×5', below: `${widths['5x5']} filters` },
        project: {
          x: 8.75,
          y: 3.8,
          text: '1×1',
          below: `${widths.pool_proj} filters`,
          marked: true,
        },
        output: {
          x: 5,
          y: 5.4,
          text: `side by side: 28×28×${layerNamed(network, `${module3a}/output`).shape[2]}`,
          width: 5,
        },
      },
      arrows: [
        ['input', 'one'],
        ['input', 'reduce3'],
        ['input', 'reduce5'],
        ['input', 'pool'],
        ['reduce3', 'three'],
        ['reduce5', 'five'],
        ['pool', 'project'],
        ['one', 'output'],
        ['three', 'output'],
        ['five', 'output'],
        ['project', 'output'],
      ],
      height: 6.1,
    },
    'Inception module: 1×1; 1×1 then 3×3; 1×1 then 5×5; 3×3 pool then 1×1; joined along the channels',
  ),
);

// ## The bottleneck
//
// Take the branch of 5×5 in module 3a: 32 filters on 192 channels. First the direct way, then through 16 channels.

const output = { height: 28, width: 28 };
const direct = convolutionMultiplyAdds(output, {
  kernel: 5,
  channels: 192,
  filters: 32,
});
const squeezed =
  convolutionMultiplyAdds(output, { kernel: 1, channels: 192, filters: 16 }) +
  convolutionMultiplyAdds(output, { kernel: 5, channels: 16, filters: 32 });

lesson.areas('Multiply-adds of one branch.', {
  'directly: 5×5 on 192 channels': direct,
  'through 1×1 to 16 channels': squeezed,
});

lesson.print('a factor of', (direct / squeezed).toFixed(1));

// How narrow must the bottleneck be to be worth it? Move it until the two ways cost the same.

lesson.interactive(
  'The branch of 5×5 in module 3a, for every width of its bottleneck.',
  movableBottleneck,
);

// ## All nine modules

const { layers, totals } = networkCosts(network);
const sumOf = (prefix: string, what: 'parameters' | 'multiplyAdds') =>
  layers
    .filter(({ name }) => name.startsWith(prefix))
    .reduce((sum, layer) => sum + layer[what], 0);
const modules = inceptionStages.flatMap((stage) => Object.entries(stage));

lesson.bars(
  'Nine modules: how their outputs are made up, and what they cost.',
  ['module', '1×1 + 3×3 + 5×5 + pool', 'map', 'parameters', 'multiply-adds'],
  modules.map(([name, own]) => [
    name,
    [own['1x1'], own['3x3'], own['5x5'], own.pool_proj].join(' + '),
    layerNamed(network, `inception_${name}/output`).shape.join('×'),
    sumOf(`inception_${name}/`, 'parameters'),
    sumOf(`inception_${name}/`, 'multiplyAdds'),
  ]),
);

// And without the bottlenecks? The same windows and filters, each reading its whole map:

const withoutBottlenecks = modules.reduce((sum, [name, own]) => {
  const input = layerNamed(network, `inception_${name}/1x1`).inputs[0]!;
  const [height, width, channels] = layerNamed(network, input).shape as [
    number,
    number,
    number,
  ];
  const cost = (kernel: number, filters: number) =>
    convolutionMultiplyAdds({ height, width }, { kernel, channels, filters });
  return sum + cost(1, own['1x1']) + cost(3, own['3x3']) + cost(5, own['5x5']);
}, 0);

lesson.table(
  'Nine modules, with and without their 1×1.',
  ['', 'multiply-adds'],
  [
    ['with bottlenecks', sumOf('inception_', 'multiplyAdds')],
    ['without (and the pool not projected)', withoutBottlenecks],
  ],
);

// Without the projection of the pool, each module would also have to pass on all channels that came in: maps would grow from module to module.
//
// ## No dense layers but one
//
// After the last module a map of 7×7×1024 is averaged to 1,024 numbers, and one dense layer of 1,024,000 weights makes the 1,000 answers. VGG-16's three have 124 million.

const compared = { GoogLeNet: totals, 'VGG-16': networkCosts(vgg('vgg16')).totals };

lesson.bars(
  'GoogLeNet, 22 layers, beside VGG-16. In the challenge of 2014 their errors were 6.7 and 7.3 per cent.',
  ['network', 'in convolutions', 'in dense layers', 'parameters', 'multiply-adds'],
  Object.entries(compared).map(([name, own]) => [
    name,
    own.convolutionParameters,
    own.denseParameters,
    own.parameters,
    own.multiplyAdds,
  ]),
);

// ## What the branches answer
//
// Trained weights of GoogLeNet, as BVLC published them, on the picture above: of each branch of module 3a the map with the strongest answer, 28×28.

const spec = modelSpec('googlenet');
const trained = await weightsAtHand('googlenet', spec.buildBase());

if (trained) {
  const branches = ['1x1', '3x3', '5x5', 'pool_proj'].map(
    (part) => `${module3a}/${part}`,
  );
  const large = await readColour(file, 224);
  const maps = tf.tidy(() => {
    const pixels = tf.tensor4d(large.rgb, [1, 224, 224, 3], 'int32');
    const taps = forwardTaps(
      spec.buildBase(),
      toParameters(trained.weights),
      preprocess(pixels, spec.preprocessing),
      branches,
    );
    return branches.map((name) => {
      const map = tf.squeeze(taps.get(name)!, [0]) as ReturnType<
        typeof tf.tensor3d
      >;
      const strongest = tf.argMax(tf.mean(map, [0, 1])).dataSync()[0]!;
      const one = tf.squeeze(tf.slice(map, [0, 0, strongest], [-1, -1, 1]), [2]);
      return tf.mul(tf.div(one, tf.max(one)), 255).arraySync() as number[][];
    });
  });
  await lesson.pictures(
    'One map of each branch: what a unit of 1×1, 3×3, 5×5 and of the pool’s projection looks for.',
    Object.fromEntries(
      branches.map((name, i) => [name.replace(`${module3a}/`, ''), maps[i]!]),
    ),
  );
} else {
  lesson.print('No weights of GoogLeNet at hand: npx finetune zoo fetch googlenet');
}

// ## Exercises
//
// 1. The module's output has 64 + 128 + 32 + 32 channels. Which branch has a 1×1 *after* its main part, and what would happen without it?
//
// <details><summary>Answer</summary>
//
// The pool. It puts out as many channels as come in, 192: the output would have 416 instead of 256, and the next module's 480 would become 736.
//
// </details>
//
// 2. A 1×1 convolution with 16 filters and a ReLU after it, then a 5×5: can they together compute everything that the direct 5×5 can?
//
// <details><summary>Answer</summary>
//
// No: all that goes on has to pass through 16 numbers at each pixel. The bet is that 192 channels hold far fewer than 192 numbers' worth of information at a place.
//
// </details>
//
// 3. In the file, set the kernel of the direct way to 3 (and in `squeezed` too) and run `npm run lesson 11` again. What becomes of the factor?
//
// <details><summary>Answer</summary>
//
// From 9.7 to 7.2: the smaller the window, the more of the cost is in the bottleneck itself.
//
// </details>
//
// ## Read next
//
// `src/models/googlenet.ts` is table 1 of the paper in forty lines. SqueezeNet (`src/models/squeezenet.ts`) drives the idea further. The next lesson: when depth itself becomes the problem.

export default lesson;
