import fs from 'node:fs';
import path from 'node:path';
import type { Tensor2D } from '@tensorflow/tfjs';
import { type BatchOptions, type DecodeOptions, decodeBatches } from '../data/decode.js';
import { type Likeness, likenessTo, pooledFeature } from '../evaluation/likeness.js';
import { mirrorImages } from '../data/mirror-images.js';
import { meanOfLogits } from '../evaluation/mean-of-logits.js';
import { isOneColour } from '../data/odd-pictures.js';
import type { Picture, SkippedFile } from '../data/pictures.js';
import { foldBatchNorm } from '../models/fold-batch-norm.js';
import { planInt8 } from '../features/int8-plan.js';
import type { WeightedNetwork } from '../models/compose.js';
import { forward } from '../models/forward.js';
import { type Network, networkAfter, networkUpTo, outputOf } from '../models/network.js';
import { networkWeights, ownWeights } from '../models/network-weights.js';
import { branchesOf } from '../models/side-by-side.js';
import { UserError } from '../runtime/errors.js';
import { tf } from '../runtime/tensorflow.js';
import type { Extractor } from '../features/extract.js';
import { readTfjs } from '../formats/tfjs.js';
import { allFinite, type NamedTensor, sizeOf, type Weights } from '../formats/tensors.js';
import { type ClassifierRecord, classifierFile, readClassifierRecord } from './classifier-record.js';
import { openPrefix } from '../features/frozen-extractor.js';
import type { OwnAnswer } from '../export/open-again.js';
import { saveTfjsModel, tfjsFormatOf } from '../export/save-tfjs-model.js';
import { writeFolderAtomic } from '../runtime/atomic-folder.js';
import { writeHowToUse } from './how-to-use.js';
import { readSureness, type Sureness, surenessFile } from './sureness.js';

/** A trained classifier: a network from RGB pixels to probabilities, and how to feed it. */
export interface SavedClassifier extends ClassifierRecord, WeightedNetwork {
  /** What it knows of its own sureness; of runs only, and not of those of older versions. */
  readonly sureness?: Sureness;
  /** What the classes are known by beside their names, where there is such a thing: ImageNet's synsets. */
  readonly ids?: readonly string[];
}

/**
 * Writes `model/`: model.json and weights that plain TF.js loads (RGB pixels 0 to 255 in, probabilities out; a layers
 * model, or a graph model where TF.js' layers lack something), and classifier.json with what TF.js has no
 * place for; how-to-use.json and README.md say how to feed it. The folder appears whole or not at all.
 *
 * @param own what the network says of the pictures that the model is tried with; computed unless given.
 */
export async function saveClassifier(
  directory: string,
  classifier: SavedClassifier,
  own?: OwnAnswer,
): Promise<void> {
  const { labels, decode, cut, prefix, network, mirrored } = classifier;
  const metadata = { labels: [...labels], resize: decode.resize, pixels: 'RGB, 0 to 255' };
  await writeFolderAtomic(directory, async (temporary) => {
    await saveTfjsModel(temporary, classifier, metadata, own);
    const record = { version: 1, labels, decode, cut, prefix, network, ...(mirrored && { mirrored }) };
    fs.writeFileSync(path.join(temporary, classifierFile), `${JSON.stringify(record, null, 1)}\n`);
    await writeHowToUse(temporary, { ...classifier, format: tfjsFormatOf(network), weights: 'float32' });
  });
}

/** Reads the `model/` folder of a run back; throws a UserError when it is none. */
export async function readClassifier(directory: string): Promise<SavedClassifier> {
  const { network, ...rest } = readClassifierRecord(directory);
  const stored = await readTfjs(path.join(directory, 'model.json'));
  const weights = new Map(
    networkWeights(network).map(({ name, shape }): [string, NamedTensor] => {
      const tensor = stored.get(name) ?? stored.get(tfjsName(name));
      const fault = weightFault(tensor, shape);
      if (tensor && !fault) return [name, { shape, data: tensor.data }];
      throw new UserError(
        `Expected '${name}' among the weights in '${directory}' but ${fault}. Train it again.`,
      );
    }),
  );
  checkCalibration(directory, { ...rest, network, weights });
  return { ...rest, network, weights };
}

function weightFault(tensor: NamedTensor | undefined, shape: readonly number[]): string | undefined {
  if (!tensor) return 'it is missing';
  if (tensor.data.length !== sizeOf(shape)) {
    return `it has ${tensor.data.length} values where [${shape.join(', ')}] are needed`;
  }
  return allFinite(tensor.data) ? undefined : 'it has values that are no numbers';
}

function checkCalibration(directory: string, { prefix, network, cut, weights }: SavedClassifier): void {
  const below = networkUpTo(network, cut);
  const branches =
    prefix.precision === 'each'
      ? branchesOf(below, Object.keys(prefix.branches)).map((one) => ({
          ...one,
          settings: prefix.branches[one.name]!,
        }))
      : [{ network: below, settings: prefix }];
  const missing = branches
    .flatMap(({ network, settings }) => {
      if (settings.precision !== 'int8') return [];
      const { ranges, lowest = {} } = settings.calibration;
      const { ranged, signed } = planInt8(foldBatchNorm({ network, weights }).network, settings.calibration);
      return ranged.filter(
        (name) => !Object.hasOwn(ranges, name) || (signed.has(name) && !Object.hasOwn(lowest, name)),
      );
    })
    .at(0);
  if (missing === undefined) return;
  throw new UserError(
    `Expected the range of every int8 layer in '${path.join(directory, classifierFile)}' but '${missing}' has none. Train it again.`,
  );
}

/** Layers of TF.js have names of their own for a depthwise kernel and for a batch norm's statistics. */
function tfjsName(name: string): string {
  return name.replace(/\/(mean|variance)$/, '/moving_$1').replace(/\/kernel$/, '/depthwise_kernel');
}

/** What a classifier says of one picture. */
export interface Prediction {
  readonly path: string;
  /** Every class, the likeliest first; probabilities add up to 1. */
  readonly predictions: readonly {
    readonly label: string;
    /** Of classes that have one: ImageNet's synset. */
    readonly id?: string;
    readonly probability: number;
  }[];
  /** How like the pictures is it that were trained on? Absent where the run has no record of them. */
  readonly likeness?: Likeness;
}

/** A picture's path, or a name for it and where it lies. */
export type PictureToClassify = string | Pick<Picture, 'path' | 'file'>;

export interface ClassifyOptions
  extends Partial<Pick<BatchOptions, 'onBroken'>>, Pick<BatchOptions, 'onScaled' | 'signal'> {
  readonly batchSize?: number;
  /** Told of each picture that is of a single colour: there is nothing in it to classify. */
  readonly onPlain?: (path: string) => void;
}

/** A classifier that is ready to run; `dispose` frees its memory. */
export class Classifier {
  readonly labels: readonly string[];
  readonly ids: readonly string[] | undefined;
  readonly decode: DecodeOptions;
  readonly sureness: Sureness | undefined;
  readonly #prefix: Extractor & { dispose(): void };
  /** Whether a picture's mirror image is looked at too. */
  readonly mirrored: boolean;
  readonly #head: Network;
  readonly #parameters: Map<string, ReturnType<typeof tf.tensor>>;

  /** @param mirrored whether a picture's mirror image is looked at too: the mean of both logits answers. As the run's cross-validation has chosen unless told. */
  constructor(saved: SavedClassifier, { mirrored = saved.mirrored ?? false }: { mirrored?: boolean } = {}) {
    this.mirrored = mirrored;
    this.labels = saved.labels;
    this.ids = saved.ids;
    this.decode = saved.decode;
    this.sureness = saved.sureness;
    const below = networkUpTo(saved.network, saved.cut);
    const weights = ownWeights(below, saved.weights);
    this.#prefix = openPrefix({ network: below, weights }, saved.prefix);
    this.#head = networkAfter(saved.network, saved.cut);
    this.#parameters = toTensors(this.#head, saved.weights);
  }

  /**
   * Classifies pictures, batch by batch; the order is kept. Pictures of a single colour are told to `onPlain`, those
   * whose values were not eight bits wide to `onScaled`. One that cannot be decoded is told to `onBroken` and left out;
   * without `onBroken` it is an error.
   *
   *     for await (const { path, predictions } of classifier.classify(['a.jpg', 'b.jpg'])) …
   *
   * @throws UserError for the first picture that cannot be decoded, unless `onBroken` is given.
   */
  async *classify(
    pictures: readonly PictureToClassify[],
    options: ClassifyOptions = {},
  ): AsyncGenerator<Prediction> {
    const { batchSize = 16, onPlain, onBroken = refuseBroken, signal, onScaled } = options;
    const told = { onBroken, ...(signal && { signal }), ...(onScaled && { onScaled }) };
    const whole = pictures.map((picture) => ({
      ...(typeof picture === 'string' ? { path: picture, file: picture } : picture),
      label: 0,
      digest: '',
    }));
    const { height, width, channels, resize } = this.decode;
    const size = height * width * channels;
    for await (const batch of decodeBatches(whole, { ...this.decode, ...told, batchSize })) {
      const features = this.#prefix.run(batch.pixels, batch.pictures.length);
      const rows = this.#answers(batch.pixels, batch.pictures.length, features);
      const width = sizeOf(this.#prefix.shape);
      for (const [i, { path }] of batch.pictures.entries()) {
        const pixels = batch.pixels.subarray(i * size, (i + 1) * size);
        if (onPlain && isOneColour(pixels, channels, resize === 'letterbox')) onPlain(path);
        const row = rows[i]!;
        if (!row.every(Number.isFinite)) {
          throw new UserError(
            `Expected probabilities for '${path}' but the network puts out values that are no numbers: its weights are damaged. Train it again.`,
          );
        }
        const likeness = this.#likeness(features.subarray(i * width, (i + 1) * width));
        yield { path, predictions: this.#ranked(row), ...(likeness && { likeness }) };
      }
    }
  }

  /** @param pixels uint8 RGB [count, height, width, channels]. @returns a row of probabilities for each picture. */
  probabilities(pixels: Uint8Array, count: number): number[][] {
    return this.#answers(pixels, count, this.#prefix.run(pixels, count));
  }

  dispose(): void {
    this.#prefix.dispose();
    tf.dispose([...this.#parameters.values()]);
  }

  #answers(pixels: Uint8Array, count: number, features: Float32Array): number[][] {
    const rows = this.#probabilities(features, count);
    if (!this.mirrored) return rows;
    const others = this.#probabilities(this.#prefix.run(mirrorImages(pixels, this.decode), count), count);
    return rows.map((row, i) => meanOfLogits(row, others[i]!));
  }

  #probabilities(features: Float32Array, count: number): number[][] {
    return tf.tidy(() => {
      const batch = tf.tensor(features, [count, ...this.#prefix.shape]);
      return (forward(this.#head, this.#parameters, batch) as Tensor2D).arraySync();
    });
  }

  #likeness(activations: Float32Array): Likeness | undefined {
    const reference = this.sureness?.likeness;
    return reference && likenessTo(reference, pooledFeature(activations, this.#prefix.shape));
  }

  #ranked(row: readonly number[]): Prediction['predictions'] {
    return row
      .map((probability, i) => ({
        label: this.labels[i]!,
        ...(this.ids && { id: this.ids[i]! }),
        probability,
      }))
      .sort((a, b) => b.probability - a.probability);
  }
}

function refuseBroken({ path, reason }: SkippedFile): never {
  throw new UserError(
    `Expected pictures to classify but '${path}' cannot be used: ${reason}. Leave it out, or give onBroken.`,
  );
}

function toTensors(network: Network, weights: Weights) {
  return new Map(
    networkWeights(network).map(
      ({ name, shape }) => [name, tf.tensor(weights.get(name)!.data, [...shape])] as const,
    ),
  );
}

/** Opens the classifier of a run folder. */
export async function loadRun(directory: string): Promise<Classifier> {
  return new Classifier(await readRunClassifier(directory));
}

/** Reads the classifier of a run folder. */
export async function readRunClassifier(directory: string): Promise<SavedClassifier> {
  if (!fs.existsSync(directory)) {
    throw new UserError(`Expected the folder of a run but '${directory}' does not exist.`);
  }
  const classifier = await readClassifier(path.join(directory, 'model'));
  const sureness = readSureness(directory);
  const width = outputOf(networkUpTo(classifier.network, classifier.cut)).shape.at(-1);
  if (sureness?.likeness && sureness.likeness.width !== width) {
    throw new UserError(
      `Expected features of ${width} values in '${path.join(directory, surenessFile)}' but they have ${sureness.likeness.width}. Train it again.`,
    );
  }
  return { ...classifier, ...(sureness && { sureness }) };
}
