import fs from 'node:fs';
import path from 'node:path';
import type { Benchmark, Options } from './benchmark.js';
import { calibrationPictures } from './features.js';
import { drawPictures, writePictures, writeVggWeights } from './material.js';

const batch = 16;
const batches = 44;

/** What feeding costs: `ours files` decodes every picture, `ours int8` has one batch of pixels at hand. */
export const files: Benchmark = {
  name: 'files',
  work: 'features',
  title: `VGG-16's convolutional base on ${batch * batches} pictures, from files on disk (ours files) and from pixels in memory`,
  unit: 'msPerImage',
  batch,
  engines: ['ours float32', 'ours int8', 'ours files'],
  repeats: batches,
  rounds: 3,
  tolerance: 1e-4,
  rows: batch,
  async prepare(folder: string, { data }: Options) {
    const weights = await writeVggWeights(folder);
    const { file: pictures } = await writePictures(folder, data, batch + calibrationPictures);
    const sources = (await drawPictures(data, batch * batches)).map(({ file }) => file);
    const sourceList = path.join(folder, 'sources.json');
    fs.writeFileSync(sourceList, JSON.stringify(sources));
    return { weights, pictures, batch, calibrationPictures, sourceList };
  },
};
