// # Accuracy against operations
//
// Which network is worth its work? You will see the chart that everyone shows, find out what it hides, and put points of our own beside the published ones, each with its doubt. Runs in three to four minutes, nearly all of it training, and shows what was measured before first; more points are measured where more weights are at hand, and
// on photographs where `--data FOLDER` has `FOLDER/pets`.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { finetune } from '../src/index.js';
import { challengeWinners, publishedNetworks } from '../src/models/published.js';
import { modelNames, modelSpec } from '../src/models/registry.js';
import { zooList } from '../src/recipes/zoo.js';
import { networkCosts } from '../src/summary/network-costs.js';
import { openLesson } from './page/lesson.js';
import type { Point } from './page/scatter.js';

const lesson = openLesson(import.meta.url);

// ## The chart
//
// Across: multiply-adds for one picture, counted by us from the layers. Up: how many of ImageNet's validation photographs the best guess is right for, as torchvision publishes it for its weights. The area of a bubble is the number of parameters. For
// a convolution with kernels of $k \times k$ on $C$ channels, $N$ filters and maps of $h \times w$ the count is
//
// $$ h \cdot w \cdot k^2 \cdot C \cdot N $$
//
// and a network's is the sum over its layers. Before you look: does twice the work buy as much accuracy everywhere on the axis? (The form of the chart: A. Canziani, A. Paszke & E. Culurciello, *An Analysis of Deep Neural Network Models for Practical Applications*,
// 2016, figure 2.)

const counted = publishedNetworks.map((published) => ({
  ...published,
  costs: networkCosts(modelSpec(published.name).build()).totals,
}));
const labels: Record<string, Point['label']> = {
  'VGG-11': 'left',
  'VGG-13': 'below',
  'VGG-16': 'below right',
  'VGG-19': 'above',
  'ResNet-18': 'below',
  'ResNet-34': 'left',
  'ResNet-50': 'left',
  'ResNet-101': 'above',
  'ResNet-152': 'right',
  GoogLeNet: 'left',
  'SqueezeNet 1.1': 'above',
  AlexNet: 'below',
};
const families = [...new Set(counted.map(({ family }) => family))];
const seriesOf = (chosen: readonly string[]) =>
  counted
    .filter(({ family }) => chosen.includes(family))
    .map(({ title, costs, top1 }) => ({
      name: title,
      x: costs.multiplyAdds / 1e9,
      y: top1,
      amount: costs.parameters,
      label: labels[title] ?? ('right' as const),
    }));

lesson.scatter('Published accuracy against counted work. Both axes lie: read on.', {
  x: 'multiply-adds for one picture, thousand millions',
  y: 'top-1 accuracy on ImageNet, %',
  range: [50, 82],
  series: {
    'AlexNet and VGG': seriesOf(['AlexNet', 'VGG']),
    GoogLeNet: seriesOf(['Inception']),
    ResNet: seriesOf(['ResNet']),
    'made to be small': seriesOf(['Small']),
  },
});

// To the upper left is better. VGG-16 does four times the work of ResNet-50 and is right less often, MobileNet v2 does a fiftieth of VGG's work and is as good. From ResNet-50 to ResNet-152 the work grows to 2.8 times, and two points are gained.
//
// ## Do the published counts hold?

lesson.table(
  'Our counts beside the published ones, in thousand millions of multiply-adds and in parameters.',
  ['network', 'counted, G', 'published, G', 'parameters counted', 'published'],
  counted.map(({ title, costs, gigaMultiplyAdds, parameters }) => [
    title,
    (costs.multiplyAdds / 1e9).toFixed(3),
    gigaMultiplyAdds.toFixed(3),
    costs.parameters.toLocaleString('en-GB'),
    parameters.toLocaleString('en-GB'),
  ]),
);

lesson.print(
  'largest difference of the work:',
  `${(100 * Math.max(...counted.map(({ costs, gigaMultiplyAdds }) => Math.abs(costs.multiplyAdds / 1e9 / gigaMultiplyAdds - 1)))).toFixed(1)} %;`,
  'families:',
  families.join(', '),
);

// ## Where the operations are
//
// "98 per cent of all operations are multiply-adds in convolutions", an industrial example says. Is it true of all of them?

const shares = modelNames()
  .map((name) => ({
    name,
    share: 100 * networkCosts(modelSpec(name).build()).totals.convolutionShare,
  }))
  .sort((a, b) => a.share - b.share);
const above = shares.filter(({ share }) => share >= 98).length;

lesson.bars(
  'Convolutions’ share of the multiply-adds, from the lowest to the highest: all networks here.',
  ['network', 'share, %'],
  shares.map(({ name, share }) => [name, share] as const),
  (value) => value.toFixed(1),
);

lesson.print('98 % or more in', above, 'of', shares.length, 'networks');

// AlexNet with its huge dense layers is the exception, and even there it is more than nine tenths.
//
// ## The years
//
// The other way to draw progress: the best entries of the ImageNet challenge.

lesson.bars(
  'Top-5 error of the best entries, in per cent.',
  ['entry', 'layers', 'error, %'],
  challengeWinners.map(({ year, title, error, layers }) => [
    `${year} ${title}`,
    String(layers ?? 'no deep network'),
    error,
  ]),
  String,
);

// ## Points of our own
//
// ImageNet's accuracy is one question. Another is yours: how good is a network as a *base*, its convolutions kept and a new classifier trained on a few hundred pictures? The shipped result, on photographs of seven breeds of pets (700 to learn from, 698 to be tested on) and of
// ants and bees, each base at its own size and its head trained in steps, was made by `npx tsx scripts/measure-bases.ts PETS HYMENOPTERA` and stands in `docs/bases.md`:

interface Measured {
  readonly base: string;
  readonly gigaMultiplyAdds: number;
  readonly pets: readonly [accuracy: number, low: number, high: number];
}

const shipped: Measured[] = readFileSync('docs/bases.md', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => {
    const [, base, , work, pets] = line.split('|').map((cell) => cell.trim());
    const [accuracy, low, high] = pets!.match(/[\d.]+/g)!.map(Number);
    return {
      base: base!.replaceAll('`', ''),
      gigaMultiplyAdds: Number(work),
      pets: [accuracy!, low!, high!],
    };
  });
const besides: Record<string, Point['label']> = {
  vgg16: 'left',
  vgg19: 'right',
  squeezenet: 'left',
  googlenet: 'right',
  'efficientnet-lite0': 'right',
};

lesson.scatter(
  'Transferred to pets: accuracy with its 95 % interval. Hundreds of times the work, and the intervals of most points overlap.',
  {
    x: 'multiply-adds for one picture, thousand millions',
    y: 'accuracy on test pictures of pets, %',
    range: [85, 100],
    series: {
      'frozen base, linear head': shipped.map(
        ({ base, gigaMultiplyAdds, pets }) => ({
          name: base.replace('-v1-0.25', ' ¼'),
          x: gigaMultiplyAdds,
          y: pets[0],
          interval: [pets[1], pets[2]] as const,
          label: besides[base] ?? ('right' as const),
        }),
      ),
    },
  },
);

// The order is not that of the first chart: EfficientNet-lite0 with a fortieth of VGG-16's work transfers as well as it does. On a task of your own, measure.
//
// ## Measured now
//
// Networks of less than half a thousand million multiply-adds whose weights are on this machine, by the call that any program can make: a frozen base and the exact linear head. First with little effort, at the network's own size and with the averages of its last map; then with all
// at its default, as `npx finetune --data FOLDER` does it: larger pictures where they are few enough, the maxima of the map beside its averages, and the layer before if cross-validation asks for it. How much more work is that, and does it buy anything?

const data = lesson.data('pets') ?? 'data/pets';
const limit = lesson.quick ? 0.1 : 0.5;
const here = zooList().filter(
  ({ here: files, gigaMultiplyAdds }) =>
    files.length > 0 && gigaMultiplyAdds < limit,
);
const folder = mkdtempSync(path.join(tmpdir(), 'lesson-'));
const rows: (string | number)[][] = [];
for (const { name, model } of here) {
  for (const effort of lesson.quick
    ? ['quick' as const]
    : (['quick', 'default'] as const)) {
    const { metrics, directory } = await finetune({
      data: lesson.quick ? 'data/pets' : data,
      base: model,
      weights: name,
      effort,
      baseline: 'none',
      out: path.join(folder, `${name}-${effort}`),
    });
    const { input } = JSON.parse(
      readFileSync(path.join(directory, 'config.json'), 'utf8'),
    ) as { input: { used: number } };
    const side = input.used;
    const work = networkCosts(modelSpec(model).buildBase([side, side, 3])).totals;
    const { accuracy, ci95, n } = metrics.test;
    rows.push([
      name,
      effort,
      `${side}×${side}`,
      (work.multiplyAdds / 1e9).toFixed(2),
      `${(100 * accuracy).toFixed(1)} (${(100 * ci95[0]).toFixed(1)} to ${(100 * ci95[1]).toFixed(1)})`,
      n,
    ]);
  }
}
rmSync(folder, { recursive: true });

if (rows.length > 0) {
  lesson.table(
    lesson.data('pets') && !lesson.quick
      ? 'Measured by this page, on the photographs of pets.'
      : 'Measured by this page, on the drawn pictures that come with the project.',
    [
      'base',
      'effort',
      'pictures of',
      'multiply-adds, G',
      'accuracy and 95 % interval, %',
      'test pictures',
    ],
    rows,
  );
} else {
  lesson.print(
    'No small network’s weights are on this machine: npx finetune zoo fetch mobilenet',
  );
}

// ## What the chart hides
//
// Multiply-adds are not time: a network of many thin layers does few of them and waits for memory. Nor are they energy, nor how long you train. And the accuracy is that of one recipe: the same ResNet-50 has 76.1 % with the weights here and four points more with a training of 2021. Two directions
// start from this chart and are only named here: *pruning* takes weights, filters or layers out of a network that has more than it needs; *architecture search* leaves the list of layers itself to be found, by evolution for example.
//
// ## Exercises
//
// 1. Which networks of the first chart can you strike out, because another is more accurate with less work?
//
// <details><summary>Answer</summary>
//
// All of AlexNet, VGG and GoogLeNet, and ResNet-18: MobileNet v2 is better than each of them but VGG-19 with less work, and ResNet-34 is better than VGG-19. SqueezeNet too, by a little work: MobileNet v2 has 0.30 against its 0.35.
//
// </details>
//
// 2. Two bases differ by one point on 698 test pictures, with intervals of ±1.3. Is the higher one better?
//
// <details><summary>Answer</summary>
//
// One cannot tell from the intervals. Both answered the same pictures, so compare them picture by picture: `finetune evaluate --against` does (McNemar's test).
//
// </details>
//
// 3. In the file, set `limit` to 2 and run `npm run lesson 13` again: GoogLeNet joins, where its weights are at hand. Does four and a half times the work show?
//
// <details><summary>Answer</summary>
//
// Compare the intervals, not the middles. On the photographs of pets the shipped results (each base at its own size, its head trained in steps) are 95.4 % (93.6 to 96.7) against SqueezeNet's 94.1 % (92.1 to 95.6).
//
// </details>
//
// ## Read next
//
// `docs/networks.md` counts every network, `docs/bases.md` has all that was measured. The next lesson: where the weights come from, and in what.

export default lesson;
