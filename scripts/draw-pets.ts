/**
 * Draws the sample data set: four kinds of animal, in train and test folders. By default into data/pets with the
 * seed of the pictures that are there; another seed gives other pictures of the same kind.
 *
 *     npx tsx scripts/draw-pets.ts [FOLDER] [SEED]
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scriptArguments } from './helpers/arguments.js';
import { rasterise } from './drawing/rasterise.js';
import { counts, sampleScenes, sampleSeed } from './drawing/sample.js';
import { animals } from './drawing/scene.js';

const { positionals } = scriptArguments(import.meta.url, { allowPositionals: true });
const folder = positionals[0] ?? fileURLToPath(new URL('../data/pets', import.meta.url));
const seed = Number(positionals[1] ?? sampleSeed);
let bytes = 0;
for (const split of ['train', 'test'] as const) {
  for (const animal of animals) {
    const target = join(folder, split, animal);
    await rm(target, { recursive: true, force: true });
    await mkdir(target, { recursive: true });
    for (const { name, scene } of sampleScenes(split, animal, seed)) {
      const { size } = await rasterise(scene).toFile(join(target, name));
      bytes += size;
    }
    console.log(`${split}/${animal}: ${counts[split]} pictures`);
  }
}
console.log(`${(bytes / 1e6).toFixed(1)} MB in ${folder}`);
