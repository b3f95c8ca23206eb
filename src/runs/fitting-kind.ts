import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { examplesInMemory } from '../features/examples.js';
import { Random } from '../runtime/random.js';
import { trainingOptions } from '../training/options.js';
import { trainHead } from '../training/train-head.js';

/**
 * How this machine rounds where it fits, as 16 hexadecimal digits: a digest of what heads, solved and trained in steps,
 * say of invented examples. Machines with one digest are taken for one kind, as `machineKind` does for features.
 */
export async function fittingKind(): Promise<string> {
  const random = new Random(14);
  const [features, classes] = [96, 3];
  const invented = (size: number) => {
    const labels = Array.from({ length: size }, (_, i) => i % classes);
    const values = labels.flatMap((label) =>
      Array.from({ length: features }, (_, i) => random.between(0, i % classes === label ? 2 : 1)),
    );
    return examplesInMemory(Float32Array.from(values), [features], labels);
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
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
  return digest.digest('hex').slice(0, 16);
}
