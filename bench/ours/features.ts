import fs from 'node:fs';
import type { Tensor4D } from '@tensorflow/tfjs';
import { calibrate } from '../../src/features/calibrate.js';
import { compileInt8Prefix } from '../../src/features/int8-prefix.js';
import { compilePrefix, type Prefix } from '../../src/features/prefix.js';
import { type WeightedNetwork, withPreprocessing } from '../../src/models/compose.js';
import { forward } from '../../src/models/forward.js';
import { decodeBatches } from '../../src/data/decode.js';
import { modelSpec } from '../../src/models/registry.js';
import { nativeBinding, tf } from '../../src/runtime/tensorflow.js';
import { readSafetensors } from '../../src/formats/safetensors.js';
import { pictureFormat } from '../material.js';
import type { Setup } from '../protocol.js';
import type { Engine } from '../serve.js';

const valuesPerPicture = 224 * 224 * 3;

/** The frozen base, preprocessing included, by `variant`: eager, float32, bfloat16, float16 or int8. */
export async function loadFeatures(variant: string, setup: Setup): Promise<Engine> {
  const spec = modelSpec('vgg16');
  const tensors = await readSafetensors(String(setup['weights']));
  const base = withPreprocessing({ network: spec.buildBase(), weights: tensors }, spec.preprocessing);
  const batch = Number(setup['batch']);
  const all = new Uint8Array(fs.readFileSync(String(setup['pictures'])));
  const pixels = all.subarray(0, batch * valuesPerPicture);
  const details = `TensorFlow ${nativeBinding().TF_Version}`;
  if (variant === 'files') {
    const prefix = open(base, 'int8', all.subarray(batch * valuesPerPicture));
    return { details, ...(await fromFiles(prefix, batch, String(setup['sourceList']))) };
  }
  const run = variant === 'eager' ? eager(base, batch) : compiled(base, variant, batch, all);
  return {
    details,
    outputs: run(pixels),
    run: (repeats) => {
      for (let i = 0; i < repeats; i++) run(pixels);
    },
  };
}

/** Decoding on other threads while the graph works, as the main job does it. */
async function fromFiles(prefix: Prefix, batch: number, list: string): Promise<Omit<Engine, 'details'>> {
  const files = JSON.parse(fs.readFileSync(list, 'utf8')) as string[];
  const pictures = files.map((file) => ({ path: file, file, label: 0, digest: '' }));
  const onBroken = ({ path: name, reason }: { path: string; reason: string }) => {
    throw new Error(`cannot read '${name}': ${reason}`);
  };
  const run = async (count: number) => {
    let last: Float32Array = new Float32Array();
    const source = decodeBatches(pictures.slice(0, count), { ...pictureFormat, batchSize: batch, onBroken });
    for await (const { pixels, pictures: decoded } of source) last = prefix.run(pixels, decoded.length);
    return last;
  };
  return { outputs: await run(batch), run: async (repeats) => void (await run(repeats * batch)) };
}

/** Op by op, as TF.js does without us. */
function eager({ network, weights }: WeightedNetwork, batch: number): (pixels: Uint8Array) => Float32Array {
  const parameters = new Map(
    [...weights].map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape])]),
  );
  return (pixels) =>
    tf.tidy(() => {
      const pictures = tf.cast(tf.tensor4d(pixels, [batch, 224, 224, 3], 'int32'), 'float32') as Tensor4D;
      return forward(network, parameters, pictures).dataSync() as Float32Array;
    });
}

function compiled(base: WeightedNetwork, variant: string, batch: number, pictures: Uint8Array) {
  const prefix = open(base, variant, pictures.subarray(batch * valuesPerPicture));
  return (pixels: Uint8Array) => prefix.run(pixels, batch);
}

function open(base: WeightedNetwork, variant: string, others: Uint8Array): Prefix {
  if (variant !== 'int8')
    return compilePrefix(base, { precision: variant as 'float32' | 'bfloat16' | 'float16' });
  const calibration = calibrate(base, [{ pixels: others, count: others.length / valuesPerPicture }]);
  return compileInt8Prefix(base, calibration);
}
