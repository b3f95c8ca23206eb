import { Random } from '../../src/runtime/random.js';
import { type Animal, drawScene, type Scene } from './scene.js';

/** The seed of the pictures in data/pets. */
export const sampleSeed = 1998;

/** Pictures of each animal. */
export const counts = { train: 90, test: 40 } as const;

/** The pictures of one animal in one split. Both splits are drawn alike, each picture from its own stream. */
export function* sampleScenes(
  split: keyof typeof counts,
  animal: Animal,
  seed = sampleSeed,
): Generator<{ readonly name: string; readonly scene: Scene }> {
  for (let i = 1; i <= counts[split]; i++) {
    const name = `${String(i).padStart(3, '0')}.jpg`;
    const own = new Random(seed).fork(`${split}/${animal}/${name}`).below(2 ** 31);
    yield { name, scene: drawScene(animal, own) };
  }
}
