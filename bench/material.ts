/** What all engines read, written once: the published weights and real pictures. */
import fs from 'node:fs';
import path from 'node:path';
import { decodeBatches } from '../src/data/decode.js';
import type { Picture } from '../src/data/pictures.js';
import { scanFolder } from '../src/data/scan.js';
import { modelSpec } from '../src/models/registry.js';
import { UserError } from '../src/runtime/errors.js';
import { Random } from '../src/runtime/random.js';
import { loadWeights } from '../src/zoo/load-weights.js';
import { safetensorsBytes } from '../src/formats/safetensors.js';
import type { Weights } from '../src/formats/tensors.js';

/** VGG-16's published convolutional weights (`block1_conv1/kernel`, HWIO …), as a safetensors file. */
export async function writeVggWeights(folder: string): Promise<string> {
  const { weights } = await loadWeights('vgg16', modelSpec('vgg16').buildBase());
  return writeTensors(folder, 'vgg16', weights);
}

export function writeTensors(folder: string, name: string, tensors: Weights): string {
  const file = path.join(folder, `${name}.safetensors`);
  fs.writeFileSync(file, safetensorsBytes(tensors));
  return file;
}

/** How pictures come to the networks. */
export const pictureFormat = { height: 224, width: 224, channels: 3, resize: 'crop' } as const;

/**
 * `count` pictures of a folder in an order drawn once, again from the start when there are fewer:
 * uint8 RGB [count, 224, 224, 3].
 *
 * @returns the file and each picture's class.
 */
export async function writePictures(
  folder: string,
  data: string,
  count: number,
): Promise<{ file: string; labels: readonly number[] }> {
  const wanted = await drawPictures(data, count);
  const file = path.join(folder, 'pictures.uint8');
  const out = fs.openSync(file, 'w');
  const onBroken = ({ path: name, reason }: { path: string; reason: string }) => {
    throw new UserError(`Expected pictures that can be read in '${data}' but '${name}' cannot be: ${reason}`);
  };
  for await (const { pixels } of decodeBatches(wanted, { ...pictureFormat, batchSize: 32, onBroken })) {
    fs.writeSync(out, pixels);
  }
  fs.closeSync(out);
  return { file, labels: wanted.map(({ label }) => label) };
}

/** In the order that `writePictures` writes them. */
export async function drawPictures(data: string, count: number): Promise<Picture[]> {
  const pictures = new Random(0).shuffle(await allPictures(data));
  return Array.from({ length: count }, (_, i) => pictures[i % pictures.length]!);
}

async function allPictures(data: string): Promise<readonly Picture[]> {
  const { parts } = await scanFolder(data, { strict: false });
  return [...(parts.train ?? []), ...(parts.validation ?? []), ...(parts.test ?? [])];
}
