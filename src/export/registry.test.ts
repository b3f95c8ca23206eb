/** Every network of the registry in every format; of large ones, the same layers with few channels. */
import { afterAll, expect, test } from 'vitest';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { slimRegistered } from '../../test/helpers/slimmed.js';
import type { WeightedNetwork } from '../models/compose.js';
import { modelNames } from '../models/registry.js';
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

const refused = new Map<string, string>();

test.each(modelNames())('%s', async (name) => {
  const weighted = slimRegistered(name);
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
