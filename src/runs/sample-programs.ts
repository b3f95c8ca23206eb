import { type DecodeOptions, letterboxColour } from '../data/decode.js';
import { type PythonRuntime, pythonRuntimes } from './python-runtimes.js';

const { r, g, b } = letterboxColour;

/** A short program for each format that classifies one picture, for the README.md beside an exported model. */
export const samplePrograms = {
  savedmodel: (decode: DecodeOptions) => pythonProgram(decode, pythonRuntimes.savedmodel),
  keras: (decode: DecodeOptions) => pythonProgram(decode, pythonRuntimes.keras),
  onnx: (decode: DecodeOptions) => pythonProgram(decode, pythonRuntimes.onnx, true),
  safetensors: (decode: DecodeOptions) => pythonProgram(decode, pythonRuntimes.safetensors),
  'tfjs-layers-model': (decode: DecodeOptions) => browserProgram(decode, 'loadLayersModel'),
  'tfjs-graph-model': (decode: DecodeOptions) => browserProgram(decode, 'loadGraphModel'),
} as const;

/** @param resizes the model does it itself. */
function pythonProgram(
  { height, width, channels, resize }: DecodeOptions,
  { import: imports, open, ask }: PythonRuntime,
  resizes = false,
): string {
  const size = `(${width}, ${height})`;
  const resized = {
    squash: `picture.resize(${size}, Image.BILINEAR)`,
    crop: `ImageOps.fit(picture, ${size}, Image.BILINEAR)`,
    letterbox: `ImageOps.pad(picture, ${size}, Image.BILINEAR, color=${channels === 1 ? g : `(${r}, ${g}, ${b})`})`,
  }[resize];
  const pixels =
    channels === 1 ? 'np.asarray(picture, np.uint8)[..., None]' : 'np.asarray(picture, np.uint8)';
  return `\`\`\`python
import json
import numpy as np
${imports}
from PIL import Image, ImageOps

labels = json.load(open('how-to-use.json'))['labels']
${open}

picture = ImageOps.exif_transpose(Image.open('picture.jpg')).convert('${channels === 1 ? 'L' : 'RGB'}')
${
  resizes
    ? ''
    : `picture = ${resized}
`
}pixels = ${pixels}
shares = ${ask}
print(labels[shares.argmax()], shares.max())
\`\`\`
`;
}

function browserProgram({ height, width, channels, resize }: DecodeOptions, load: string): string {
  const scale = { crop: 'max', letterbox: 'min' } as const;
  const place =
    resize === 'squash'
      ? `pen.drawImage(image, 0, 0, ${width}, ${height});`
      : `const scale = Math.${scale[resize]}(${width} / image.width, ${height} / image.height);
const [w, h] = [image.width * scale, image.height * scale];
pen.drawImage(image, (${width} - w) / 2, (${height} - h) / 2, w, h);`;
  const background = resize === 'letterbox' ? `rgb(${r} ${g} ${b})` : 'white';
  const grey = channels === 1 ? '.mean(2, true)' : '';
  return `\`\`\`js
import * as tf from '@tensorflow/tfjs';

const { labels } = await (await fetch('how-to-use.json')).json();
const model = await tf.${load}('model.json');

const image = await createImageBitmap(await (await fetch('picture.jpg')).blob());
const pen = new OffscreenCanvas(${width}, ${height}).getContext('2d');
pen.imageSmoothingQuality = 'high';
pen.fillStyle = '${background}';
pen.fillRect(0, 0, ${width}, ${height});
${place}

const shares = tf.tidy(() => {
  const pixels = tf.browser.fromPixels(pen.getImageData(0, 0, ${width}, ${height})).toFloat()${grey};
  return model.predict(pixels.expandDims()).dataSync();
});
const best = shares.indexOf(Math.max(...shares));
console.log(labels[best], shares[best]);
\`\`\`
`;
}
