/** What must be known to feed an exported model rightly: for programs in how-to-use.json, for people in README.md. */
import path from 'node:path';
import { type DecodeOptions, letterboxColour, type ResizeMode } from '../data/decode.js';
import { onnxFile } from '../export/network-onnx.js';
import { kerasFile } from '../export/network-keras.js';
import { safetensorsFile } from '../export/network-safetensors.js';
import { signatureNames } from '../export/network-saved-model.js';
import { inputOf, type Network, outputOf } from '../models/network.js';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { samplePrograms } from './sample-programs.js';

export type ExportedFormat =
  'savedmodel' | 'keras' | 'onnx' | 'safetensors' | 'tfjs-layers-model' | 'tfjs-graph-model';

export interface ExportedModel {
  readonly format: ExportedFormat;
  readonly network: Network;
  readonly labels: readonly string[];
  readonly decode: DecodeOptions;
  /** How the model's kernels are stored. */
  readonly weights: 'float32' | 'float16' | 'int8';
  /** Whether the run itself looks at mirror images too. */
  readonly mirrored?: boolean;
  /** What checks that the model answers right where it is, in words. */
  readonly check?: string;
}

/** Its file beside the model. */
export const howToUseFile = 'how-to-use.json';

/** Writes how-to-use.json and README.md into the folder of a model. */
export async function writeHowToUse(directory: string, model: ExportedModel): Promise<void> {
  const record = `${JSON.stringify(howToUse(model), null, 2)}\n`;
  await writeFileAtomic(path.join(directory, howToUseFile), record);
  await writeFileAtomic(path.join(directory, 'README.md'), readme(model));
}

const bars = [letterboxColour.r, letterboxColour.g, letterboxColour.b];

const resizeMeaning: Record<ResizeMode, string> = {
  squash: 'height and width are scaled each on their own, so that the whole picture fills the size',
  crop: 'the shorter side is scaled to size, proportions stay, and the middle is cut out',
  letterbox: `the longer side is scaled to size, proportions stay, and the picture lies in the middle of bars of the colour ${bars.join(', ')}`,
};

/** Facts for programs; docs/run-folder.md describes the keys. */
function howToUse(model: ExportedModel) {
  const { format, network, labels, decode, weights } = model;
  const { height, width, channels, resize } = decode;
  return {
    version: 1,
    model: { format, file: modelFiles[format], weights },
    picture: {
      height,
      width,
      colours: coloursOf(channels),
      resize,
      resizeMeaning: resizeMeaning[resize],
      filter: 'bilinear, antialiased: a triangle as wide as the reduction asks',
      ...(resize === 'letterbox' && { bars }),
      resizedBy: format === 'onnx' ? 'the model' : 'the caller',
      orientation: "turned as the file's Exif data say",
      transparency: 'laid over white',
    },
    input: {
      name: withSignature.includes(format) ? signatureNames.input : inputOf(network).name,
      type: inputType(format),
      shape: format === 'onnx' ? [null, null, null, channels] : [null, height, width, channels],
      axes: ['batch', 'height', 'width', 'channel'],
      range: [0, 255],
      preprocessing: 'none to be done: the model itself scales values and takes means away',
    },
    output: {
      name: withSignature.includes(format) ? signatureNames.output : outputOf(network).name,
      type: 'float32',
      shape: [null, labels.length],
      meaning: 'probabilities of the labels, in their order; a row adds up to 1',
    },
    labels,
  };
}

const modelFiles: Record<ExportedFormat, string> = {
  savedmodel: 'saved_model.pb',
  keras: kerasFile,
  onnx: onnxFile,
  safetensors: safetensorsFile,
  'tfjs-layers-model': 'model.json',
  'tfjs-graph-model': 'model.json',
};

/** Formats whose input and output have names of their own, whatever the network's layers are called. */
const withSignature: readonly ExportedFormat[] = ['savedmodel', 'onnx', 'tfjs-graph-model'];

function inputType(format: ExportedFormat): 'uint8' | 'float32' {
  return format === 'savedmodel' || format === 'onnx' ? 'uint8' : 'float32';
}

function coloursOf(channels: number): 'RGB' | 'grey' {
  return channels === 1 ? 'grey' : 'RGB';
}

const kernels: Record<ExportedModel['weights'], string> = {
  float32: '',
  float16: ', its kernels in half precision',
  int8: ', its frozen convolutions in eight-bit integers',
};

const mirrorText = `- One picture, one answer. The run that this model is of looks at mirror images too: for its figures ask about both, and take
  the mean of the logarithms of both rows, exponentiated and scaled to add up to 1.
`;

function readme(model: ExportedModel): string {
  const { format, labels, decode, weights, check, mirrored } = model;
  const { height, width, channels, resize } = decode;
  const kinds = {
    savedmodel: 'a TensorFlow SavedModel',
    keras: 'a model of Keras 3',
    onnx: 'an ONNX model',
    safetensors: 'the weights of a network, which is described in its metadata',
    'tfjs-layers-model': 'a TensorFlow.js layers model',
    'tfjs-graph-model': 'a TensorFlow.js graph model',
  };
  return `# A classifier of ${labels.length} classes

\`${modelFiles[format]}\` is ${kinds[format]}${kernels[weights]}.
For programs, all of this is in \`${howToUseFile}\`.

- Input: pictures of ${format === 'onnx' ? 'any size, those of one batch of the same' : `${height}×${width} pixels (height × width)`}, ${coloursOf(channels)}, ${inputType(format)} values from 0 to 255, in the order
  batch, height, width, channel. Nothing is to be subtracted or divided: that is inside the model.
- Resizing as in training, '${resize}': ${resizeMeaning[resize]}. Bilinear with antialiasing.
  ${format === 'onnx' ? `The model does it itself, to ${height}×${width} pixels (height × width). ` : ''}Turn the picture as its Exif data say first, and lay transparent ones over white.
- Output: a row of ${labels.length} probabilities a picture, in the order of \`labels\` in \`${howToUseFile}\`.
${mirrored ? mirrorText : ''}${check === undefined ? '' : `- To check: ${check}\n`}
${samplePrograms[format](decode)}`;
}
