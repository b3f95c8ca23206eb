/** A picture whose probabilities are known, beside an exported model: whoever loads it can check that it answers right. */
import path from 'node:path';
import type { Tensor2D } from '@tensorflow/tfjs';
import sharp from '../runtime/sharp.js';
import type { WeightedNetwork } from '../models/compose.js';
import { forward } from '../models/forward.js';
import { inputOf, type Network } from '../models/network.js';
import { toParameters } from '../models/parameters.js';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { Random } from '../runtime/random.js';
import { tf } from '../runtime/tensorflow.js';
import { predictedClass } from '../evaluation/predictions.js';

export const goldenPicture = 'golden.png';
export const goldenRecord = 'golden.json';

/** What something says of one picture: pixels uint8 [height, width, channels], a probability for each label. */
export type Ask = (pixels: Uint8Array) => readonly number[];

/** Asks a network itself, in float32, op by op. */
export function askNetwork({ network, weights }: WeightedNetwork): Ask {
  return (pixels) => {
    const parameters = toParameters(weights);
    try {
      return tf.tidy(() => {
        const picture = tf.tensor(Float32Array.from(pixels), [1, ...inputOf(network).shape]);
        return (forward(network, parameters, picture) as Tensor2D).arraySync()[0]!;
      });
    } finally {
      tf.dispose([...parameters.values()]);
    }
  };
}

/**
 * Writes golden.png, of the network's own size so that no resizing is involved, and golden.json with what is to be said
 * of it.
 *
 * @param network takes pixels 0 to 255, preprocessing included.
 * @param tolerance how far an answer may lie from these probabilities.
 */
export async function writeGolden(
  directory: string,
  network: Network,
  ask: Ask,
  { labels, tolerance }: { readonly labels: readonly string[]; readonly tolerance: number },
): Promise<void> {
  const [height, width, channels] = inputOf(network).shape as [number, number, 1 | 3];
  const pixels = patches(height, width, channels);
  const probabilities = ask(pixels);
  const png = sharp(pixels, { raw: { width, height, channels } }).toColourspace(
    channels === 1 ? 'b-w' : 'srgb',
  );
  await writeFileAtomic(path.join(directory, goldenPicture), await png.png().toBuffer());
  const label = labels[predictedClass(probabilities)];
  const record = { version: 1, picture: goldenPicture, label, tolerance, probabilities };
  await writeFileAtomic(path.join(directory, goldenRecord), `${JSON.stringify(record, null, 2)}\n`);
}

/** Patches of colour, eight a side: any mistake in axes, channels or their range changes what is seen. */
function patches(height: number, width: number, channels: number): Uint8Array {
  const random = new Random(1);
  const side = 8;
  const colours = Uint8Array.from({ length: side * side * channels }, () => random.below(256));
  const pixels = new Uint8Array(height * width * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const patch = Math.floor((y * side) / height) * side + Math.floor((x * side) / width);
      const colour = colours.subarray(patch * channels, (patch + 1) * channels);
      pixels.set(colour, (y * width + x) * channels);
    }
  }
  return pixels;
}
