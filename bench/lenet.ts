import fs from 'node:fs';
import path from 'node:path';
import { idxFolder } from '../src/data/idx.js';
import { lenet5 } from '../src/models/lenet5.js';
import { UserError } from '../src/runtime/errors.js';
import { Random } from '../src/runtime/random.js';
import { initialWeights } from '../src/training/initialise.js';
import type { Benchmark, Options } from './benchmark.js';
import { writeTensors } from './material.js';

const batch = 128;
const batches = 100;
const side = 32;

/** Training steps before outputs are compared. */
const steps = 20;

export const lenet: Benchmark = {
  name: 'lenet',
  work: 'lenet',
  title: `LeNet-5 training on MNIST, batches of ${batch}, Adam`,
  unit: 'stepsPerSecond',
  batch,
  engines: [
    'ours eager',
    'ours float32',
    'pytorch',
    'pytorch compiled',
    'tensorflow',
    'tensorflow jit',
    'keras',
  ],
  repeats: 100,
  rounds: 15,
  tolerance: 1e-2,
  rows: 1,
  async prepare(folder: string, { mnist }: Options) {
    const weights = writeTensors(folder, 'lenet5', initialWeights(lenet5(), new Random(0)));
    const { pixels, labels } = mnist ? await readDigits(mnist) : randomDigits();
    const write = (name: string, values: Uint8Array) => {
      const file = path.join(folder, name);
      fs.writeFileSync(file, values);
      return file;
    };
    return {
      weights,
      pictures: write('digits', pixels),
      labels: write('labels', labels),
      batch,
      batches,
      steps,
    };
  },
};

/** MNIST's first digits, 28×28, in the middle of 32×32 as LeNet-5 takes them. */
async function readDigits(folder: string): Promise<{ pixels: Uint8Array; labels: Uint8Array }> {
  const part = (await idxFolder(folder))?.train;
  if (!part) throw new UserError(`Expected MNIST's four idx files in '${folder}' but found none.`);
  const pixels = new Uint8Array(batch * batches * side * side);
  const [, height, width] = part.images.shape as [number, number, number];
  const margin = (side - height) / 2;
  for (let row = 0; row < batch * batches * height; row++) {
    const [picture, y] = [Math.floor(row / height), row % height];
    const digits = part.images.data.subarray(row * width, (row + 1) * width);
    pixels.set(digits, (picture * side + y + margin) * side + margin);
  }
  return { pixels, labels: part.labels.data.subarray(0, batch * batches) };
}

/** Noise with labels: a step takes as long whatever it learns. */
function randomDigits(): { pixels: Uint8Array; labels: Uint8Array } {
  const random = new Random(0);
  const draw = (length: number, below: number) => Uint8Array.from({ length }, () => random.below(below));
  return { pixels: draw(batch * batches * side * side, 256), labels: draw(batch * batches, 10) };
}
