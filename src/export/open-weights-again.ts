/** Files that hold weights and say what computes with them: read back, every weight bit by bit. */
import path from 'node:path';
import { readKerasArchive } from '../formats/keras-archive.js';
import { readSafetensors } from '../formats/safetensors.js';
import type { Weights } from '../formats/tensors.js';
import type { WeightedNetwork } from '../models/compose.js';
import { networkWeights } from '../models/network-weights.js';
import { messageOf } from '../runtime/errors.js';
import { kerasName } from './keras-layers.js';
import { kerasFile } from './network-keras.js';
import { safetensorsFile } from './network-safetensors.js';

/** @throws Error when a `.keras` archive that was written lacks a weight. */
export async function expectKerasWeights(
  directory: string,
  weighted: WeightedNetwork,
  called: string,
): Promise<void> {
  const stored = await opened(readKerasArchive(path.join(directory, kerasFile)), called);
  const numbers: Readonly<Record<string, number>> = {
    kernel: 0,
    gamma: 0,
    bias: 1,
    beta: 1,
    mean: 2,
    variance: 3,
  };
  expectWeights(weighted, called, (name) => {
    const [, layer, part] = /^(.*)\/([^/]+)$/.exec(name)!;
    return stored.get(`${kerasName(layer!)}/${numbers[part!]}`);
  });
}

/** @throws Error when a safetensors file that was written lacks a weight. */
export async function expectSafetensors(
  directory: string,
  weighted: WeightedNetwork,
  called: string,
): Promise<void> {
  const stored = await opened(readSafetensors(path.join(directory, safetensorsFile)), called);
  expectWeights(weighted, called, (name) => stored.get(name));
}

function opened(reading: Promise<Weights>, called: string): Promise<Weights> {
  return reading.catch((error: unknown) => {
    throw new Error(`the model written to '${called}' does not open again: ${messageOf(error)}`, {
      cause: error,
    });
  });
}

function expectWeights(
  { network, weights }: WeightedNetwork,
  called: string,
  storedOf: (name: string) => ReturnType<Weights['get']>,
): void {
  for (const { name, shape } of networkWeights(network)) {
    const { data } = weights.get(name)!;
    const stored = storedOf(name);
    const same =
      String(stored?.shape) === String(shape) && data.every((value, i) => Object.is(value, stored!.data[i]));
    if (!same)
      throw new Error(`the model written to '${called}' has other weights '${name}' than its network`);
  }
}
