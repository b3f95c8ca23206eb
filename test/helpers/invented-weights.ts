import fs from 'node:fs';
import path from 'node:path';
import { safetensorsBytes } from '../../src/formats/safetensors.js';
import type { Network } from '../../src/models/network.js';
import { modelSpec } from '../../src/models/registry.js';
import { Random } from '../../src/runtime/random.js';
import { initialWeights } from '../../src/training/initialise.js';

/** A file's bytes with a network's weights drawn at random, the same every time. */
export function inventedWeights(network: Network): Uint8Array {
  return safetensorsBytes(initialWeights(network, new Random(1)));
}

/** Writes a base of the registry with invented weights, for --weights; returns the file. */
export function inventedBase(name: string, folder: string): string {
  const file = path.join(folder, `${name}.safetensors`);
  fs.writeFileSync(file, inventedWeights(modelSpec(name).buildBase()));
  return file;
}
