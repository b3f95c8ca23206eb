import fs from 'node:fs';
import path from 'node:path';
import type { Tensor } from '@tensorflow/tfjs';
import type { WeightedNetwork } from '../models/compose.js';
import { forward } from '../models/forward.js';
import { inputOf } from '../models/network.js';
import { toParameters } from '../models/parameters.js';
import { sizeOf } from '../formats/tensors.js';
import { messageOf } from '../runtime/errors.js';
import { tf, tidyValues } from '../runtime/tensorflow.js';
import { signatureNames } from './network-saved-model.js';

/** Two pictures: that a model takes a batch is tried as well. */
const pictures = 2;

/** What a network itself says of `madeUpPictures`, in float32. */
export type OwnAnswer = (weighted: WeightedNetwork) => ArrayLike<number>;

/** A model that another program has opened. */
export interface OpenModel {
  predict(x: Tensor): Tensor | Promise<Tensor>;
  dispose(): void;
}

/**
 * Opens a TF.js model as any program of TF.js does, and compares what it says of made-up pictures with the network.
 *
 * @param own what the network says of them; computed unless given.
 * @returns the largest difference as a share of the largest value; infinite where something is no number.
 * @throws Error when it does not open.
 */
export function differenceOfTfjs(
  directory: string,
  weighted: WeightedNetwork,
  own: OwnAnswer = ownAnswer,
): Promise<number> {
  const open = async () => {
    const file = path.join(directory, 'model.json');
    const { format } = JSON.parse(fs.readFileSync(file, 'utf8')) as { format?: string };
    const address = `file://${file}`;
    const model =
      format === 'graph-model' ? await tf.loadGraphModel(address) : await tf.loadLayersModel(address);
    return model as unknown as OpenModel;
  };
  return difference(directory, weighted, open, own);
}

/** The same for a SavedModel, opened by TensorFlow itself. Its signature takes uint8 pictures. */
export function differenceOfSavedModel(
  directory: string,
  weighted: WeightedNetwork,
  names: { readonly input: string; readonly output: string } = signatureNames,
): Promise<number> {
  return difference(directory, weighted, async () => {
    const model = await nodeFunctions().loadSavedModel(directory);
    return {
      // TF.js has no uint8; its backend makes it of int32 where the signature asks for it.
      predict: (x) => tf.tidy(() => model.predict({ [names.input]: x.toInt() })[names.output]!),
      dispose: () => model.dispose(),
    };
  });
}

/** How far a model's answer may lie from the network's own: float32 rounds otherwise in another order of computing. */
const tolerance = 0.01;

/** @throws Error when a model that was written says something else than its network. */
export function expectSame(difference: number, directory: string): void {
  if (difference <= tolerance) return;
  const share = Number.isFinite(difference) ? `by ${(100 * difference).toPrecision(2)} %` : 'by no number';
  throw new Error(
    `expected the model written to '${directory}' to compute what its network does but it differs ${share}`,
  );
}

interface SavedModel {
  predict(inputs: Record<string, Tensor>): Record<string, Tensor>;
  dispose(): void;
}

/** What only TF.js on Node has; the types of plain TF.js lack it. */
function nodeFunctions(): { loadSavedModel(directory: string): Promise<SavedModel> } {
  return (tf as unknown as { node: ReturnType<typeof nodeFunctions> }).node;
}

export async function difference(
  directory: string,
  weighted: WeightedNetwork,
  open: () => Promise<OpenModel>,
  own: OwnAnswer = ownAnswer,
): Promise<number> {
  const expected = own(weighted);
  try {
    const answer = await answerOf(await open(), weighted);
    const difference = largestDifference(answer, expected);
    if (difference <= tolerance || own === ownAnswer) return difference;
    // what was kept may itself be wrong, and would be so for every later run
    return largestDifference(answer, ownAnswer(weighted));
  } catch (error) {
    throw new Error(`the model written to '${directory}' does not open again: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function ownAnswer(weighted: WeightedNetwork): Float32Array {
  return outputsFor(weighted, () => madeUpPictures(weighted.network));
}

/** What a network computes of an input, in float32; the input is disposed of. */
export function outputsFor({ network, weights }: WeightedNetwork, input: () => Tensor): Float32Array {
  const parameters = toParameters(weights);
  try {
    return tidyValues(() => forward(network, parameters, input()));
  } finally {
    tf.dispose([...parameters.values()]);
  }
}

async function answerOf(model: OpenModel, { network }: WeightedNetwork): Promise<ArrayLike<number>> {
  const pictures = madeUpPictures(network);
  try {
    const answer = await model.predict(pictures);
    const values = answer.dataSync();
    answer.dispose();
    return values;
  } finally {
    pictures.dispose();
    model.dispose();
  }
}

/** Waves of colour and some noise, 0 to 255, the same every time. */
export function madeUpPictures(network: WeightedNetwork['network']): Tensor {
  const shape = [pictures, ...inputOf(network).shape];
  const values = new Float32Array(sizeOf(shape));
  for (let i = 0; i < values.length; i++)
    values[i] = Math.round(127 + 100 * Math.sin(i / 700) + ((i * 7919) % 27));
  return tf.tensor(values, shape);
}

/** As a share of the largest expected value; infinite where lengths differ or a value is none. */
function largestDifference(received: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (received.length !== expected.length) return Infinity;
  let largest = 0;
  let apart = 0;
  for (let i = 0; i < expected.length; i++) {
    if (!Number.isFinite(received[i]!)) return Infinity;
    largest = Math.max(largest, Math.abs(expected[i]!));
    apart = Math.max(apart, Math.abs(received[i]! - expected[i]!));
  }
  return apart === 0 ? 0 : apart / largest;
}
