import { exportGraphModel } from './graph-model.js';
import type { WeightedNetwork } from '../models/compose.js';
import type { Network } from '../models/network.js';
import { makeFolder } from '../runtime/make-folder.js';
import { fitsLayersModel, toLayersModel } from './layers-model.js';
import { differenceOfTfjs, expectSame, type OwnAnswer } from './open-again.js';

/**
 * Writes a network as a model.json and weights that plain TF.js loads: a layers model, or a graph model where TF.js'
 * layers lack something. What was written is opened again.
 *
 * @param directory made if need be.
 * @param metadata kept in the model.
 * @param own what the network says of the pictures that it is tried with; computed unless given.
 */
export async function saveTfjsModel(
  directory: string,
  { network, weights }: WeightedNetwork,
  metadata: Record<string, unknown>,
  own?: OwnAnswer,
): Promise<void> {
  if (fitsLayersModel(network)) await saveLayersModel(directory, { network, weights }, metadata);
  else exportGraphModel(directory, { network, weights }, metadata);
  expectSame(await differenceOfTfjs(directory, { network, weights }, own), directory);
}

/** Which of TF.js' two kinds of model `saveTfjsModel` writes a network as. */
export function tfjsFormatOf(network: Network): 'tfjs-layers-model' | 'tfjs-graph-model' {
  return fitsLayersModel(network) ? 'tfjs-layers-model' : 'tfjs-graph-model';
}

async function saveLayersModel(
  directory: string,
  { network, weights }: WeightedNetwork,
  metadata: Record<string, unknown>,
): Promise<void> {
  makeFolder(directory);
  const model = toLayersModel(network, weights);
  try {
    model.setUserDefinedMetadata(metadata);
    await model.save(`file://${directory}`);
  } finally {
    model.dispose();
  }
}
