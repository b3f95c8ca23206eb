import fs from 'node:fs';
import { lenet5 } from '../../src/models/lenet5.js';
import { readSafetensors } from '../../src/formats/safetensors.js';
import type { Setup } from '../protocol.js';
import type { Engine } from '../serve.js';
import { trainingEngine } from './training.js';

export async function loadLenet(variant: string, setup: Setup): Promise<Engine> {
  const pixels = fs.readFileSync(String(setup['pictures']));
  return trainingEngine(variant, {
    weighted: { network: lenet5(), weights: await readSafetensors(String(setup['weights'])) },
    trains: () => true,
    inputs: Float32Array.from(pixels, (value) => value / 255),
    labels: fs.readFileSync(String(setup['labels'])),
    batch: Number(setup['batch']),
    learningRate: 0.001,
    steps: Number(setup['steps']),
  });
}
