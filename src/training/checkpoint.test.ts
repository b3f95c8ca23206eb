import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../test/helpers/picture-folders.js';
import { NetworkBuilder } from '../models/network-builder.js';
import { Random } from '../runtime/random.js';
import { readSafetensorsWithMetadata, safetensorsBytes } from '../formats/safetensors.js';
import { fitWithCheckpoint } from './checkpoint.js';
import { examplesInMemory } from '../features/examples.js';
import { initialWeights } from './initialise.js';
import { Trainer } from './trainer.js';

const random = new Random(3);
const examples = examplesInMemory(
  Float32Array.from({ length: 60 }, () => random.normal()),
  [3],
  Array.from({ length: 20 }, (_, i) => i % 2),
);

/** Fits a small network as if in a process of its own. */
async function fitIn(folder: string, epochs = 3, units = 4) {
  const net = new NetworkBuilder('small', [3]);
  net.dense(net.dense('input', 'hidden', { units, activation: 'relu' }), 'logits', { units: 2 });
  const network = net.build();
  const settings = { optimiser: 'adam', momentum: 0.9, labelSmoothing: 0, batchSize: 8 } as const;
  const trainer = new Trainer(network, initialWeights(network, new Random(1)), settings);
  const damaged: string[] = [];
  let epochsDone = 0;
  const result = await fitWithCheckpoint(folder, 'head', {
    trainer,
    train: examples,
    validation: examples,
    random: new Random(2),
    options: { epochs, learningRate: 0.02, schedule: 'constant', weightDecay: 0, patience: 10 },
    onEpoch: () => void epochsDone++,
    onDamaged: (reason) => damaged.push(reason),
  });
  trainer.dispose();
  return { result, damaged, epochsDone };
}

describe('a finished checkpoint', () => {
  test('gives what it had learned', async () => {
    const folder = await temporaryFolder();
    const first = await fitIn(folder);
    const second = await fitIn(folder);
    expect(second).toMatchObject({ damaged: [], epochsDone: 0 });
    expect(second.result.weights).toEqual(first.result.weights);
  });

  const rewritten =
    (change: (record: Record<string, unknown>, values: Float32Array) => void) => async (file: string) => {
      const { tensors, metadata } = await readSafetensorsWithMetadata(file);
      const record = JSON.parse(metadata['checkpoint']!) as Record<string, unknown>;
      change(record, tensors.get('weights:hidden/kernel')!.data as Float32Array);
      fs.writeFileSync(file, safetensorsBytes(tensors, { checkpoint: JSON.stringify(record) }));
    };

  test.each<[string, (file: string) => unknown]>([
    ['empty', (file) => fs.writeFileSync(file, '')],
    ['cut short', (file) => fs.truncateSync(file, fs.statSync(file).size - 3)],
    ['of zeros', (file) => fs.writeFileSync(file, Buffer.alloc(fs.statSync(file).size))],
    ['a folder', (file) => fs.rmSync(file) ?? fs.mkdirSync(path.join(file, 'x'), { recursive: true })],
    ['a pipe', (file) => fs.rmSync(file) ?? spawnSync('mkfifo', [file])],
    ['without its record', rewritten((record) => delete record['history'])],
    ['with epochs missing', rewritten((record) => (record['history'] as unknown[]).shift())],
    ['with values that are no numbers', rewritten((_, values) => values.fill(NaN, 0, 1))],
  ])('that is %s is said to be damaged; the fit begins anew', async (_, damage) => {
    const folder = await temporaryFolder();
    const first = await fitIn(folder);
    await damage(path.join(folder, 'head.safetensors'));
    const again = await fitIn(folder);
    expect(again.epochsDone).toBe(3);
    expect(again.damaged).toEqual([expect.stringContaining('head.safetensors')]);
    expect(again.result.weights).toEqual(first.result.weights);
    expect(await fitIn(folder)).toMatchObject({ damaged: [], epochsDone: 0 });
  });

  test('of another network is not used', async () => {
    const folder = await temporaryFolder();
    await fitIn(folder, 3, 5);
    expect(await fitIn(folder)).toMatchObject({
      damaged: [expect.stringContaining('found others')],
      epochsDone: 3,
    });
  });
});
