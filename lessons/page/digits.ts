import { onCanvas } from '../../src/data/centre.js';
import { idxFolder } from '../../src/data/idx.js';
import type { Random } from '../../src/runtime/random.js';
import type { Lesson } from './lesson.js';
import { penDigit } from './pen-digits.js';

export interface Digits {
  /** [digits, 32, 32], light on black, 0 to 255. */
  readonly pixels: Uint8Array;
  readonly labels: readonly number[];
  /** Whether a computer drew them: MNIST was not at hand. */
  readonly drawn: boolean;
}

/** Digits to learn from or to be tested on: MNIST's where `--data` has them, else drawn ones, turned, slanted, thick and thin. */
export async function someDigits(
  lesson: Lesson,
  part: 'train' | 'test',
  count: number,
  random: Random,
): Promise<Digits> {
  const draws = random.fork(`digits: ${part}`);
  const folder = lesson.data('mnist');
  const mnist = folder === undefined ? undefined : await idxFolder(folder);
  if (mnist) {
    const { images, labels } = mnist[part];
    const chosen = draws.shuffle([...labels.data.keys()]).slice(0, count);
    return {
      pixels: onCanvas(images, 32, { chosen }),
      labels: chosen.map((digit) => labels.data[digit]!),
      drawn: false,
    };
  }
  const labels = Array.from({ length: count }, () => draws.below(10));
  const pixels = new Uint8Array(count * 32 * 32);
  for (const [i, label] of labels.entries()) {
    const [turn, slant, pen] = [draws.between(-25, 25), draws.between(-20, 25), draws.between(1.2, 4)];
    pixels.set((await penDigit(label, { turn, slant, pen })).flat(), i * 32 * 32);
  }
  return { pixels, labels, drawn: true };
}
