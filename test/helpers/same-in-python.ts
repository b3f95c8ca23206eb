import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { WeightedNetwork } from '../../src/models/compose.js';
import { forward } from '../../src/models/forward.js';
import { inputOf } from '../../src/models/network.js';
import { toParameters } from '../../src/models/parameters.js';
import { tf } from '../../src/runtime/tensorflow.js';
import { pixelsFor } from './networks.js';
import { python } from './python.js';

/**
 * Expects a model in Python to say of two pictures what the network says.
 *
 * @param script of Python: takes the model, a file of uint8 pixels, their height, width and channels, and the file for its
 *   answers in float32. @param model its file, in a folder that may be written to.
 */
export function expectSameInPython({
  script,
  model,
  weighted: { network, weights },
}: {
  readonly script: string;
  readonly model: string;
  readonly weighted: WeightedNetwork;
}): void {
  const { pixels, count } = pixelsFor(network, 2);
  const shape = inputOf(network).shape;
  const folder = path.dirname(model);
  const [pixelFile, answerFile] = [path.join(folder, 'pixels.raw'), path.join(folder, 'answer.raw')];
  fs.writeFileSync(pixelFile, pixels);
  const given = [model, pixelFile, ...shape.map(String), answerFile];
  const run = spawnSync(python!, ['-c', script, ...given], { encoding: 'utf8' });
  expect(run.status, run.stderr).toBe(0);
  const bytes = fs.readFileSync(answerFile);
  const theirs = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const parameters = toParameters(weights);
  const ours = tf.tidy(() =>
    forward(network, parameters, tf.tensor(Float32Array.from(pixels), [count, ...shape])).dataSync(),
  );
  tf.dispose([...parameters.values()]);
  expect(theirs.length).toBe(ours.length);
  const largest = Math.max(...ours.map(Math.abs));
  const apart = Math.max(...ours.map((value, i) => Math.abs(value - theirs[i]!)));
  expect(largest).toBeGreaterThan(0);
  expect(apart / largest).toBeLessThan(1e-4);
}
