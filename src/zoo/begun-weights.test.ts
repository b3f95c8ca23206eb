import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { safetensorsBytes } from '../formats/safetensors.js';
import { NetworkBuilder } from '../models/network-builder.js';
import { initialWeights } from '../training/initialise.js';
import { Random } from '../runtime/random.js';
import { beginWeights } from './begun-weights.js';
import { loadWeights } from './load-weights.js';

const { scratch } = scratchFolders();

/** @param reads whether its dense layer reads the map or the means of it, which are as many for every size. */
function small(side: number, reads: 'map' | 'means') {
  const net = new NetworkBuilder('small', [side, side, 3]);
  const map = net.convolution('input', 'conv', { filters: 2, kernel: 3 });
  net.dense(reads === 'map' ? net.flatten(map, 'flat') : net.globalAverage(map, 'mean'), 'logits', {
    units: 2,
  });
  return net.build();
}

function written(network: ReturnType<typeof small>): string {
  const file = path.join(scratch(), 'weights.safetensors');
  fs.writeFileSync(file, safetensorsBytes(initialWeights(network, new Random(1))));
  return file;
}

test('weights that were begun at one size serve another', async () => {
  const [own, wanted] = [small(4, 'means'), small(9, 'means')];
  const file = written(own);
  const taken = await beginWeights('small', own, { file }).take(wanted, () => undefined);
  expect(taken).toEqual(await loadWeights('small', wanted, { file }));
});

test('where they depend on the size, those of the size that is asked for are read', async () => {
  const wanted = small(9, 'map');
  const file = written(wanted);
  const begun = beginWeights('small', small(4, 'map'), { file });
  expect(await begun.take(wanted, () => undefined)).toEqual(await loadWeights('small', wanted, { file }));
});

test('a failure is told to whom takes them, and to nobody when nobody does', async () => {
  const network = small(4, 'means');
  beginWeights('small', network, { file: 'nowhere' }).close();
  const begun = beginWeights('small', network, { file: 'nowhere' });
  await new Promise((resolve) => setTimeout(resolve, 20));
  await expect(begun.take(network, () => undefined)).rejects.toThrow('nowhere');
});
