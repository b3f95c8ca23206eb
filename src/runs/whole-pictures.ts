import { augmentationOf } from '../data/augmentation/kinds.js';
import type { DecodeOptions } from '../data/decode.js';
import type { Split } from '../data/split.js';
import { beforeAltering } from '../features/augmented-features.js';
import type { Examples } from '../features/examples.js';
import type { FrozenFeatures } from '../features/frozen-features.js';
import {
  alteredExamples,
  pixelExamples,
  type PixelFile,
  type Prepare,
  writePixels,
} from '../features/pixel-file.js';
import { preprocessLayer, type WeightedNetwork } from '../models/compose.js';
import { inputOf, layerNamed, type Network } from '../models/network.js';
import type { Keep } from '../runtime/closing.js';
import type { Hooks } from '../runtime/progress.js';
import type { ResolvedOptions } from './options.js';

/** The pictures that a network reads of which nothing is frozen. */
export interface WholePictures extends PixelFile {
  /** The training and validation pictures a little larger, for cropping; where they are to be altered only. */
  readonly larger?: PixelFile;
}

/** Whether the frozen part of a base is but its preprocessing: then pictures themselves are what is trained on. */
export function isOnlyPreprocessing(frozen: Network): boolean {
  return frozen.layers.every(({ type, name }) => type === 'input' || name === preprocessLayer);
}

/** Decodes the pictures for a network that is trained as a whole. */
export async function readWhole(
  { network }: WeightedNetwork,
  { train, validation, test }: Split,
  { resize, augment }: ResolvedOptions,
  keep: Keep,
  hooks: Hooks,
): Promise<WholePictures> {
  const [height, width, channels] = inputOf(network).shape as [number, number, 1 | 3];
  const decode: DecodeOptions = { height, width, channels, resize };
  const pixels = keep(await writePixels([...train, ...validation, ...test], decode, hooks));
  if (augmentationOf(augment).alterations.length === 0) return pixels;
  const larger = keep(await writePixels([...train, ...validation], beforeAltering(decode), hooks));
  return { ...pixels, larger };
}

/** What is said of a frozen part that there is not. */
export function nothingFrozen({
  decode,
  decodeMsPerImage,
  broken,
}: WholePictures): Omit<FrozenFeatures, 'store' | 'close' | 'computed' | 'shared'> {
  const reason = 'float32: nothing of the network is frozen';
  return {
    settings: { precision: 'float32' },
    reason,
    decode,
    seconds: 0,
    broken,
    decodeMsPerImage,
    extractMsPerImage: 0,
  };
}

/** The three parts as inputs of what is trained: preprocessed pictures, those that are learned from altered as asked. */
export function wholeExamples(
  { larger, ...pixels }: WholePictures,
  { train, validation, test }: Split,
  base: WeightedNetwork,
  augment: string,
): { train: Examples; validation: Examples; test: Examples } {
  const prepare = preparation(base);
  const augmentation = augmentationOf(augment);
  const learned = (pictures: Split['train']) =>
    larger
      ? alteredExamples(pixels, larger, pictures, augmentation, prepare)
      : pixelExamples(pixels, pictures, prepare);
  return {
    train: learned(train),
    validation: learned(validation),
    test: pixelExamples(pixels, test, prepare),
  };
}

/** What the layer 'preprocess' does. */
function preparation({ network, weights }: WeightedNetwork): Prepare {
  const layer = layerNamed(network, preprocessLayer);
  const epsilon = layer.type === 'batchNorm' ? layer.epsilon : 0;
  const part = (name: string) => weights.get(`${preprocessLayer}/${name}`)!.data;
  const [mean, variance] = [part('mean'), part('variance')];
  return (value, channel) => (value - mean[channel]!) / Math.sqrt(variance[channel]! + epsilon);
}
