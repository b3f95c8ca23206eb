import fs from 'node:fs';
import path from 'node:path';
import { countableLayers } from '../summary/countable-layer.js';

import { readTfjsNetwork } from '../summary/saved/tfjs-model.js';
import { type Summary, type SummaryOptions, summariseLayers } from '../summary/summary.js';
import { preprocessLayer } from '../models/compose.js';
import { isLayer } from '../models/side-by-side.js';
import { cutAt } from '../models/cut-points.js';
import { layersUpTo } from '../models/network.js';
import { readRunConfig } from '../runs/read-run.js';
import { UserError } from '../runtime/errors.js';
import { standardiseLayer } from '../training/head-names.js';
import { readClassifierRecord } from '../runs/classifier-record.js';

export interface SavedSummaryOptions extends SummaryOptions {
  /** Of a TF.js model that takes pictures of any size. */
  readonly input?: readonly number[];
}

/**
 * Everything that `finetune summary` shows of a run folder, or of a TF.js model: its `model.json` or the folder of
 * it. Needs no TensorFlow and loads no weights.
 *
 * @throws UserError when it is neither, or damaged; for options that do not go with it.
 */
export async function summariseSaved(
  given: string,
  options: SavedSummaryOptions = {},
): Promise<Summary<null>> {
  const isFolder = fs.statSync(given).isDirectory();
  const modelFile = isFolder ? path.join(given, 'model.json') : given;
  if (isFolder && !fs.existsSync(modelFile)) return summariseRun(given, options);
  const { input, ...rest } = options;
  const network = await readTfjsNetwork(modelFile, input);
  if (network.kind === 'graph' && options.freeze !== undefined) {
    throw new UserError(
      `Expected no --freeze for '${given}': it is a graph model, of which nothing can be trained.`,
    );
  }
  return { ...summariseLayers(network, rest), stored: network.stored };
}

const runFiles = ['metrics.json', 'config.json', 'checkpoint', 'model'];

/** The classifier of a run: its base frozen or trained as it was, with the new head. */
function summariseRun(directory: string, options: SavedSummaryOptions): Summary<null> {
  if (!runFiles.some((name) => fs.existsSync(path.join(directory, name)))) {
    throw new UserError(
      `Expected the folder of a run or of a TF.js model but '${directory}' has neither metrics.json nor model.json.`,
    );
  }
  const { unfreeze } = readRunConfig(directory);
  const { network, cut } = readClassifierRecord(path.join(directory, 'model'));
  const { freeze, input, ...rest } = options;
  if (freeze !== undefined) throw settled(directory, '--freeze', 'what was frozen');
  if (input !== undefined) throw settled(directory, '--input', 'the size of its pictures');
  const layers = countableLayers(network).map((layer) => {
    const { name, weights, biases, statistics } = layer;
    // Measured or given, never learned: not even their gamma and beta.
    const isFixed = isLayer(name, preprocessLayer) || name === standardiseLayer;
    return isFixed ? { ...layer, weights: 0, biases: 0, statistics: weights + biases + statistics } : layer;
  });
  // between the cut and the layer that was named others may lie
  const kept = typeof unfreeze === 'string' ? cutAt(network, unfreeze).kept : [];
  const frozen = new Set([...layersUpTo(network.layers, cut), ...kept]);
  return summariseLayers({ name: network.name, layers, frozen }, rest);
}

function settled(directory: string, option: string, what: string): UserError {
  return new UserError(`Expected no ${option} for '${directory}': it is a run, which has settled ${what}.`);
}
