import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { NetworkBuilder } from '../src/models/network-builder.js';
import { readWeights } from '../src/zoo/read-file.js';
import type { NamedTensor } from '../src/formats/tensors.js';
import { python, pythonHas } from './helpers/python.js';
import { scratchFolders } from './helpers/scratch.js';

const net = new NetworkBuilder('small', [4, 4, 3]);
let x = net.convolution('input', 'features.0', { filters: 4, kernel: 3, padding: 1, bias: false });
x = net.batchNorm(x, 'features.1', { epsilon: 1e-5, activation: 'relu' });
x = net.maxPool(x, 'features.3', { kernel: 2, stride: 2 });
net.dense(net.flatten(x, 'flatten'), 'fc', { units: 5 });
const network = net.build();

const { scratch } = scratchFolders();

/** Files that hold a network's weights as they were trained, each in its own way. */
const notThese = /^(other|all-float8|nothing|half|bfloat16|two-alike|pickled|big\.)/;

/** Half precision rounds to 11 or 8 bits. */
const rounded: Readonly<Record<string, number>> = { 'half.pth': 2 ** -10, 'bfloat16.pth': 2 ** -7 };

describe.skipIf(!pythonHas('torch', 'safetensors', 'numpy'))(
  "PyTorch's own checkpoints (skipped when FINETUNE_PYTHON has no torch, safetensors and numpy)",
  () => {
    const folder = scratch();
    const read = (name: string) => readWeights(network, join(folder, name));
    let truth: Map<string, NamedTensor>;
    let other: Map<string, NamedTensor>;

    beforeAll(async () => {
      const script = new URL('./python/torch_checkpoints.py', import.meta.url).pathname;
      execFileSync(python!, [script, folder], { stdio: 'ignore' });
      truth = (await read('plain.safetensors')).weights;
      other = (await read('other.safetensors')).weights;
    }, 120_000);

    test('the truth itself is in our layouts', async () => {
      // Of features.0.weight [4, 3, 3, 3] and fc.weight [5, 16], straight from the file.
      const { readSafetensors } = await import('../src/formats/safetensors.js');
      const stored = await readSafetensors(join(folder, 'plain.safetensors'));
      const at = (name: string, place: number) => stored.get(name)!.data[place];
      // Filter 1, channel 2, row 0, column 1.
      expect(truth.get('features.0/kernel')!.data[((0 * 3 + 1) * 3 + 2) * 4 + 1]).toBe(
        at('features.0.weight', ((1 * 3 + 2) * 3 + 0) * 3 + 1),
      );
      // Unit 3 of the input at channel 2, row 1, column 0, flattened channels first there and last here.
      expect(truth.get('fc/kernel')!.data[((1 * 2 + 0) * 4 + 2) * 5 + 3]).toBe(
        at('fc.weight', 3 * 16 + 2 * 4 + 2),
      );
      expect(truth.get('features.1/mean')!.data).toEqual(stored.get('features.1.running_mean')!.data);
      expect(other).not.toEqual(truth);
    });

    test('every file gives the same weights', async () => {
      const names = fs.readdirSync(folder).filter((name) => !notThese.test(name));
      expect(names.length).toBeGreaterThan(60);
      const failed: string[] = [];
      for (const name of names) {
        try {
          expect((await read(name)).weights).toEqual(truth);
        } catch (error) {
          failed.push(`${name}: ${(error as Error).message.split('\n')[0]}`);
        }
      }
      expect(failed).toEqual([]);
    });

    test.each(Object.entries(rounded))('%s is rounded', async (name, step) => {
      const { weights } = await read(name);
      for (const [key, { data }] of weights) {
        const errors = data.map(
          (value, i) => Math.abs(value - truth.get(key)!.data[i]!) / Math.abs(value || 1),
        );
        expect(Math.max(...errors), key).toBeLessThan(step);
      }
    });

    test.each([
      'ema-beside.pth#model_ema',
      'ema-before.pth#state_dict_ema',
      'ema-prefix.ckpt#ema_model',
      'two-alike.pth#teacher',
    ])('averaged weights are taken when asked for: %s', async (name) => {
      expect((await read(name)).weights).toEqual(other);
    });

    test('what else a checkpoint holds is said', async () => {
      const path = join(folder, 'ema-beside.pth');
      expect((await read('ema-beside.pth')).note).toBe(
        `'${path}' holds several sets of weights: taken are those under 'model'. For others use '${path}#model_ema'`,
      );
      expect((await read('ema-prefix.ckpt')).note).toContain("ema-prefix.ckpt#state_dict.ema_model'");
      expect((await read('nested.pth')).note).toBeUndefined();
    });

    test('what cannot be told is refused with what to do', async () => {
      await expect(read('two-alike.pth')).rejects.toThrow(
        /it holds 2 that fit. Choose with '.*#student' or '.*#teacher'/,
      );
      await expect(read('ema-beside.pth#ema')).rejects.toThrow(
        /under 'ema'.*found them under 'model', 'model_ema'/,
      );
      await expect(read('nothing.pth')).rejects.toThrow(/holds no tensors.*torch.save\(model.state_dict\(\)/);
      await expect(read('all-float8.pth')).rejects.toThrow(
        /'features.0.weight' is of type torch.float8_e4m3fn. Save them as float32/,
      );
      await expect(read('pickled.pkl')).rejects.toThrow(/torch.save\(model.state_dict\(\)/);
    });
  },
);
