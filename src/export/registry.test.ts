/** Every network of the registry in every format; of large ones, the same layers with few channels. */
import { afterAll, expect, test } from 'vitest';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { madeUp } from '../../test/helpers/exported-networks.js';
import { slimmed } from '../../test/helpers/slimmed.js';
import type { WeightedNetwork } from '../models/compose.js';
import type { Network } from '../models/network.js';
import { modelNames, type ModelSpec, modelSpec } from '../models/registry.js';
import { UserError } from '../runtime/errors.js';
import { exportKeras } from './network-keras.js';
import { exportOnnx } from './network-onnx.js';
import { exportSafetensors } from './network-safetensors.js';
import { exportSavedModel } from './network-saved-model.js';
import { saveTfjsModel } from './save-tfjs-model.js';

const { scratch } = scratchFolders();
const formats: Record<string, (folder: string, weighted: WeightedNetwork) => Promise<void>> = {
  onnx: exportOnnx,
  keras: exportKeras,
  safetensors: exportSafetensors,
  savedmodel: exportSavedModel,
  tfjs: (folder, weighted) => saveTfjsModel(folder, weighted, {}),
};
/** On smaller pictures, where the network takes them. */
function small({ build, inputShape }: ModelSpec): Network {
  try {
    return build({ classes: 5, inputShape: [75, 75, inputShape[2]] });
  } catch {
    return build({ classes: 5 });
  }
}

const refused = new Map<string, string>();

test.each(modelNames())('%s', async (name) => {
  const network = slimmed(small(modelSpec(name)));
  const weighted = { network, weights: madeUp(network) };
  for (const [format, write] of Object.entries(formats)) {
    await write(scratch(), weighted).catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      refused.set(`${format} ${name}`, error.message.replace(/.*have no (.*)\. Export as.*/, '$1'));
    });
  }
});

afterAll(() => {
  const normalisation = 'local response normalisation';
  expect(Object.fromEntries(refused)).toEqual({
    'keras alexnet': normalisation,
    'keras alexnet-grouped': normalisation,
    'keras alexnet-caffe': normalisation,
    'keras googlenet': normalisation,
    'keras vgg11-lrn': normalisation,
    'keras lenet5-paper': 'trainable subsampling',
  });
});
