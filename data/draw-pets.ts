/**
 * Draws the sample data set, data/pets: four kinds of animal, 60 pictures to train and 30 to test of each.
 * The drawings are the same on every machine; the JPEG bytes may differ with the version of sharp.
 *
 *     npx tsx data/draw-pets.ts [FOLDER]
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { sampleScenes } from './drawing/sample.js';
import { animals } from './drawing/scene.js';

const folder = process.argv[2] ?? fileURLToPath(new URL('pets', import.meta.url));
let bytes = 0;
await rm(folder, { recursive: true, force: true });
for (const split of ['train', 'test'] as const) {
  for (const animal of animals) {
    const target = join(folder, split, animal);
    await mkdir(target, { recursive: true });
    for (const { name, scene } of sampleScenes(split, animal)) {
      const { svg, bleed, width, height, quality } = scene;
      const picture = sharp(Buffer.from(svg)).extract({ left: bleed, top: bleed, width, height });
      const { size } = await picture.jpeg({ quality, mozjpeg: true }).toFile(join(target, name));
      bytes += size;
    }
    console.log(`${split}/${animal}`);
  }
}
console.log(`${(bytes / 1e6).toFixed(1)} MB in ${folder}`);
