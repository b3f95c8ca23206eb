import path from 'node:path';
import { test } from 'vitest';
import { everything } from '../../test/helpers/exported-networks.js';
import { pythonHas } from '../../test/helpers/python.js';
import { expectSameInPython } from '../../test/helpers/same-in-python.js';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { exportSafetensors } from '../export/network-safetensors.js';
import { writeNetworkProgram } from './python-runtimes.js';

const { scratch } = scratchFolders();

const script = `
import sys, os, numpy as np
model, pixels, height, width, channels, out = sys.argv[1:]
sys.path.insert(0, os.path.dirname(model))
from network import Network
shape = [-1, int(height), int(width), int(channels)]
Network(model)(np.fromfile(pixels, np.uint8).reshape(shape)).numpy().astype(np.float32).tofile(out)
`;

test.skipIf(!pythonHas('torch', 'safetensors', 'numpy'))(
  'network.py computes every kind of layer in PyTorch (skipped where FINETUNE_PYTHON lacks torch or safetensors)',
  async () => {
    const folder = scratch();
    await exportSafetensors(folder, everything(), { labels: '[]', picture: '{}' });
    writeNetworkProgram(folder);
    expectSameInPython({ script, model: path.join(folder, 'model.safetensors'), weighted: everything() });
  },
);
