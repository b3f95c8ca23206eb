import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { examplesInMemory } from '../features/examples.js';
import { sizeOf } from '../formats/tensors.js';
import { Random } from '../runtime/random.js';
import { trainingOptions } from '../training/options.js';
import { trainLenetBaseline } from '../training/lenet-baseline.js';
import { trainHead } from '../training/train-head.js';

/**
 * How this machine rounds where it fits, as 16 hexadecimal digits: a digest of what heads, solved and trained in steps,
 * and LeNet-5 say of invented examples. Machines with one digest are taken for one kind, as `machineKind` does for features.
 */
export async function fittingKind(): Promise<string> {
  const random = new Random(14);
  const [features, classes] = [96, 3];
  const invented = (size: number, shape: readonly number[] = [features], most = 1) => {
    const labels = Array.from({ length: size }, (_, i) => i % classes);
    const values = labels.flatMap((label) =>
      Array.from({ length: sizeOf(shape) }, (_, i) =>
        random.between(0, i % classes === label ? most : most / 2),
      ),
    );
    return examplesInMemory(Float32Array.from(values), shape, labels);
  };
  const data = { train: invented(90), validation: invented(30), test: invented(30), classes };
  const options = z.object(trainingOptions).parse({ epochs: 2, weightDecay: 0.01 });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'finetune-kind-'));
  const digest = createHash('sha256');
  try {
    for (const solver of ['exact', 'steps'] as const) {
      const context = { random, checkpointFolder: path.join(folder, solver), hooks: {} };
      fs.mkdirSync(context.checkpointFolder);
      const { testProbabilities } = await trainHead(data, { ...options, solver }, context);
      digest.update(Float64Array.from(testProbabilities.flat()));
    }
    // convolutions are divided among processors, and add in another order with another number of them
    const pixels = (size: number) => invented(size, [32, 32, 3], 255);
    const pictures = { train: pixels(60), validation: pixels(15), test: pixels(15), classes };
    const context = { random, checkpointFolder: path.join(folder, 'lenet5'), hooks: {} };
    fs.mkdirSync(context.checkpointFolder);
    const lenet = await trainLenetBaseline(
      pictures,
      { ...options, solver: 'steps', baselineEpochs: 1 },
      context,
    );
    digest.update(Float64Array.from(lenet.testProbabilities.flat()));
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
  return digest.digest('hex').slice(0, 16);
}
