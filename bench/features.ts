import type { Benchmark, Options } from './benchmark.js';
import { writePictures, writeVggWeights } from './material.js';

/** Pictures after those that are timed, for engines that must see some to calibrate. */
export const calibrationPictures = 32;

function vggBase(name: string, batch: number, repeats: number, rounds: number): Benchmark {
  return {
    name,
    work: 'features',
    title: `VGG-16's convolutional base at 224×224 on ${batch === 1 ? 'one picture' : `${batch} pictures at once`}`,
    unit: 'msPerImage',
    batch,
    engines: [
      'ours eager',
      'ours float32',
      'ours bfloat16',
      'ours int8',
      'pytorch',
      'pytorch compiled',
      'pytorch bfloat16',
      'tensorflow',
      'keras',
      'onnxruntime',
      'onnxruntime int8',
      'openvino',
      'openvino bfloat16',
      'openvino int8',
    ],
    repeats,
    rounds,
    tolerance: 1e-4,
    rows: batch,
    async prepare(folder: string, { data }: Options) {
      const weights = await writeVggWeights(folder);
      const { file: pictures } = await writePictures(folder, data, batch + calibrationPictures);
      return { weights, pictures, batch, calibrationPictures };
    },
  };
}

export const features = vggBase('features', 16, 1, 10);
export const latency = vggBase('latency', 1, 5, 20);
