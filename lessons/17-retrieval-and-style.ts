// # Retrieval and style
//
// What a network has learned for one question answers others. You will look for pictures that are like a picture, with pixels and with features of every depth, and measure who finds better; then paint a picture in the style of another, by changing it until VGG-16 sees what it should. Runs in one to two minutes; needs the weights of SqueezeNet and VGG-16
// (`npx finetune zoo fetch squeezenet vgg16`), and takes the photographs of `FOLDER/pets` with `--data FOLDER`.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Tensor4D } from '@tensorflow/tfjs';
import { decodePicture } from '../src/data/decode.js';
import { fittedPicture } from '../src/data/fitted.js';
import { scanFolder } from '../src/data/scan.js';
import {
  averagePrecision,
  expectedPrecision,
  measureRetrieval,
} from '../src/evaluation/retrieval.js';
import { forwardTaps } from '../src/models/forward.js';
import { networkUpTo, outputOf } from '../src/models/network.js';
import { toParameters } from '../src/models/parameters.js';
import { preprocess } from '../src/models/preprocess.js';
import { modelSpec } from '../src/models/registry.js';
import { vgg } from '../src/models/vgg.js';
import { transferStyle } from '../src/recipes/style.js';
import { centredCosineOf } from '../src/retrieval/centred.js';
import { allSimilarities } from '../src/retrieval/exact-search.js';
import { ranksOf } from '../src/retrieval/ranks.js';
import { rowsInMemory } from '../src/retrieval/rows.js';
import { Random } from '../src/runtime/random.js';
import { tf } from '../src/runtime/tensorflow.js';
import { drawStyle } from '../scripts/drawing/styles.js';
import { aPhotograph, weightsAtHand } from './page/data.js';
import { openLesson } from './page/lesson.js';

const lesson = openLesson(import.meta.url);

// ## What is like what?
//
// A picture becomes a vector: its pixels, or what a layer answers, averaged over the map. Two pictures are alike where their vectors point the same way. No feature is negative, so all vectors point roughly the same way; what counts is in what a picture differs from the usual one. With $v$ a picture's vector, $u = v / \lVert v \rVert$, and $m$ the mean of the $u$ of all pictures,
//
// $$ s(a, b) = \frac{(u_a - m) \cdot (u_b - m)}{\lVert u_a - m \rVert \, \lVert u_b - m \rVert} $$
//
// is the cosine of the angle between two differences, from −1 to 1. (A. Babenko et al., *Neural Codes for Image Retrieval*, 2014, search with features of such networks; H. Jégou & O. Chum, 2012, why one centres. Ways are compared in `docs/similar.md`.) Four vectors of three features; which are alike, before and after the mean is taken away?

/** The similarities of each vector with all, centred. */
async function compare(vectors: readonly (readonly number[])[]) {
  const values = Float32Array.from(vectors.flat());
  const rows = rowsInMemory(values, vectors[0]!.length);
  const cosine = await centredCosineOf(rows);
  const found: Float32Array[] = [];
  for await (const row of allSimilarities(rows, values.slice(), cosine)) {
    found.push(row);
  }
  return found;
}

const four = { a: [9, 5, 3], b: [9, 6, 2], c: [5, 9, 3], d: [6, 9, 1] };
const centred = await compare(Object.values(four));
const dot = (x: readonly number[], y: readonly number[]) =>
  x.reduce((sum, value, k) => sum + value * y[k]!, 0);
const plain = (x: readonly number[], y: readonly number[]) =>
  dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));

lesson.table(
  'Plain cosines find all alike; centred ones tell who belongs together.',
  ['pair', 'vectors', 'plain', 'centred'],
  Object.entries(four).flatMap(([x, own], i) =>
    Object.entries(four)
      .map(([y, other], k) => [
        `${x} and ${y}`,
        `${own.join(', ')} and ${other.join(', ')}`,
        plain(own, other).toFixed(2),
        centred[i]![k]!.toFixed(2).replace('-', '−'),
      ])
      .slice(i + 1),
  ),
);

// ## A figure for a ranking
//
// All pictures are put in the order of their similarity to a query, without the query. Those of its class should come first. For each of them, at rank $r_i$, the precision is $i / r_i$: what share of the first $r_i$ is of the class. Their mean is the average precision of the query, whose class has $R$ other pictures, and the mean over queries the figure to report:
//
// $$ \text{AP} = \frac{1}{R} \sum_{i} \frac{i}{r_i} $$
//
// (C. D. Manning, P. Raghavan & H. Schütze, *Introduction to Information Retrieval*, 2008, section 8.4.) Three pictures are to be found, and come at ranks 1, 3 and 4. What is the average precision, and what would a random order of ten come to?

lesson.print('ranks 1, 3, 4:', averagePrecision([1, 3, 4]));

lesson.print('3 of 10 in random order:', expectedPrecision(3, 10));

// **Recall at 1** is simpler: the share of queries whose nearest picture is of their class.
//
// ## Pictures as vectors
//
// The same number of each class, drawn by lot. Of each picture: its pixels, and the averages of SqueezeNet's maps from the first layer to the last. SqueezeNet learned the classes of ImageNet and has never been told which of these pictures belong together.

const spec = modelSpec('squeezenet');
const side = 224;
const depths = ['conv1', 2, 3, 4, 5, 6, 7, 8, 9].map((layer) =>
  layer === 'conv1' ? 'conv1' : `fire${layer}/concat`,
);
const whole = networkUpTo(spec.build(), depths.at(-1)!);
const squeezenet = await weightsAtHand('squeezenet', spec.build());

const { parts, labels } = await scanFolder(lesson.data('pets') ?? 'data/pets');
const random = new Random(17);
const ofEach = lesson.quick ? 6 : 40;
const pictures = [...labels.keys()].flatMap((label) => {
  const own = parts.test!.filter((picture) => picture.label === label);
  return random.shuffle(own).slice(0, ofEach);
});

/** Vectors of all pictures by what they are made of, row by row, the pixels first. */
async function describe(
  weights: NonNullable<typeof squeezenet>['weights'],
): Promise<Map<string, number[][]>> {
  const parameters = toParameters(weights);
  const vectors = new Map(
    ['pixels', ...depths].map((name) => [name, [] as number[][]]),
  );
  for (let start = 0; start < pictures.length; start += 8) {
    const batch = await Promise.all(
      pictures.slice(start, start + 8).map(({ file }) =>
        decodePicture(file, {
          height: side,
          width: side,
          channels: 3,
          resize: 'crop',
        }),
      ),
    );
    tf.tidy(() => {
      const shown = tf.tensor4d(
        Uint8Array.from(batch.flatMap((one) => [...one])),
        [batch.length, side, side, 3],
        'int32',
      );
      // 14×14 means of 16×16 pixels: finer ones find no better.
      const coarse = tf.avgPool(
        tf.cast(shown, 'float32') as Tensor4D,
        16,
        16,
        'valid',
      );
      const pixels = tf
        .reshape(coarse, [batch.length, -1])
        .arraySync() as number[][];
      vectors.get('pixels')!.push(...pixels);
      const fed = preprocess(shown, spec.preprocessing);
      for (const [name, maps] of forwardTaps(whole, parameters, fed, depths)) {
        vectors
          .get(name)!
          .push(...(tf.mean(maps, [1, 2]).arraySync() as number[][]));
      }
    });
  }
  tf.dispose([...parameters.values()]);
  return vectors;
}

/** How well each picture finds its class among the others. */
function measure(similarities: readonly Float32Array[]) {
  return measureRetrieval(
    similarities.map((row, query) =>
      ranksOf(
        row,
        (place) => place !== query,
        (place) => pictures[place]!.label === pictures[query]!.label,
      ),
    ),
  );
}

// ## Look first
//
// A query, drawn by lot as all of them, with its five nearest by the last layer's features, then by pixels; ✓ is the same class, the number the similarity. What do pixels go by?

/** What is shown of each picture. */
const colours = (file: string) => {
  const decode = { height: 112, width: 112, channels: 3, resize: 'crop' } as const;
  return decodePicture(file, decode).then((rgb) => ({
    height: 112,
    width: 112,
    rgb,
  }));
};

async function showNearest(
  title: string,
  similarities: readonly Float32Array[],
  query: number,
): Promise<void> {
  const row = similarities[query]!;
  const nearest = [...row.keys()]
    .filter((place) => place !== query)
    .sort((a, b) => row[b]! - row[a]!)
    .slice(0, 5);
  const nameOf = (place: number) =>
    labels[pictures[place]!.label]!.replaceAll('_', ' ');
  const entries = await Promise.all(
    [query, ...nearest].map(async (place, i) => {
      const hit = nameOf(place) === nameOf(query) ? '✓' : '✗';
      const name =
        i === 0
          ? `query: ${nameOf(place)}`
          : `${i}. ${hit} ${nameOf(place)}, ${row[place]!.toFixed(2)}`;
      return [name, await colours(pictures[place]!.file)] as const;
    }),
  );
  await lesson.pictures(title, Object.fromEntries(entries), { width: 92 });
}

/** The first picture of the second class. */
const query = ofEach;
const described = squeezenet && (await describe(squeezenet.weights));
const byPixels = described && (await compare(described.get('pixels')!));
const byFeatures = described && (await compare(described.get(depths.at(-1)!)!));

if (byPixels && byFeatures) {
  await showNearest(
    'The nearest by features of the last layer.',
    byFeatures,
    query,
  );
  await showNearest('The nearest by pixels.', byPixels, query);
} else {
  lesson.print(
    'No weights of SqueezeNet at hand: npx finetune zoo fetch squeezenet',
  );
}

// Pixels find the same colours in the same places: a lawn, a wall, a dark shape low in the middle. Features find what was learned to matter when breeds and things had to be told apart, wherever it is on the picture, for they are averaged over places.
//
// ## Then measure
//
// From which layer on does SqueezeNet beat the pixels? Does the last layer find best?

async function showDepths(vectors: Map<string, number[][]>): Promise<void> {
  const measured = new Map(
    await Promise.all(
      [...vectors].map(
        async ([name, rows]) => [name, measure(await compare(rows))] as const,
      ),
    ),
  );
  const figures = [...measured.values()];
  const percent = (share: number) => 100 * share;
  const means = figures.map(({ meanAveragePrecision }) => meanAveragePrecision);
  const interval = ({ mean, ci95 = [mean, mean] }: (typeof means)[number]) => ci95;
  const { chance } = figures[0]!;
  lesson.chart(
    `0: pixels; 1: conv1; 2 to 9: fire modules. Band: 95 % over ${pictures.length} queries.`,
    {
      x: 'layer of SqueezeNet',
      y: 'mean average precision, %',
      top: 100,
      lines: {
        'averages of a layer': {
          points: means.map(({ mean }, depth) => [depth, percent(mean)] as const),
          band: means.map((figure) => {
            const [low, high] = interval(figure);
            return [percent(low), percent(high)] as const;
          }),
        },
        'random order': {
          points: means.map((_, depth) => [depth, percent(chance)] as const),
        },
      },
    },
  );
  const written = (share: number, [low, high]: readonly [number, number]) =>
    `${percent(share).toFixed(1)} (${percent(low).toFixed(1)} to ${percent(high).toFixed(1)})`;
  lesson.table(
    `Each of ${pictures.length} pictures asked for; per cent, 95 % intervals.`,
    ['vectors of', 'numbers', 'mean average precision', 'recall at 1'],
    [
      ...[...measured].map(([name, { meanAveragePrecision, recallAt }]) => [
        name.replace('/concat', ''),
        vectors.get(name)![0]!.length,
        written(meanAveragePrecision.mean, interval(meanAveragePrecision)),
        written(recallAt[0]!.recall, recallAt[0]!.ci95),
      ]),
      [
        'random order',
        '',
        percent(chance).toFixed(1),
        percent((ofEach - 1) / (pictures.length - 1)).toFixed(1),
      ],
    ],
  );
}

if (described) await showDepths(described);

// The last layer is best by far: on photographs of seven breeds (Oxford-IIIT Pet, 280 of them) a mean average precision of 68 %, where the layer before has 47, the first 19, the pixels 18, and chance 16. Low layers answer to edges and colours, which every class has. On the drawn animals pixels even find better than the first layers: averages forget where a colour was, and
// what low layers know instead does not yet tell animals apart.
//
// Nobody trained anything here. `npx finetune similar squeezenet PICTURE --in FOLDER` searches a folder of yours in this way, and `--evaluate` measures it where the folder has classes.
//
// ## Texture is what forgets places
//
// Retrieval averages a map and so forgets where things are. A texture is more than averages: it is which features come *together*. With $F_{ip}$ what channel $i$ of a layer answers at place $p$ of $P$ places, the **Gram matrix** has, for each pair of channels, the mean of their products:
//
// $$ G_{ij} = \frac{1}{P} \sum_{p} F_{ip} F_{jp} $$
//
// Two channels, four places. The second map has the same columns in another order. Which of the Gram matrices changes?

const gram = (maps: readonly (readonly number[])[]) =>
  maps.map((a) =>
    maps.map((b) => a.reduce((sum, value, p) => sum + value * b[p]!, 0) / a.length),
  );
const maps = [
  [4, 0, 2, 0],
  [0, 2, 2, 0],
];
const moved = maps.map(([a, b, c, d]) => [c!, d!, a!, b!]);
const apart = [maps[0]!, [0, 2, 0, 2]];

lesson.matrices('Columns moved: the same texture elsewhere.', [
  {
    F: maps,
    G: gram(maps),
    'F, columns moved': moved,
    'G of the moved': gram(moved),
  },
]);

lesson.matrices('One row alone moved: never together, so zero off the diagonal.', [
  { 'F, one row moved': apart, 'G of that': gram(apart) },
]);

// ## To paint is to minimise
//
// L. Gatys, A. Ecker & M. Bethge, *Image Style Transfer Using Convolutional Neural Networks*, 2016: the picture itself is what is learned, all weights stay as they are. With $F^l$ the maps of the changing picture in layer $l$, $P^l$ those of the content picture, $G^l$ and $A^l$ the Gram matrices of the changing and of the style picture, and $w$ the weight of style,
//
// $$ L = \frac{\sum (F^c - P^c)^2}{\sum (P^c)^2} + w \cdot \frac{1}{5} \sum_{l} \frac{\sum (G^l - A^l)^2}{\sum (A^l)^2} $$
//
// Content is compared in one high layer, $c$ = conv4_2, which knows what is where but not in which colours; style in five, conv1_1 to conv5_1. (Each term is divided by its target's squares, so that it is 0 for a perfect match and about 1 for something unrelated; a small penalty on roughness is added. See `docs/style.md`.) What do you expect of $w$ = 1, 5 and 50?

const temporary = mkdtempSync(path.join(tmpdir(), 'lesson-'));
const style = path.join(temporary, 'strokes.png');
await drawStyle('strokes', style);
const content = lesson.data('pets')
  ? await aPhotograph(lesson, 1)
  : 'data/pets/test/dog/003.jpg';
const size = lesson.quick ? 48 : 176;
const steps = lesson.quick ? 8 : 60;
const weightsOfStyle = [1, 5, 50];
const vggAtHand = await weightsAtHand('vgg16', modelSpec('vgg16').buildBase());

async function paint(): Promise<void> {
  const asColours = ({
    pixels,
    ...sides
  }: Awaited<ReturnType<typeof fittedPicture>>) => ({ ...sides, rgb: pixels });
  const results = [];
  for (const styleWeight of weightsOfStyle) {
    results.push(await transferStyle(content, style, { size, steps, styleWeight }));
  }
  lesson.coverFollows();
  await lesson.pictures(
    `Content, style, and what ${steps} steps make of them.`,
    {
      content: asColours(await fittedPicture(content, size)),
      style: asColours(await fittedPicture(style, size)),
      ...Object.fromEntries(
        results.map((result, i) => [`w = ${weightsOfStyle[i]}`, asColours(result)]),
      ),
    },
    { width: 200 },
  );
  const { history } = results[1]!;
  // The first step is the content picture, and its content term 0.
  const line = (term: 'loss' | 'content' | 'style') => ({
    points: history.slice(1).map((step) => [step.step, step[term]] as const),
  });
  lesson.chart(
    `w = ${weightsOfStyle[1]}: loss, and terms before weighting, from step 2 on.`,
    {
      x: 'step of L-BFGS',
      y: 'term',
      logarithmic: true,
      lines: {
        loss: line('loss'),
        content: line('content'),
        style: line('style'),
      },
    },
  );
  lesson.table(
    'Where it ends: what is gained in style is paid in content.',
    [
      'w',
      'loss, first',
      'loss, last',
      'style, first',
      'style, last',
      'content, last',
    ],
    results.map(({ history: own }, i) => {
      const best = own.reduce((a, b) => (b.loss < a.loss ? b : a));
      const first = own[0]!;
      return [
        weightsOfStyle[i]!,
        ...[first.loss, best.loss, first.style, best.style, best.content].map(
          (value) => Number(value.toFixed(3)),
        ),
      ];
    }),
  );
}

if (vggAtHand) await paint();
else lesson.print('No weights of VGG-16 at hand: npx finetune zoo fetch vgg16');
rmSync(temporary, { recursive: true });

// No layer was told what a brush stroke is. The network that tells dogs from cats has, on its way there, to see strokes, edges and colours; the loss only asks for the same statistics of them.
//
// ## What else is built on a network that can see
//
// The convolutions do not mind how large a picture is, nor what comes behind them. Give VGG-16 a wider picture, and its last map is wider:

lesson.maps(
  'The same weights over two pictures.',
  [
    [224, 224],
    [384, 640],
  ].flatMap(([height, width]) => {
    const shape = [height!, width!, 3] as const;
    const network = vgg('vgg16', { includeTop: false, inputShape: [...shape] });
    const last = outputOf(networkUpTo(network, 'block5_conv3'));
    return [
      { name: 'picture', shape },
      { name: 'block5_conv3', shape: last.shape },
    ];
  }),
);

// Most uses read that map, or its average, and put something new behind it:

lesson.table(
  'What of the network is used again, and what is learned anew.',
  ['use', 'kept', 'new', 'source'],
  [
    [
      'classification (lesson 15)',
      'all but the classifier',
      'a classifier',
      'Donahue et al. 2013',
    ],
    ['retrieval', 'all but the classifier', 'nothing', 'Babenko et al. 2014'],
    ['style', 'convolutions up to conv5_1', 'the picture', 'Gatys et al. 2016'],
    [
      'captioning',
      'all but the classifier: one vector starts a sentence; or the last map, which each word looks at anew',
      'a recurrent network that writes word after word',
      'Vinyals et al. 2015; Xu et al. 2015',
    ],
    [
      'detection',
      'the convolutions, run once for the whole picture; the part of the map under a region is pooled to a fixed size',
      'proposals of regions, and for each a class and the corners of its box',
      'Girshick et al. 2014; Ren et al. 2015',
    ],
    [
      'segmentation',
      'everything: the dense layers become convolutions (lesson 3), so that there is an answer at each place',
      'layers that enlarge the coarse answers to pixels, with the help of earlier maps',
      'Long et al. 2015',
    ],
  ],
);

// The first three are in this toolkit. Captioning, detection and segmentation need other data, sentences, boxes or outlines, and other losses; the part that sees is the same, and is usually tuned along with them.
//
// ## Exercises
//
// 1. The pictures of a class come at ranks 2 and 4. What is the average precision, and what is recall at 1?
//
// <details><summary>Answer</summary>
//
// (1/2 + 2/4)/2 = 0.5. Recall at 1 is 0 for this query: the first picture is of another class.
//
// </details>
//
// 2. In the file, take 10 pictures of each class in place of 40 (`ofEach`) and run `npm run lesson 17` again. What becomes of the last layer's figure, of its interval, and of chance?
//
// <details><summary>Answer</summary>
//
// On the drawn animals the figure stays at 66 %, its interval is twice as wide (a quarter of the queries), and chance rises from 27 to 30 %: where fewer pictures are in the way, any order does better. So figures of two collections cannot be compared without that line.
//
// </details>
//
// 3. In the file, give `transferStyle` the option `start: 'noise'` beside `styleWeight` and run again. The content is now nowhere but in the maps of one layer: for which weights does it come back?
//
// <details><summary>Answer</summary>
//
// For 1 the whole dog comes back out of the noise: conv4_2 knew where eyes, nose and tongue are. For 5 it is drawn in strokes, with less of its colours. For 50 nothing of it is left after 60 steps, only strokes.
//
// </details>
//
// ## Read next
//
// `docs/similar.md`: ways to compare vectors, measured, and a million of them. `docs/style.md`: what to turn. This is the last lesson: `npx finetune --data FOLDER` is the next step.

export default lesson;
