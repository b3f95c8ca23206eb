/** Where an export may not be written: a folder such as /proc, in which Node's own recursive mkdir never ends. */
import { expect, test } from 'vitest';
import { weightsFor } from '../../test/helpers/networks.js';
import { NetworkBuilder } from '../models/network-builder.js';
import { exportGraphModel } from './graph-model.js';
import { exportSavedModel } from './network-saved-model.js';
import { saveTfjsModel } from './save-tfjs-model.js';

const net = new NetworkBuilder('small', [8, 8, 3]);
net.globalAverage('input', 'average');
const network = net.build();
const weighted = { network, weights: weightsFor(network) };

test.each<[string, (folder: string) => Promise<void> | void]>([
  ['a graph model', (folder) => exportGraphModel(folder, weighted, {})],
  ['a layers model', (folder) => saveTfjsModel(folder, weighted, {})],
  ['a SavedModel', (folder) => exportSavedModel(folder, weighted)],
])('%s says which folder cannot be made', async (_, write) => {
  const refused = expect.objectContaining({ code: 'ENOENT', syscall: 'mkdir', path: '/proc/x' });
  await expect((async () => write('/proc/x'))()).rejects.toEqual(refused);
});
