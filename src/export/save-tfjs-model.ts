import { exportGraphModel } from './graph-model.js';
import type { WeightedNetwork } from '../models/compose.js';
import { makeFolder } from '../runtime/make-folder.js';
import { fitsLayersModel, toLayersModel } from './layers-model.js';

/**
 * Writes a network as a model.json and weights that plain TF.js loads: a layers model, or a graph model where TF.js'
 * layers lack something.
 *
 * @param directory made if need be.
 * @param metadata kept in the model.
 */
export async function saveTfjsModel(
  directory: string,
  { network, weights }: WeightedNetwork,
  metadata: Record<string, unknown>,
): Promise<void> {
  if (!fitsLayersModel(network)) return exportGraphModel(directory, { network, weights }, metadata);
  makeFolder(directory);
  const model = toLayersModel(network, weights);
  try {
    model.setUserDefinedMetadata(metadata);
    await model.save(`file://${directory}`);
  } finally {
    model.dispose();
  }
}
