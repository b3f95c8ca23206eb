/** `finetune summary` of what was saved, through the command line: runs, and TF.js models of both kinds. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { exportGraphModel } from '../src/export/graph-model.js';
import {
  pooledAt,
  stack,
  type WeightedNetwork,
  withPreprocessing,
  withSoftmax,
} from '../src/models/compose.js';
import type { Network } from '../src/models/network.js';
import { networkWeights } from '../src/models/network-weights.js';
import { modelSpec } from '../src/models/registry.js';
import { buildHead } from '../src/training/heads.js';
import { sizeOf } from '../src/formats/tensors.js';
import { finetune } from './helpers/command-line.js';
import { scratchFolders } from './helpers/scratch.js';

const shared = process.env['FINETUNE_SHARED'];
const { scratch } = scratchFolders();

function zeros(network: Network): WeightedNetwork {
  const weights = networkWeights(network).map(({ name, shape }) => {
    return [name, { shape, data: new Float32Array(sizeOf(shape)) }] as const;
  });
  return { network, weights: new Map(weights) };
}

/** A folder as a run on SqueezeNet leaves it, as far as `summary` reads it: weights are not. */
function madeUpRun(cut = 'global_average'): string {
  const spec = modelSpec('squeezenet');
  const base = zeros(pooledAt(spec.buildBase(), spec.transferCut, true));
  const whole = stack(
    withPreprocessing(base, spec.preprocessing),
    'global_average',
    zeros(buildHead('linear', 512, 5)),
  );
  const folder = scratch();
  const write = (name: string, content: unknown) =>
    fs.writeFileSync(path.join(folder, name), JSON.stringify(content));
  fs.mkdirSync(path.join(folder, 'model'));
  write('metrics.json', {});
  write('config.json', { version: 1 });
  write('model/classifier.json', {
    version: 1,
    labels: ['a', 'b', 'c', 'd', 'e'],
    decode: { height: 224, width: 224, channels: 3, resize: 'squash' },
    cut,
    prefix: { precision: 'float32' },
    network: withSoftmax(whole.network),
  });
  return folder;
}

async function summaryJson(...args: string[]) {
  const { code, stdout, stderr } = await finetune(['summary', ...args, '--json']);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return JSON.parse(stdout);
}

async function zooTotals(name: string, lastLayer: string) {
  const { layers } = await summaryJson(name);
  const end = layers.findIndex((layer: { name: string }) => layer.name === lastLayer);
  const sum = (key: string) =>
    layers.slice(0, end + 1).reduce((total: number, layer: Record<string, number>) => total + layer[key]!, 0);
  return { parameters: sum('parameters'), multiplyAdds: sum('multiplyAdds') };
}

describe('a run', () => {
  test('is its base and its head, to the digit', async () => {
    const base = await zooTotals('squeezenet', 'fire9/concat');
    const { totals } = await summaryJson(madeUpRun());
    expect(totals).toMatchObject({
      parameters: base.parameters + 512 * 5 + 5,
      multiplyAdds: base.multiplyAdds + 512 * 5,
      trainable: 512 * 5 + 5,
      frozen: base.parameters,
      // What turns pixels and features into what the weights want: 4 rows for 3 channels and for 512 features.
      statistics: 4 * 3 + 4 * 512,
    });
  });

  test('with layers unfrozen says so', async () => {
    const below = await zooTotals('squeezenet', 'fire8/concat');
    const { totals } = await summaryJson(madeUpRun('fire8/concat'));
    expect(totals.frozen).toBe(below.parameters);
  });

  test.each([
    ['--classes', '3', 'only networks of the zoo'],
    ['--freeze', 'fire2', 'it is a run'],
    ['--input', '10x10', 'it is a run'],
    ['--batch', '0', 'above 0'],
  ])('refuses %s %s', async (option, value, message) => {
    await refused(['summary', madeUpRun(), option, value], message);
  });

  test('that did not end is refused, and a damaged one', async () => {
    const unfinished = madeUpRun();
    fs.rmSync(path.join(unfinished, 'metrics.json'));
    await refused(['summary', unfinished], 'did not end');
    const damaged = madeUpRun();
    fs.writeFileSync(path.join(damaged, 'model', 'classifier.json'), '{"version": 1');
    await refused(['summary', damaged], 'damaged');
  });
});

async function refused(args: readonly string[], message: string): Promise<void> {
  const { code, stdout, stderr } = await finetune(args);
  expect(stderr).toContain(message);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
}

describe('a TF.js model', () => {
  test('is given as a folder or as its model.json, in every form', async () => {
    const network = modelSpec('mobilenet').build();
    const folder = scratch();
    exportGraphModel(folder, zeros(network));
    const totals = {
      parameters: 475_544 - 2 * 2_736,
      multiplyAdds: (await summaryJson('mobilenet')).totals.multiplyAdds,
    };
    for (const given of [folder, path.join(folder, 'model.json')]) {
      expect((await summaryJson(given)).totals).toMatchObject({ ...totals, trainable: 0 });
    }
    const { stdout: text } = await finetune(['summary', folder]);
    expect(text).toMatch(/^Parameters +\d/m);
    expect(text).not.toContain('To train');
    const { stdout: csv } = await finetune(['summary', folder, '--csv']);
    expect(csv).toMatch(/^name,type,output/);
    const { stdout: markdown } = await finetune(['summary', folder, '--markdown']);
    expect(markdown).toMatch(/^\| Layer \|/);
    await refused(['summary', folder, '--freeze', 'conv1'], 'graph model');
    await refused(['summary', folder, '--input', '320x320'], 'takes 224x224x3 and nothing else');
  });

  test('that is not there, is none, or is damaged gets one line', async () => {
    const folder = scratch();
    await refused(['summary', path.join(folder, 'nothing')], 'is none of them');
    await refused(['summary', folder], 'neither metrics.json nor model.json');
    fs.writeFileSync(path.join(folder, 'model.json'), '{"modelTopology": {');
    await refused(['summary', folder], 'is not JSON');
    await refused(['summary', 'vgg61'], "Did you mean 'vgg16'?");
  });
});

describe.skipIf(!shared)('published TF.js models (needs FINETUNE_SHARED)', () => {
  const models = path.join(shared ?? '', 'weights', 'tfjs');

  test('VGG-19 is the VGG-19 of the zoo', async () => {
    const zoo = await zooTotals('vgg19', 'block5_pool');
    const { totals } = await summaryJson(path.join(models, 'vgg19-notop-uint8'));
    expect(totals).toMatchObject({ ...zoo, parameters: 20_024_384, trainable: 20_024_384, uncounted: [] });
  });

  test('weights without a network say what they are', async () => {
    await refused(['summary', path.join(models, 'mobilenet-v1-0.25-224')], 'weights alone, 475,544 numbers');
  });
});
