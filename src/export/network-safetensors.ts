import path from 'node:path';
import { safetensorsBytes } from '../formats/safetensors.js';
import type { WeightedNetwork } from '../models/compose.js';
import { ownWeights } from '../models/network-weights.js';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { makeFolder } from '../runtime/make-folder.js';

/** The file in an export's folder. */
export const safetensorsFile = 'model.safetensors';

/**
 * Writes a network's weights as safetensors under their own names (`conv1/kernel`, height × width × inputs × filters), float32.
 * Its metadata hold `network`, the layers in order of computation, as JSON.
 *
 * @param directory made if need be; holds `model.safetensors` afterwards.
 * @param metadata kept in the file too.
 */
export async function exportSafetensors(
  directory: string,
  { network, weights }: WeightedNetwork,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const about = { format: 'finetune', network: JSON.stringify(network), ...metadata };
  makeFolder(directory);
  await writeFileAtomic(
    path.join(directory, safetensorsFile),
    safetensorsBytes(ownWeights(network, weights), about),
  );
}
