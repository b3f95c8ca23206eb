/** Grad-CAM and Grad-CAM++ of VGG-16 against pytorch-grad-cam (1.5.7), on a head that both make up by the same formula. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { Explainer } from '../src/explain/explainer.js';
import type { NamedTensor } from '../src/formats/tensors.js';
import { stack, withPreprocessing } from '../src/models/compose.js';
import { NetworkBuilder } from '../src/models/network-builder.js';
import { modelSpec } from '../src/models/registry.js';
import type { SavedClassifier } from '../src/runs/classifier.js';
import { loadWeights } from '../src/zoo/load-weights.js';
import { python, pythonHas } from './helpers/python.js';
import { scratchFolders } from './helpers/scratch.js';

const shared = process.env['FINETUNE_SHARED'];
const [channels, hidden, classes, target] = [512, 32, 4, 1];
const methods = ['grad-cam', 'grad-cam-plus-plus'] as const;
const layers = ['block5_conv3', 'block4_conv3'] as const;

type Golden = Record<
  (typeof methods)[number],
  Record<(typeof layers)[number], readonly { own: number[][]; whole: number[][] }[]>
>;

/**
 * test/python/grad_cam.py says the same. Logits are large so that the library's Grad-CAM++, which adds 1e-6 to squared
 * gradients of whatever size, is the formula's.
 */
function madeUp(inputs: number, units: number, wave: (x: number) => number, size: number): NamedTensor {
  const at = (k: number) => size * wave(1 + 31 * Math.floor(k / units) + 7 * (k % units));
  return { shape: [inputs, units], data: Float32Array.from({ length: inputs * units }, (_, k) => at(k)) };
}

async function classifier(): Promise<SavedClassifier> {
  const spec = modelSpec('vgg16');
  const network = spec.buildBase();
  const { weights } = await loadWeights('vgg16', network, {
    environment: { FINETUNE_ZOO: path.join(shared!, 'weights') },
    offline: true,
  });
  const net = new NetworkBuilder('head', [channels]);
  net.dense(net.dense('input', 'hidden', { units: hidden, bias: false, activation: 'relu' }), 'logits', {
    units: classes,
    bias: false,
  });
  const head = new Map([
    ['hidden/kernel', madeUp(channels, hidden, Math.sin, 0.05)],
    ['logits/kernel', madeUp(hidden, classes, Math.cos, 20_000)],
  ]);
  return {
    ...stack(withPreprocessing({ network, weights }, spec.preprocessing), 'block5_pool', {
      network: net.build(),
      weights: head,
    }),
    labels: ['a', 'b', 'c', 'd'],
    decode: { height: 224, width: 224, channels: 3, resize: 'squash' },
    cut: 'global_average',
    prefix: { precision: 'float32' },
  };
}

describe.skipIf(!shared || !pythonHas('pytorch_grad_cam', 'torch', 'h5py', 'PIL'))(
  'against pytorch-grad-cam (needs FINETUNE_SHARED, and FINETUNE_PYTHON with grad-cam, torch, h5py and pillow)',
  () => {
    const pictures = [0, 1, 2, 3].map((i) => path.join(shared!, 'goldens', `input-${i}.png`));
    const { scratch } = scratchFolders();
    let golden: Golden;
    let saved: SavedClassifier;
    let pixels: Uint8Array;

    beforeAll(async () => {
      const out = path.join(scratch(), 'maps.json');
      const weights = path.join(shared!, 'weights/keras/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5');
      const program = new URL('./python/grad_cam.py', import.meta.url).pathname;
      execFileSync(python!, [program, weights, out, ...pictures], { stdio: 'ignore' });
      golden = JSON.parse(fs.readFileSync(out, 'utf8')) as Golden;
      saved = await classifier();
      const raw = pictures.map((file) => sharp(file).removeAlpha().raw().toBuffer());
      pixels = Uint8Array.from(Buffer.concat(await Promise.all(raw)));
    });

    test.each(methods.flatMap((method) => layers.map((layer) => [method, layer] as const)))(
      '%s at %s',
      (method, layer) => {
        const explainer = new Explainer(saved, { method, layer });
        const answers = explainer.answers(pixels, pictures.length);
        const maps = explainer.maps(
          answers,
          pictures.map(() => ({ of: target })),
        );
        explainer.dispose();
        for (const [i, { values }] of maps.entries()) {
          const theirs = golden[method][layer][i]!;
          const own = theirs.own.flat();
          const largest = Math.max(...own);
          expect(largest).toBeGreaterThan(0);
          const errors = values.map((value, place) => Math.abs(value - own[place]!) / largest);
          expect(Math.max(...errors), pictures[i]).toBeLessThan(1e-3);
          // what the library hands out is that map, stretched: from 0 to 1
          expect(Math.max(...theirs.whole.flat())).toBeLessThanOrEqual(1);
        }
      },
    );
  },
);
