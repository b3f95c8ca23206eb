// # What layers see
//
// Edges below, textures in the middle, eyes and noses above: everybody says so. You will look at filters, at maps and at the patches that excite single units of VGG-16, and judge for yourself. Runs in half a minute; without VGG-16's weights (`npx finetune zoo fetch vgg16`) the page shows LeNet-5 alone, and with
// `--data FOLDER` it looks at the photographs in `FOLDER/pets`.

import type { Tensor4D } from '@tensorflow/tfjs';
import { type Matrix, pixelsSeen } from '../src/arithmetic/index.js';
import { decodePicture } from '../src/data/decode.js';
import { scanFolder } from '../src/data/scan.js';
import { readSafetensors } from '../src/formats/safetensors.js';
import { forwardTaps } from '../src/models/forward.js';
import { networkUpTo } from '../src/models/network.js';
import { toParameters } from '../src/models/parameters.js';
import { preprocess } from '../src/models/preprocess.js';
import { modelSpec } from '../src/models/registry.js';
import { Random } from '../src/runtime/random.js';
import { tf } from '../src/runtime/tensorflow.js';
import { networkReceptiveFields } from '../src/summary/network-receptive-fields.js';
import { weightsAtHand } from './page/data.js';
import { openLesson } from './page/lesson.js';
import type { ColourPicture } from './page/picture.js';

const lesson = openLesson(import.meta.url);

// ## Filters one can read
//
// The first layer reads pixels, so its filters are pictures themselves. Nobody wrote these six of LeNet-5; they were learned from digits. Which of lesson 6's do you recognise?

const digits = await readSafetensors('checkpoints/lenet5-mnist/lenet5.safetensors');
const c1 = digits.get('C1/kernel')!;

await lesson.pictures(
  'LeNet-5, C1: six filters of 5×5, zero as middle grey.',
  Object.fromEntries(
    Array.from({ length: 6 }, (_, filter) => [
      `filter ${filter + 1}`,
      Array.from({ length: 5 }, (_, row) =>
        Array.from(
          { length: 5 },
          (_, column) => c1.data[(row * 5 + column) * 6 + filter]!,
        ),
      ),
    ]),
  ),
  { aroundGrey: 180, width: 90 },
);

// From the second layer on, a filter reads channels, not colours, and as a picture it says little. Then one asks the unit instead: what do you answer to?
//
// ## How much can a unit know?
//
// It knows no more than its receptive field. With $F$ the window of a layer, $S$ its stride, $s$ the side of the field and $j$ the distance of neighbouring fields (lesson 4),
//
// $$ s' = s + (F - 1)\, j \qquad j' = j \cdot S $$

const spec = modelSpec('vgg16');
const base = spec.buildBase();
const fields = networkReceptiveFields(base);
const layers = {
  conv1_1: 'block1_conv1',
  conv3_2: 'block3_conv2',
  conv5_3: 'block5_conv3',
};
const fieldOf = (layer: string) => fields.get(layer)!.across;

lesson.table(
  'Three layers of VGG-16: low, middle and high.',
  [
    'layer',
    'map',
    'field, pixels',
    'neighbours apart',
    'share of the picture’s width, %',
  ],
  Object.entries(layers).map(([name, layer]) => [
    name,
    base.layers.find((own) => own.name === layer)!.shape.join('×'),
    fieldOf(layer).size,
    fieldOf(layer).jump,
    Number(((100 * fieldOf(layer).size) / 224).toFixed(0)),
  ]),
);

lesson.maps(
  'What one unit of each sees, as the share of the picture: the field’s side beside 224 pixels.',
  [
    ...Object.entries(layers).map(([name, layer]) => {
      const { size } = fieldOf(layer);
      return { name, shape: [size, size, 3] };
    }),
    { name: 'picture', shape: [224, 224, 3] },
  ],
);

// ## VGG-16's first layer
//
// 64 filters of 3×3 on three colours. How many look for colour, how many for brightness?

const vgg = await weightsAtHand('vgg16', base);
const side = 224;
const { channelOrder } = spec.preprocessing;

async function showFilters(
  weights: NonNullable<typeof vgg>['weights'],
): Promise<void> {
  const { data } = weights.get('block1_conv1/kernel')!;
  const filters = Array.from({ length: 64 }, (_, filter): ColourPicture => {
    const own = Array.from({ length: 27 }, (_, i) => data[i * 64 + filter]!);
    const largest = Math.max(...own.map(Math.abs));
    const rgb = Uint8Array.from({ length: 27 }, (_, i) => {
      const channel = channelOrder === 'BGR' ? 2 - (i % 3) : i % 3;
      return 128 + (127 * own[i - (i % 3) + channel]!) / largest;
    });
    return { height: 3, width: 3, rgb };
  });
  await lesson.pictures(
    'All 64 filters of conv1_1, in colour, each as strong as it gets.',
    Object.fromEntries(filters.map((filter, i) => [`no. ${i + 1}`, filter])),
    { width: 42 },
  );
}

if (vgg) await showFilters(vgg.weights);
else lesson.print('No weights of VGG-16 at hand: npx finetune zoo fetch vgg16');

// ## One picture on its way up
//
// Of each layer the six channels with the strongest mean answer. Up to which layer can you tell what is on the picture?

const pets = lesson.data('pets') ?? 'data/pets';
const { parts, labels } = await scanFolder(pets);
const random = new Random(16);
const count = lesson.quick ? 8 : 84;
const chosen = random.shuffle(parts.test!).slice(0, count);
const decode = { height: side, width: side, channels: 3, resize: 'crop' } as const;
const pixels = await Promise.all(
  chosen.map(({ file }) => decodePicture(file, decode)),
);
const whole = networkUpTo(base, 'block5_conv3');
const names = Object.values(layers);

/** The maps of some pictures at the three layers; the caller disposes of them. */
function mapsOf(places: readonly number[], own: ReturnType<typeof toParameters>) {
  const batch = Uint8Array.from(places.flatMap((place) => [...pixels[place]!]));
  const fed = tf.tidy(() => {
    const shown = tf.tensor4d(batch, [places.length, side, side, 3], 'int32');
    return preprocess(shown, spec.preprocessing);
  });
  const taps = forwardTaps(whole, own, fed, names);
  fed.dispose();
  return taps as Map<string, Tensor4D>;
}

const parameters = vgg && toParameters(vgg.weights);

async function showMaps(own: NonNullable<typeof parameters>): Promise<void> {
  const taps = mapsOf([0], own);
  await lesson.pictures('What goes in.', {
    [labels[chosen[0]!.label]!]: { height: side, width: side, rgb: pixels[0]! },
  });
  for (const [name, layer] of Object.entries(layers)) {
    const maps = tf.tidy(() => {
      const all = tf.squeeze(taps.get(layer)!, [0]) as Tensor4D;
      const means = [...tf.mean(all, [0, 1]).dataSync()];
      const best = [...means.keys()]
        .sort((a, b) => means[b]! - means[a]!)
        .slice(0, 6);
      return best.map((channel) => {
        const map = tf.squeeze(
          tf.slice(all as never, [0, 0, channel], [-1, -1, 1]),
          [2],
        );
        return [
          channel,
          tf.mul(tf.div(map, tf.max(map)), 255).arraySync() as number[][],
        ] as const;
      });
    });
    await lesson.pictures(
      `${name}: six of its ${taps.get(layer)!.shape[3]} maps, ${taps.get(layer)!.shape[1]} pixels wide.`,
      Object.fromEntries(
        maps.map(([channel, map]) => [`channel ${channel}`, map as Matrix]),
      ),
      { width: 220 },
    );
  }
  tf.dispose([...taps.values()]);
}

if (parameters) await showMaps(parameters);

// Below, the maps are the picture in other lights. In the middle, they mark kinds of texture and corners. Above, 14×14 places are left, and most are dark: a unit answers rarely, and says where.
//
// ## The patches that excite a unit
//
// Show many pictures to a unit, note where it answers most, and cut out what it saw there: its receptive field around that place (R. Girshick et al., *Rich Feature Hierarchies*, 2014, section 3.1, did it so). The units are those whose strongest answer stands out most from their mean: the choosy ones. What does each look for?

interface Answer {
  readonly picture: number;
  readonly row: number;
  readonly column: number;
  readonly value: number;
}

/** For each layer and channel the strongest answer of every picture. */
function strongest(own: NonNullable<typeof parameters>) {
  const found = new Map(names.map((name) => [name, [] as Answer[][]]));
  const sums = new Map(names.map((name) => [name, [] as number[]]));
  for (let start = 0; start < pixels.length; start += 4) {
    const places = [...pixels.keys()].slice(start, start + 4);
    const taps = mapsOf(places, own);
    for (const [name, maps] of taps) {
      const [batch, height, width, channels] = maps.shape;
      const { value, place, mean } = tf.tidy(() => {
        const rows = tf.reshape(maps, [batch, height * width, channels]);
        return {
          value: tf.max(rows, 1).dataSync(),
          place: tf.argMax(rows, 1).dataSync(),
          mean: tf.mean(rows, 1).dataSync(),
        };
      });
      for (const [i, picture] of places.entries()) {
        for (let channel = 0; channel < channels; channel++) {
          const at = i * channels + channel;
          const answer = {
            picture,
            row: Math.floor(place[at]! / width),
            column: place[at]! % width,
            value: value[at]!,
          };
          (found.get(name)![channel] ??= []).push(answer);
          sums.get(name)![channel] = (sums.get(name)![channel] ?? 0) + mean[at]!;
        }
      }
    }
    tf.dispose([...taps.values()]);
  }
  return { found, sums };
}

/** What a unit saw: its field, with grey where it reaches beyond the picture. */
function patch(layer: string, { picture, row, column }: Answer): ColourPicture {
  const { down, across } = fields.get(layer)!;
  const top = pixelsSeen(down, row).first;
  const left = pixelsSeen(across, column).first;
  const { size } = across;
  const rgb = new Uint8Array(size * size * 3).fill(128);
  for (let r = 0; r < size; r++) {
    for (let c = 0; c < size; c++) {
      const [y, x] = [top + r, left + c];
      if (y < 0 || x < 0 || y >= side || x >= side) continue;
      const from = (y * side + x) * 3;
      rgb.set(pixels[picture]!.subarray(from, from + 3), (r * size + c) * 3);
    }
  }
  return { height: size, width: size, rgb };
}

async function showPatches(own: NonNullable<typeof parameters>): Promise<void> {
  const { found, sums } = strongest(own);
  for (const [name, layer] of Object.entries(layers)) {
    const channels = found.get(layer)!;
    const choosy = [...channels.keys()]
      .map((channel) => {
        const best = channels[channel]!.sort((a, b) => b.value - a.value).slice(
          0,
          6,
        );
        const mean = sums.get(layer)![channel]! / pixels.length;
        // The sixth best, so that one odd picture does not decide.
        return { channel, best, ratio: best.at(-1)!.value / (mean + 1e-3) };
      })
      .sort((a, b) => b.ratio - a.ratio)
      .slice(0, 3);
    if (name === 'conv3_2') lesson.coverFollows();
    await lesson.pictures(
      `${name}: for three units the six patches, of ${pixels.length} pictures, that they answer most to.`,
      Object.fromEntries(
        choosy.flatMap(({ channel, best }) =>
          best.map(
            (answer, i) =>
              [`unit ${channel}, ${i + 1}.`, patch(layer, answer)] as const,
          ),
        ),
      ),
      { width: 100 },
    );
  }
}

if (parameters) {
  await showPatches(parameters);
  tf.dispose([...parameters.values()]);
}

// conv1_1 has patches of three pixels: edges and colours. conv3_2 sees 32 pixels: a colour in a shape, a kind of edge, even an eye where it is small enough. conv5_3 sees most of the picture, and what its patches have in common is a thing or a part of one, not a colour: where they have anything in common. Look at all six of a unit before you give it a name, and remember that the
// choosiest three of 512 were chosen for you to look at. (M. Zeiler & R. Fergus, *Visualizing and Understanding Convolutional Networks*, 2013; D. Bau et al., *Network Dissection*, 2017, measure how often such names hold.)
//
// ## Exercises
//
// 1. Why is the field of conv5_3 196 pixels wide, and yet its patches are sharp about something small?
//
// <details><summary>Answer</summary>
//
// The middle of a field counts more than its rim: more paths lead there (lesson 4). The field is what *can* count.
//
// </details>
//
// 2. A row shows six times a dark eye. Does the unit look for eyes?
//
// <details><summary>Answer</summary>
//
// Perhaps for something dark and round with a bright spot. Cover the eye and see whether the answer falls, or show it buttons: `finetune explain` checks its maps in this way.
//
// </details>
//
// 3. In the file, replace `'block5_conv3'` in the list of layers by `'block4_conv3'` and run `npm run lesson 16` again. How large are the patches, and what has become of the parts of animals?
//
// <details><summary>Answer</summary>
//
// 92 pixels. On photographs lettering and corners excite the choosiest units, and hardly an animal; on the drawn animals eyes with a part of the face around them.
//
// </details>
//
// ## Read next
//
// `docs/explain.md`: which places speak for an answer, with checks. The next lesson uses features of whole pictures: to find alike ones, and to paint.

export default lesson;
