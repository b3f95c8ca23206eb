import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

/** The drawn sample that the repository holds. */
export const sample = fileURLToPath(new URL('../../data/pets', import.meta.url));

/** What the colours of a class are multiplied by. */
const tints = { bird: [1, 0.3, 0.3], cat: [0.3, 1, 0.3], rabbit: [0.3, 0.3, 1] };

export const drawnClasses = Object.keys(tints);

/**
 * A folder with the first pictures of the drawn sample, each class in a tint of its own: what a base with invented
 * weights puts out is enough to tell them apart.
 *
 * @param counts how many of each class: `{ train: 12, test: 8 }`.
 */
export async function drawTinted(folder: string, counts: Readonly<Record<string, number>>): Promise<void> {
  for (const [part, count] of Object.entries(counts)) {
    for (const [label, tint] of Object.entries(tints)) {
      const [from, to] = [sample, folder].map((root) => path.join(root, part, label)) as [string, string];
      fs.mkdirSync(to, { recursive: true });
      const names = fs.readdirSync(from).sort().slice(0, count);
      await Promise.all(
        names.map((name) => sharp(path.join(from, name)).linear(tint, [0, 0, 0]).toFile(path.join(to, name))),
      );
    }
  }
}
