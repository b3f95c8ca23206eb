import fs from 'node:fs';
import path from 'node:path';
import { Random } from '../src/runtime/random.js';
import type { Benchmark, Options } from './benchmark.js';
import { writePictures, writeTensors, writeVggWeights } from './material.js';

const batch = 32;
const batches = 2;

export const block5: Benchmark = {
  name: 'block5',
  work: 'block5',
  title:
    'Fine-tuning block 5 of VGG-16 with a new head, Adam, for each picture of an epoch: the whole network at every ' +
    'step, as guides do it, or on stored activations of block 4',
  unit: 'msPerImage',
  batch,
  engines: ['ours float32', 'ours stored', 'pytorch', 'pytorch stored', 'keras', 'keras stored'],
  repeats: 1,
  rounds: 7,
  tolerance: 1e-2,
  rows: 1,
  async prepare(folder: string, { data }: Options) {
    const weights = await writeVggWeights(folder);
    const { file: pictures, labels } = await writePictures(folder, data, batch * batches);
    const classes = Math.max(...labels) + 1;
    const random = new Random(0);
    const kernel = Float32Array.from({ length: 512 * classes }, () => 0.01 * random.normal());
    const head = writeTensors(
      folder,
      'head',
      new Map([
        ['logits/kernel', { shape: [512, classes], data: kernel }],
        ['logits/bias', { shape: [classes], data: new Float32Array(classes) }],
      ]),
    );
    const labelFile = path.join(folder, 'labels');
    fs.writeFileSync(labelFile, Uint8Array.from(labels));
    return {
      weights,
      head,
      pictures,
      labels: labelFile,
      classes,
      batch,
      batches,
      learningRate: 1e-5,
      steps: 3,
    };
  },
};
