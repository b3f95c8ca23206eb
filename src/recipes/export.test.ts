import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { Tensor } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { pictureBytes } from '../../test/helpers/picture-folders.js';
import { python, pythonHas } from '../../test/helpers/python.js';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { readTfjs } from '../formats/tfjs.js';
import { type NamedTensor, sizeOf } from '../formats/tensors.js';
import type { WeightedNetwork } from '../models/compose.js';
import { forward } from '../models/forward.js';
import { NetworkBuilder } from '../models/network-builder.js';
import { networkWeights } from '../models/network-weights.js';
import { toParameters } from '../models/parameters.js';
import { Random } from '../runtime/random.js';
import { tf } from '../runtime/tensorflow.js';
import { loadRun, saveClassifier } from '../runs/classifier.js';
import { exportRun } from './export.js';

const { scratch } = scratchFolders();
const labels = ['ant', 'bee'];

/** As GoogLeNet's, a graph model with whole numbers among its constants: the pads of its pool. */
function classifier(normalise: boolean): WeightedNetwork {
  const net = new NetworkBuilder('small', [11, 9, 3]);
  let x = net.batchNorm('input', 'standardise', { epsilon: 1e-9 });
  x = net.convolution(x, 'conv', { filters: 8, kernel: 3, activation: 'relu' });
  if (normalise) x = net.localResponseNorm(x, 'norm', { depthRadius: 2, bias: 2, alpha: 0.1, beta: 0.75 });
  x = net.maxPool(x, 'pool', { kernel: 3, stride: 2, padding: normalise ? 1 : 0 });
  x = net.dense(net.flatten(x, 'flatten'), 'logits', { units: 2 });
  net.activation(x, 'probabilities', 'softmax');
  const network = net.build();
  const random = new Random(3);
  const weights = new Map(
    networkWeights(network).map(({ name, shape }): [string, NamedTensor] => [
      name,
      { shape, data: Float32Array.from({ length: sizeOf(shape) }, () => 0.1 * random.normal()) },
    ]),
  );
  const fill = (name: string, value: number) => weights.get(name)!.data.fill(value);
  fill('standardise/gamma', 1e-5);
  // Smaller than the smallest half, and larger than the largest.
  fill('standardise/variance', 1e-8);
  fill('standardise/mean', 70_000);
  return { network, weights };
}

async function savedRun(normalise: boolean): Promise<string> {
  const run = scratch();
  const { network, weights } = classifier(normalise);
  const decode = { height: 11, width: 9, channels: 3, resize: 'letterbox' } as const;
  const prefix = { precision: 'float32' } as never;
  await saveClassifier(path.join(run, 'model'), { network, weights, labels, decode, prefix, cut: 'conv' });
  return run;
}

const howToUse = (folder: string) =>
  JSON.parse(fs.readFileSync(path.join(folder, 'how-to-use.json'), 'utf8')) as Record<string, object>;

describe.each([
  ['layers', false],
  ['graph', true],
])('a run that is a %s model', (kind, normalise) => {
  let run: string;
  beforeAll(async () => {
    run = await savedRun(normalise);
  });

  test.each([false, true])('loads in plain TF.js, in half precision: %s', async (float16) => {
    const out = await exportRun(run, { format: 'tfjs', float16, out: path.join(scratch(), 'new') });
    const address = `file://${out}/model.json`;
    const model = kind === 'graph' ? await tf.loadGraphModel(address) : await tf.loadLayersModel(address);
    const { network, weights } = classifier(normalise);
    const parameters = toParameters(weights);
    const input = tf.randomUniform([2, 11, 9, 3], 0, 255, 'float32', 5);
    const theirs = model.predict(input) as Tensor;
    const ours = forward(network, parameters, input);
    const difference = tf.tidy(() => tf.max(tf.abs(tf.sub(theirs, ours))).dataSync()[0]);
    expect(difference).toBeLessThan(float16 ? 1e-2 : 1e-6);
    model.dispose();
    tf.dispose([theirs, ours, input, ...parameters.values()]);

    // What halves would spoil is as it was; kernels are halved.
    const read = await readTfjs(path.join(out, 'model.json'));
    const variance = read.get('standardise/variance') ?? read.get('standardise/moving_variance');
    expect(variance!.data[0]).toBe(Math.fround(1e-8));
    const kernel = weights.get('conv/kernel')!.data;
    if (float16) expect(read.get('conv/kernel')!.data).not.toEqual(kernel);
    else expect(read.get('conv/kernel')!.data).toEqual(kernel);
  });

  test('says how to feed it, beside each model', async () => {
    const tfjs = await exportRun(run, { format: 'tfjs', float16: true });
    const savedModel = await exportRun(run, { format: 'savedmodel' });
    const picture = { height: 11, width: 9, colours: 'RGB', resize: 'letterbox', bars: [124, 116, 104] };
    const input = { shape: [null, 11, 9, 3], range: [0, 255] };
    expect(howToUse(savedModel)).toMatchObject({
      model: { format: 'savedmodel', file: 'saved_model.pb', weights: 'float32' },
      picture,
      input: { ...input, name: 'pictures', type: 'uint8' },
      output: { name: 'probabilities', shape: [null, 2] },
      labels,
    });
    const browser = { picture, input: { ...input, type: 'float32' }, labels };
    const format = `tfjs-${kind}-model`;
    expect(howToUse(tfjs)).toMatchObject({ ...browser, model: { format, weights: 'float16' } });
    const own = path.join(run, 'model');
    expect(howToUse(own)).toMatchObject({ ...browser, model: { format, weights: 'float32' } });
    const load = kind === 'graph' ? 'loadGraphModel' : 'loadLayersModel';
    expect(fs.readFileSync(path.join(own, 'README.md'), 'utf8')).toContain(load);
    expect(fs.readFileSync(path.join(savedModel, 'README.md'), 'utf8')).toContain('ImageOps.pad(');
  });
});

test.skipIf(!pythonHas('tensorflow', 'PIL', 'numpy'))(
  'the program in a SavedModel’s README.md says what the run says (skipped where FINETUNE_PYTHON lacks tensorflow or PIL)',
  async () => {
    const run = await savedRun(false);
    const out = await exportRun(run, { format: 'savedmodel' });
    const file = path.join(out, 'picture.jpg');
    fs.writeFileSync(file, await pictureBytes(1, 'png', 40, 30));
    const [, program] = /```python\n([^`]*)```/.exec(fs.readFileSync(path.join(out, 'README.md'), 'utf8'))!;
    const { stdout, stderr } = spawnSync(python!, ['-c', program!], { cwd: out, encoding: 'utf8' });
    const [label, share] = stdout.trim().split(' ');
    const own = await loadRun(run);
    const onBroken = (broken: unknown) => expect(broken).toBeUndefined();
    const { value: answer } = await own.classify([{ path: file, file }], { onBroken }).next();
    own.dispose();
    const [best] = answer!.predictions;
    expect(label, stderr).toBe(best!.label);
    expect(Number(share)).toBeCloseTo(best!.probability, 2);
  },
);

describe('what is there already', () => {
  test('an earlier export is replaced, also through a link, and nothing else is left', async () => {
    const run = await savedRun(false);
    const place = scratch();
    fs.mkdirSync(path.join(place, 'real'));
    fs.symlinkSync('real', path.join(place, 'link'));
    const out = path.join(place, 'link');
    await exportRun(run, { format: 'savedmodel', out });
    await exportRun(run, { format: 'tfjs', out });
    expect(fs.readdirSync(place).sort()).toEqual(['link', 'real']);
    expect(fs.readdirSync(path.join(place, 'real')).sort()).toEqual([
      'README.md',
      'golden.json',
      'golden.png',
      'group1-shard1of1.bin',
      'how-to-use.json',
      'index.html',
      'labels.txt',
      'model.json',
      'page',
      'verify.html',
    ]);
  });

  test('stays as it was when the new one fails', async () => {
    const run = await savedRun(false);
    const out = await exportRun(run, { format: 'tfjs' });
    const before = fs.readFileSync(path.join(out, 'model.json'));
    const file = path.join(run, 'model', 'model.json');
    // Weights are whole, and TF.js knows no such layer.
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('"Flatten"', '"Flatness"'));
    await expect(exportRun(run, { format: 'tfjs' })).rejects.toThrow(/does not open again: .*Flatness/);
    expect(fs.readFileSync(path.join(out, 'model.json'))).toEqual(before);
    expect(fs.readdirSync(path.dirname(out))).toEqual(['tfjs']);
  });

  test('is never replaced when it holds anything of another kind', async () => {
    const run = await savedRun(false);
    const out = await exportRun(run, { format: 'tfjs' });
    fs.writeFileSync(path.join(out, 'own.html'), 'mine');
    await expect(exportRun(run, { format: 'tfjs' })).rejects.toThrow(/earlier export, but .* other files/);
    const file = path.join(out, 'labels.txt');
    await expect(exportRun(run, { format: 'tfjs', out: file })).rejects.toThrow(/--out to be a folder/);
  });
});
