import path from 'node:path';
import { safetensorsBytes } from '../formats/safetensors.js';
import type { DecodeOptions } from '../data/decode.js';
import type { WeightedNetwork } from '../models/compose.js';
import { networkWeights } from '../models/network-weights.js';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { makeFolder } from '../runtime/make-folder.js';

/** The file in an export's folder. */
export const safetensorsFile = 'model.safetensors';

/** A classifier: its network takes plain RGB pixels, 0 to 255. */
interface Exported extends WeightedNetwork {
  readonly labels: readonly string[];
  readonly decode: DecodeOptions;
}

/**
 * Writes a network's weights as safetensors under their own names (`conv1/kernel`, height × width × inputs × filters), float32.
 * Its metadata hold, each as JSON: `network`, the layers in order of computation; `labels`; `picture`, the size and the way
 * that pictures are brought to it.
 *
 * @param directory made if need be; holds `model.safetensors` afterwards.
 */
export async function exportSafetensors(
  directory: string,
  { network, weights, labels, decode }: Exported,
): Promise<void> {
  const own = new Map(networkWeights(network).map(({ name }) => [name, weights.get(name)!]));
  const metadata = {
    format: 'finetune',
    network: JSON.stringify(network),
    labels: JSON.stringify(labels),
    picture: JSON.stringify(decode),
  };
  makeFolder(directory);
  await writeFileAtomic(path.join(directory, safetensorsFile), safetensorsBytes(own, metadata));
}
