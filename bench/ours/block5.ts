import fs from 'node:fs';
import { compilePrefix } from '../../src/features/prefix.js';
import { stack, withPreprocessing } from '../../src/models/compose.js';
import { inputOf, networkAfter, networkUpTo } from '../../src/models/network.js';
import { networkWeights } from '../../src/models/network-weights.js';
import { NetworkBuilder } from '../../src/models/network-builder.js';
import { modelSpec } from '../../src/models/registry.js';
import { sizeOf } from '../../src/formats/tensors.js';
import { readSafetensors } from '../../src/formats/safetensors.js';
import type { Setup } from '../protocol.js';
import type { Engine } from '../serve.js';
import { trainingEngine } from './training.js';

/** @param variant `stored`: trains block 5 and the head on stored activations; otherwise runs all of VGG-16 each step. */
export async function loadBlock5(variant: string, setup: Setup): Promise<Engine> {
  const spec = modelSpec('vgg16');
  const base = withPreprocessing(
    { network: spec.buildBase(), weights: await readSafetensors(String(setup['weights'])) },
    spec.preprocessing,
  );
  const head = await readSafetensors(String(setup['head']));
  const builder = new NetworkBuilder('head', [512]);
  builder.dense('input', 'logits', { units: Number(setup['classes']) });
  const whole = stack(base, 'block5_pool', { network: builder.build(), weights: head });
  const pixels = new Uint8Array(fs.readFileSync(String(setup['pictures'])));
  const training = {
    trains: (name: string) => /^(block5|logits)/.test(name),
    labels: fs.readFileSync(String(setup['labels'])),
    batch: Number(setup['batch']),
    learningRate: Number(setup['learningRate']),
    steps: Number(setup['steps']),
  };
  if (variant !== 'stored') {
    return trainingEngine(variant, { ...training, weighted: whole, inputs: Float32Array.from(pixels) });
  }
  const network = networkAfter(whole.network, 'block4_pool');
  const names = new Set(networkWeights(network).map(({ name }) => name));
  const weights = new Map([...whole.weights].filter(([name]) => names.has(name)));
  const prefix = compilePrefix({ ...whole, network: networkUpTo(whole.network, 'block4_pool') });
  const inputs = prefix.run(pixels, pixels.length / sizeOf(inputOf(whole.network).shape));
  prefix.dispose();
  return trainingEngine(variant, { ...training, weighted: { network, weights }, inputs });
}
