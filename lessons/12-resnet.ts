// # ResNet: depth, plain and residual
//
// Layers can be added until a network learns its own pictures worse. You will watch it happen with 56 layers, look at the gradients to see what it is and what it is not, and repair it with a sum. Runs in half a minute to a minute, most of it training;
// `--data FOLDER` with `FOLDER/mnist` gives it the MNIST digits, without them it draws its own.

import type {
  Scalar,
  Tensor1D,
  Tensor2D,
  Tensor4D,
  Variable,
} from '@tensorflow/tfjs';
import { compileTogether } from '../src/graph/compile.js';
import { createOptimiser } from '../src/graph/optimisers.js';
import { softmaxCrossEntropy } from '../src/graph/softmax-cross-entropy.js';
import { trainingStep } from '../src/graph/training-step.js';
import { modelSpec } from '../src/models/registry.js';
import { smallResNet } from '../src/models/resnet-cifar.js';
import { Random } from '../src/runtime/random.js';
import { tf } from '../src/runtime/tensorflow.js';
import { networkCosts } from '../src/summary/network-costs.js';
import { forwardWithBatchStatistics } from '../src/training/batch-statistics.js';
import { initialWeights } from '../src/training/initialise.js';
import { someDigits } from './page/digits.js';
import { flowDiagram } from './page/flow.js';
import { openLesson } from './page/lesson.js';

const lesson = openLesson(import.meta.url);

// ## The riddle
//
// Take a network of 20 layers that has learned something. Put 36 layers behind it that pass on what they get. Now it has 56 layers and is exactly as good. So a network of 56 layers that is *trained* should be at least as good on the pictures it
// learns from. Is it? First the shipped result of a longer training (`npx tsx scripts/plain-and-residual.ts --data MNIST`: 1,000 steps, seed 1):

lesson.table(
  'Digits of MNIST. Loss on the training digits over the last 100 steps, and test digits wrong.',
  ['network', '20 layers: loss', 'wrong, %', '56 layers: loss', 'wrong, %'],
  [
    ['plain', '0.058', '1.40', '1.253', '40.37'],
    ['residual', '0.047', '1.19', '0.055', '1.55'],
  ],
);

// The deep plain network is 22 times worse *on the very digits it learns from*. That is no overfitting. (K. He, X. Zhang, S. Ren & J. Sun, *Deep Residual Learning for Image Recognition*, 2015, figure 1, found it with 20 and 56 layers on CIFAR-10.)
//
// ## The block
//
// What passing things on asks of a few layers is that they learn the identity, which they find hard. So let them learn only what to *add*:
//
// $$ y = F(x) + x $$
//
// with $x$ the map that comes in, $F$ two convolutions with their batch norms, and $y$ what comes out, through a ReLU. To do nothing, $F$ has to be 0, and weights are near 0 anyway.

lesson.drawing(
  'Left a plain block, right a residual one. The shortcut costs a sum.',
  flowDiagram(
    {
      boxes: {
        a: { x: 2, y: 0.6, text: 'x' },
        b: { x: 2, y: 2, text: '3×3, norm, ReLU', width: 3 },
        c: { x: 2, y: 3.4, text: '3×3, norm', width: 3 },
        d: { x: 2, y: 4.8, text: 'ReLU' },
        e: { x: 6.6, y: 0.6, text: 'x', marked: true },
        f: { x: 6.6, y: 2, text: '3×3, norm, ReLU', width: 3 },
        g: { x: 6.6, y: 3.4, text: '3×3, norm', width: 3 },
        h: { x: 6.6, y: 4.8, text: 'F(x) + x, ReLU', marked: true, width: 3 },
      },
      arrows: [
        ['a', 'b'],
        ['b', 'c'],
        ['c', 'd'],
        ['e', 'f'],
        ['f', 'g'],
        ['g', 'h'],
        ['e', 'h', 2.6],
      ],
      height: 5.5,
    },
    'A plain block: two convolutions one after the other. A residual block: the same, and the input added to their output.',
  ),
);

// ## The family
//
// From 50 layers on, a block is 1×1, 3×3, 1×1, as in GoogLeNet a bottleneck. What do three times as many layers cost?

const titles = [
  'resnet18',
  'resnet34',
  'plain34',
  'resnet50',
  'resnet101',
  'resnet152',
];

lesson.bars(
  'The networks of the paper. The plain one of 34 layers stands beside its residual twin.',
  ['network', 'layers', 'parameters', 'multiply-adds'],
  titles.map((name) => {
    const { totals } = networkCosts(modelSpec(name).build());
    return [
      modelSpec(name).title,
      /\d+/.exec(name)![0],
      totals.parameters,
      totals.multiplyAdds,
    ];
  }),
);

// ResNet-152 won the challenge of 2015 with 3.57 per cent of errors, with fewer multiply-adds than VGG-16. The plain network of 34 layers has the same cost as the residual one to half a per cent: the difference is 1×1 convolutions where the shape changes.
//
// ## Is it vanishing gradients?
//
// That would be the first guess. So measure: small networks of the paper (section 4.2: three stages of 3×3 convolutions, here with 8, 16 and 32 filters), freshly initialised, one batch of digits, and the size of the gradient at each convolution, as the root mean square over its weights.

const random = new Random(1);
const side = 16;
const width = 8;
const digits = await someDigits(lesson, 'train', lesson.quick ? 320 : 4000, random);

lesson.print(
  digits.drawn ? 'no MNIST at hand, so drawn digits:' : 'digits of MNIST:',
  digits.labels.length,
);

// Halved to 16×16 by averaging.

function batchOf(chosen: readonly number[]): [Tensor4D, Tensor1D] {
  const inputs = new Float32Array(chosen.length * side * side);
  for (const [n, digit] of chosen.entries()) {
    for (let i = 0; i < side * side; i++) {
      const at = digit * 1024 + 64 * Math.floor(i / side) + 2 * (i % side);
      const four = [at, at + 1, at + 32, at + 33].map(
        (place) => digits.pixels[place]!,
      );
      inputs[n * side * side + i] = (four.reduce((a, b) => a + b, 0) / 4 - 30) / 70;
    }
  }
  const labels = chosen.map((digit) => digits.labels[digit]!);
  return [
    tf.tensor4d(inputs, [chosen.length, side, side, 1]),
    tf.tensor1d(labels, 'int32'),
  ];
}

const small = (depth: number, shortcuts: boolean) =>
  smallResNet({ depth, shortcuts, inputShape: [side, side, 1], width });

function freshVariables(network: ReturnType<typeof small>): Map<string, Variable> {
  const initial = initialWeights(network, random.fork('initial weights'));
  return new Map(
    [...initial].map(([name, { shape, data }]) => [
      name,
      tf.tidy(() => tf.variable(tf.tensor(data, [...shape]))),
    ]),
  );
}

const learnable = (variables: ReadonlyMap<string, Variable>) =>
  new Map([...variables].filter(([name]) => !/\/(mean|variance)$/.test(name)));

function gradientSizes(depth: number, shortcuts: boolean): number[] {
  const network = small(depth, shortcuts);
  const variables = freshVariables(network);
  const kernels = [...variables].filter(
    ([name]) => name.endsWith('/kernel') && !/downsample|fc/.test(name),
  );
  const { functions, dispose } = compileTogether({
    gradients: (x: Tensor4D, y: Tensor1D) => {
      const { grads } = tf.variableGrads(
        () => {
          const logits = forwardWithBatchStatistics(
            network,
            variables,
            x,
          ) as Tensor2D;
          return tf.mean(softmaxCrossEntropy(logits, y)) as Scalar;
        },
        kernels.map(([, kernel]) => kernel),
      );
      return tf.stack(
        kernels.map(([, kernel]) =>
          tf.sqrt(tf.mean(tf.square(grads[kernel.name]!))),
        ),
      );
    },
  });
  const sizes = tf.tidy(() => {
    const chosen = Array.from({ length: 64 }, (_, i) => i);
    return [...functions.gradients(...batchOf(chosen)).dataSync()];
  });
  dispose();
  tf.dispose([...variables.values()]);
  return sizes;
}

const [shallow, deep] = lesson.quick ? [8, 14] : [20, 56];
const measured = {
  [`plain, ${deep} layers`]: gradientSizes(deep, false),
  [`residual, ${deep} layers`]: gradientSizes(deep, true),
};

lesson.chart(
  'Gradients at initialisation, from the first convolution to the last. They do not vanish towards the first layer.',
  {
    x: 'convolution',
    y: 'root mean square of the gradient',
    logarithmic: true,
    lines: Object.fromEntries(
      Object.entries(measured).map(([name, sizes]) => [
        name,
        { points: sizes.map((size, i) => [i + 1, size] as const) },
      ]),
    ),
  },
);

const ratio = (sizes: readonly number[]) =>
  Number((sizes[0]! / sizes.at(-1)!).toPrecision(2));

for (const [name, sizes] of Object.entries(measured)) {
  lesson.print(
    `${name}: the first convolution’s gradient is`,
    ratio(sizes),
    'times the last one’s',
  );
}

// A batch norm behind every convolution keeps the values, and so the gradients, from dying out; without shortcuts they even *grow* towards the first layers. The plain network gets gradients enough. What they are like is another question: with depth, neighbouring
// inputs get gradients that have less and less to do with each other (D. Balduzzi et al., *The Shattered Gradients Problem*, 2017), and steps along them lead nowhere. Whatever the reason: train.
//
// ## Train
//
// Gradient descent with momentum 0.9, the same batches in the same order for all four. Write down your bet for the order of the four curves.

const steps = lesson.quick ? 12 : 240;
const batchSize = 32;

function* trainingBatches(): Generator<number[]> {
  const order = random.fork('order');
  let left: number[] = [];
  for (let step = 0; step < steps; step++) {
    if (left.length < batchSize) left = order.shuffle([...digits.labels.keys()]);
    yield left.splice(-batchSize);
  }
}

function learn(depth: number, shortcuts: boolean): number[] {
  const network = small(depth, shortcuts);
  const variables = freshVariables(network);
  const optimiser = createOptimiser(learnable(variables), {
    kind: 'sgd',
    momentum: 0.9,
  });
  const { functions, dispose } = compileTogether({
    step: trainingStep(optimiser, (x: Tensor4D, y: Tensor1D) => {
      const logits = forwardWithBatchStatistics(network, variables, x) as Tensor2D;
      return { loss: tf.mean(softmaxCrossEntropy(logits, y)) as Scalar };
    }),
  });
  const losses = [...trainingBatches()].map((batch) =>
    tf.tidy(() => {
      const [rate, decay] = [tf.scalar(0.02), tf.scalar(1e-4)];
      return functions.step(rate, decay, ...batchOf(batch)).loss.dataSync()[0]!;
    }),
  );
  dispose();
  optimiser.dispose();
  tf.dispose([...variables.values()]);
  return losses;
}

const curves: Record<string, number[]> = {};
for (const shortcuts of [false, true]) {
  for (const depth of [shallow, deep]) {
    const kind = shortcuts ? 'residual' : 'plain';
    curves[`${kind}, ${depth} layers`] = learn(depth, shortcuts);
  }
}

const mean = (values: readonly number[]) =>
  values.reduce((a, b) => a + b, 0) / values.length;
const span = Math.max(1, Math.round(steps / 24));

lesson.chart(
  `Loss on the digits they learn from, each point the mean of ${span} steps.`,
  {
    x: `steps of ${batchSize} digits`,
    y: 'loss',
    lines: Object.fromEntries(
      Object.entries(curves).map(([name, losses]) => [
        name,
        {
          points: losses.flatMap((_, i) =>
            (i + 1) % span === 0
              ? [[i + 1, mean(losses.slice(i + 1 - span, i + 1))] as const]
              : [],
          ),
        },
      ]),
    ),
  },
);

const last = Math.ceil(steps / 6);
const parametersOf = (depth: number, shortcuts: boolean) =>
  networkCosts(small(depth, shortcuts)).totals.parameters;

lesson.bars(
  `Mean loss of the last ${last} steps; guessing among ten digits costs 2.3.`,
  ['network', 'parameters', 'loss'],
  Object.entries(curves).map(([name, losses]) => [
    name,
    parametersOf(
      Number(/\d+/.exec(name)![0]),
      name.startsWith('residual'),
    ).toLocaleString('en-GB'),
    mean(losses.slice(-last)),
  ]),
  (value) => value.toFixed(3),
);

const end = (name: string) => mean(curves[name]!.slice(-last)).toFixed(3);

for (const kind of ['plain', 'residual']) {
  lesson.print(
    `${kind}: a loss of`,
    end(`${kind}, ${shallow} layers`),
    `with ${shallow} layers, of`,
    end(`${kind}, ${deep} layers`),
    `with ${deep}`,
  );
}

// One training of each is an example, not a proof, and these are early steps: in the paper's 64,000 the deep plain network catches up further, but not wholly. What the early steps do show is which network can be trained at all.
//
// ## Exercises
//
// 1. What is the gradient of $y = F(x) + x$ for $x$? What does the second term do when there are 27 such blocks?
//
// <details><summary>Answer</summary>
//
// $F'(x) + 1$. The product over 27 blocks contains the term 1: a way on which the gradient reaches the first layer unchanged.
//
// </details>
//
// 2. Where the map is halved and the channels doubled, $x$ and $F(x)$ have different shapes. Name two ways to add them all the same.
//
// <details><summary>Answer</summary>
//
// Take every second pixel and fill up with channels of zeros (the paper's option A: no parameters), or a 1×1 convolution with a stride of 2 (option B, used here).
//
// </details>
//
// 3. In the file, change `[20, 56]` to `[20, 32]` and run `npm run lesson 12` again. Is a plain network of 32 layers already worse than one of 20?
//
// <details><summary>Answer</summary>
//
// The last two lines that are printed tell. Hold the loss of 32 plain layers against that of 56: on drawn digits these had learned nothing in so few steps (2.23, where guessing costs 2.3), while 56 residual layers came to 0.07.
//
// </details>
//
// ## Read next
//
// `src/models/resnet-cifar.ts` is the small network, `scripts/plain-and-residual.ts` the longer experiment with a test. The next lesson: what all these networks cost and bring, on one chart.

export default lesson;
