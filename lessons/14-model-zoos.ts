// # Model zoos: one network in the files of six worlds
//
// Caffe, Keras, PyTorch, TensorFlow, TensorFlow.js, ONNX: each publishes networks in a file of its own kind. You will write one network into all of them, look inside, see what goes wrong when a layout is taken for another, and read all six back to the same answers. Runs in a few
// seconds; where SqueezeNet's weights are at hand (`npx finetune zoo fetch squeezenet`), a published network names what is on a picture.

import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import hdf5 from 'h5wasm/node';
import type { Matrix } from '../src/arithmetic/index.js';
import { exportOnnx } from '../src/export/network-onnx.js';
import { exportSavedModel } from '../src/export/network-saved-model.js';
import { saveTfjsModel } from '../src/export/save-tfjs-model.js';
import { detectFormat } from '../src/formats/detect.js';
import { transpose } from '../src/formats/kernel-layout.js';
import {
  bytes,
  integer,
  type Message,
  message,
  nested,
  text,
} from '../src/formats/protobuf-writer.js';
import { readSafetensors, safetensorsBytes } from '../src/formats/safetensors.js';
import {
  canonicalDigest,
  type NamedTensor,
  type Weights,
} from '../src/formats/tensors.js';
import { forward } from '../src/models/forward.js';
import { lenet5 } from '../src/models/lenet5.js';
import { toParameters } from '../src/models/parameters.js';
import { preprocess } from '../src/models/preprocess.js';
import { modelSpec } from '../src/models/registry.js';
import { tf } from '../src/runtime/tensorflow.js';
import { imagenetClasses } from '../src/zoo/imagenet-classes.js';
import { readWeights } from '../src/zoo/read-file.js';
import { aPhotograph, weightsAtHand } from './page/data.js';
import { openLesson } from './page/lesson.js';
import { penDigit } from './page/pen-digits.js';
import { readColour } from './page/picture.js';

const lesson = openLesson(import.meta.url);

// ## What a file has to say
//
// A trained network is its layers and its numbers. Ours is LeNet-5, trained on digits; its numbers come with this project. What must a file say about each tensor, so that somebody else can use it?

const network = lenet5();
const weights = await readSafetensors(
  'checkpoints/lenet5-mnist/lenet5.safetensors',
);

lesson.table(
  'The tensors of LeNet-5, under our names and in our layouts.',
  ['name', 'shape', 'numbers'],
  [...weights].map(([name, { shape, data }]) => [
    name,
    `[${shape.join(', ')}]`,
    data.length,
  ]),
);

// A name, a shape, the numbers; and, what no file says, in which order the sides of the shape are meant. A kernel has four sides: its height $h$, its width $w$, the channels $i$ that it reads, the filters $o$. The number at $(h, w, i, o)$ stands in the file at
//
// $$ \text{HWIO: } ((h \cdot W + w) \cdot I + i) \cdot O + o $$
//
// $$ \text{OIHW: } ((o \cdot I + i) \cdot H + h) \cdot W + w $$
//
// with $H, W, I, O$ the lengths of the sides. TensorFlow, Keras and TF.js write HWIO; Caffe, PyTorch, Theano and ONNX write OIHW. What do the six filters of C1 look like if one is taken for the other?

const kernel = weights.get('C1/kernel')!;
const [height, width, , filters] = kernel.shape as [number, number, number, number];

const filterOf = ({ data }: Pick<NamedTensor, 'data'>, filter: number): Matrix =>
  Array.from({ length: height }, (_, h) =>
    Array.from(
      { length: width },
      (_, w) => data[(h * width + w) * filters + filter]!,
    ),
  );
const six = (tensor: Pick<NamedTensor, 'data'>, name: string) =>
  Object.fromEntries(
    Array.from({ length: filters }, (_, i) => [
      `${name} ${i + 1}`,
      filterOf(tensor, i),
    ]),
  );
const asOihw = transpose(kernel, [3, 2, 0, 1]);

await lesson.pictures(
  'Read as they are meant: smooth strokes and edges.',
  six(kernel, 'filter'),
  {
    aroundGrey: 180,
    width: 90,
  },
);

await lesson.pictures(
  'The same numbers from a file in OIHW, read as HWIO: the shapes fit, nothing warns, and all is noise.',
  six(asOihw, 'scrambled'),
  { aroundGrey: 180, width: 90 },
);

// ## Six files
//
// **Caffe** (2014) and **ONNX** write protocol buffers: numbered fields one after the other. A Caffe model is a list of layers, each with a name, a type and its tensors, called blobs. A writer takes two dozen lines:

const folder = mkdtempSync(path.join(tmpdir(), 'lesson-'));
const at = (name: string) => path.join(folder, name);
const raw = ({ data }: NamedTensor) =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

function blob(tensor: NamedTensor): Message {
  const shape = message(...tensor.shape.map((side) => integer(1, side)));
  return nested(7, message(nested(7, shape), bytes(5, raw(tensor))));
}

const learned = network.layers.filter(({ name }) => weights.has(`${name}/kernel`));
const caffeLayers = learned.map(({ name, type }) => {
  const own = weights.get(`${name}/kernel`)!;
  const isDense = type === 'dense';
  return nested(
    100,
    message(
      text(1, name),
      text(2, isDense ? 'InnerProduct' : 'Convolution'),
      blob(transpose(own, isDense ? [1, 0] : [3, 2, 0, 1])),
      blob(weights.get(`${name}/bias`)!),
    ),
  );
});
writeFileSync(
  at('lenet.caffemodel'),
  Buffer.concat(message(...caffeLayers).chunks),
);

// **Keras** (2015) writes HDF5, a file with folders of its own: one for each layer.

await hdf5.ready;
const h5 = new hdf5.File(at('lenet.h5'), 'w');
h5.create_attribute(
  'layer_names',
  learned.map(({ name }) => name),
);
for (const { name } of learned) {
  const group = h5.create_group(name);
  group.create_attribute('weight_names', ['kernel:0', 'bias:0']);
  for (const part of ['kernel', 'bias']) {
    const { shape, data } = weights.get(`${name}/${part}`)!;
    group.create_dataset({ name: `${part}:0`, data, shape: [...shape] });
  }
}
h5.close();

// **PyTorch** keeps a dictionary of tensors, kernels as `weight` in OIHW; today mostly as safetensors, a list in JSON and then plain numbers.

const torchNames: Weights = new Map(
  learned.flatMap(({ name, type }) => {
    const order = type === 'dense' ? [1, 0] : [3, 2, 0, 1];
    return [
      [`${name}.weight`, transpose(weights.get(`${name}/kernel`)!, order)] as const,
      [`${name}.bias`, weights.get(`${name}/bias`)!] as const,
    ];
  }),
);
writeFileSync(at('lenet.safetensors'), safetensorsBytes(torchNames));

// **TensorFlow** (2015) writes the whole computation as a graph with the numbers in it, **TensorFlow.js** a list of layers in JSON with the numbers in files beside it, **ONNX** (2017) a graph of operations of its own, in protocol buffers. These three are what `finetune export` writes:

await exportSavedModel(at('lenet-savedmodel'), { network, weights });
await saveTfjsModel(at('lenet-tfjs'), { network, weights }, {});
await exportOnnx(at('lenet-onnx'), { network, weights });

// What is in them? The first bytes give the kind away; nobody has to trust an ending.

const files = {
  Caffe: 'lenet.caffemodel',
  Keras: 'lenet.h5',
  PyTorch: 'lenet.safetensors',
  TensorFlow: 'lenet-savedmodel',
  'TensorFlow.js': 'lenet-tfjs',
  ONNX: 'lenet-onnx/model.onnx',
};
const firstFile = (name: string): string => {
  const file = at(name);
  if (!statSync(file).isDirectory()) return file;
  const inside = readdirSync(file).sort();
  return path.join(
    file,
    inside.find((own) => /model\.(json|pb)$/.test(own)) ?? inside[0]!,
  );
};
const sizeOf = (name: string): number =>
  statSync(at(name)).isDirectory()
    ? readdirSync(at(name)).reduce(
        (sum, own) => sum + sizeOf(path.join(name, own)),
        0,
      )
    : statSync(at(name)).size;
const opening = (name: string) =>
  readFileSync(firstFile(name))
    .subarray(0, 24)
    .toString('latin1')
    .replace(/[^ -~]/g, '·')
    .replace(/([|`*_$\\[\]])/g, '·');

const read: Record<string, Weights> = {};
const rows: (string | number)[][] = [];
for (const [world, name] of Object.entries(files)) {
  const { format } = await detectFormat(at(name));
  const { weights: found } = await readWeights(network, at(name));
  read[world] = found;
  rows.push([world, format, sizeOf(name), opening(name)]);
}

lesson.table(
  'Six files of 61,706 numbers, recognised by their content; 4 bytes a number are 246,824.',
  ['world', 'found to be', 'bytes', 'first 24 bytes'],
  rows,
);

// ## The same answers
//
// All six were just read back, under our names and in our layouts. Are they the same network? One pen-drawn 5 through each:

const five = await penDigit(5, { slant: 10 });
const inputs = five.flat().map((pixel) => (pixel - 20) / 200);
const answers = Object.fromEntries(
  Object.entries(read).map(([world, own]) => [
    world,
    tf.tidy(() => {
      const digits = tf.tensor4d(inputs, [1, 32, 32, 1]);
      return [
        ...tf.softmax(forward(network, toParameters(own), digits)).dataSync(),
      ];
    }),
  ]),
);
const [first] = Object.values(answers);

lesson.table(
  'Probability of a 5, the largest difference of any of the ten answers from Caffe’s, and the digest of the numbers.',
  ['world', 'probability of 5', 'largest difference', 'digest'],
  Object.entries(answers).map(([world, own]) => [
    world,
    own[5]!.toFixed(6),
    Math.max(...own.map((value, i) => Math.abs(value - first![i]!))),
    canonicalDigest(read[world]!).slice(0, 12),
  ]),
);

// The same to the last bit: the digest is that of the values in one order, whatever file they came from.
//
// ## What no file says
//
// There is one more thing to know, and it is in none of these formats: **how the picture was fed**. Blue first or red first, which mean subtracted, divided by what. Each zoo has its own custom.

const customs = {
  'vgg16 (Caffe, Keras)': 'vgg16',
  'googlenet, squeezenet (Caffe)': 'googlenet',
  'mobilenet (TensorFlow, Keras)': 'mobilenet-v1-1',
  'resnet50 (PyTorch)': 'resnet50',
};

lesson.table(
  'How pictures are fed.',
  ['network', 'channels', 'subtracted', 'divided by'],
  Object.entries(customs).map(([name, model]) => {
    const { channelOrder, mean, scale } = modelSpec(model).preprocessing;
    const short = (values: readonly number[]) =>
      values.map((value) => Number(value.toFixed(2))).join(', ');
    return [name, channelOrder, short(mean), short(scale)];
  }),
);

// SqueezeNet in Caffe's file as its authors published it, on one picture, fed as it was trained, and with one mistake each:

const spec = modelSpec('squeezenet');
const published = await weightsAtHand('squeezenet', spec.build());

if (published) {
  const classes = await imagenetClasses({ environment: process.env });
  const { rgb } = await readColour(await aPhotograph(lesson), 224);
  const { mean, scale } = spec.preprocessing;
  const ways = {
    'as it was trained': spec.preprocessing,
    'red first': { ...spec.preprocessing, channelOrder: 'RGB' as const },
    'no mean subtracted': { ...spec.preprocessing, mean: mean.map(() => 0) },
    'divided by 255': { ...spec.preprocessing, scale: scale.map(() => 255) },
  };
  lesson.table(
    `${path.basename(published.source)}: the three best answers, in per cent.`,
    ['fed', 'first', 'second', 'third'],
    Object.entries(ways).map(([name, way]) => {
      const probabilities = tf.tidy(() => {
        const pixels = tf.tensor4d(rgb, [1, 224, 224, 3], 'int32');
        const parameters = toParameters(published.weights);
        return [
          ...forward(spec.build(), parameters, preprocess(pixels, way)).dataSync(),
        ];
      });
      const best = [...probabilities.keys()].sort(
        (a, b) => probabilities[b]! - probabilities[a]!,
      );
      return [
        name,
        ...best
          .slice(0, 3)
          .map(
            (i) =>
              `${classes[i]!.name.split(',')[0]}, ${(100 * probabilities[i]!).toFixed(0)}`,
          ),
      ];
    }),
  );
} else {
  lesson.print(
    'No weights of SqueezeNet at hand: npx finetune zoo fetch squeezenet',
  );
}

rmSync(folder, { recursive: true });

// ## What each zoo publishes
//
// Two worlds of the lecture are quiet today. **Theano**'s networks were published as Python pickles (Lasagne's model zoo); they are read here, as data and without running what a pickle may ask for. Kernels that were trained with Theano's own convolution, a true one (lesson 1), are turned by 180°, and the file does not say so. **Torch**'s files
// (Lua) are recognised and refused in one line: convert them in PyTorch.

lesson.table(
  'The zoos, and what to watch for.',
  ['zoo', 'files', 'kernels', 'pictures', 'watch for'],
  [
    [
      'Caffe',
      '.caffemodel',
      'OIHW',
      'BGR, mean',
      'pools round up; normalisation constants differ',
    ],
    [
      'Keras',
      '.h5, .keras',
      'HWIO',
      'as the paper’s authors',
      'names change from version to version',
    ],
    [
      'PyTorch',
      '.pth, .safetensors',
      'OIHW',
      'RGB, mean, deviation',
      'dense rows in the order of channels, then places',
    ],
    [
      'TensorFlow',
      'checkpoints, SavedModel',
      'HWIO',
      'RGB, −1 to 1',
      'a 1,001st class for the background',
    ],
    [
      'TensorFlow.js',
      'model.json, .bin',
      'HWIO',
      'as the source',
      'numbers may be quantised to 8 bits',
    ],
    [
      'ONNX',
      '.onnx',
      'OIHW',
      'as the source',
      'batch norms folded away, names lost',
    ],
    ['Theano', '.pkl, .npz', 'OIHW', 'BGR, mean', 'kernels may be turned by 180°'],
  ],
);

// ## Exercises
//
// 1. A dense layer after a map of 7×7×512 is read from PyTorch into TensorFlow. Its kernel has the right shape, [25088, 4096]. Why may it still be wrong?
//
// <details><summary>Answer</summary>
//
// The rows belong to the values of the flattened map, and PyTorch flattens channel by channel, TensorFlow place by place. The rows have to be put into another order.
//
// </details>
//
// 2. Why does `SqueezeNet` with red and blue exchanged still get many pictures right?
//
// <details><summary>Answer</summary>
//
// Shapes and brightness do not change when colours do, and grey things not at all. That makes the mistake hard to notice: accuracy drops by a few points and nothing breaks.
//
// </details>
//
// 3. In the file, write the Caffe blobs without `transpose(…)`: `blob(own)`. Run `npm run lesson 14` again. What does the reader say?
//
// <details><summary>Answer</summary>
//
// Where the shapes do not fit, it refuses in one line: “Expected the 10 tensors of lenet5 … but 5 are of another shape (C1/kernel [1, 6, 5, 5] instead of [5, 5, 1, 6] …”. Where they happen to fit (a square dense layer), nobody can know: compare an answer with a published one, as `npx finetune zoo verify` does with digests.
//
// </details>
//
// ## Read next
//
// `docs/weight-files.md` lists what is read of each format, `npx finetune zoo list` what is published. The next lesson: what such weights are worth for pictures of your own.

export default lesson;
