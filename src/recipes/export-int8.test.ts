import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { pixelsFor } from '../../test/helpers/networks.js';
import { python, pythonHas } from '../../test/helpers/python.js';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { smallClassifier, smallMobile } from '../../test/helpers/small-classifier.js';
import { calibrate } from '../features/calibrate.js';
import { readOnnx } from '../formats/onnx.js';
import { networkUpTo } from '../models/network.js';
import { networkWeights } from '../models/network-weights.js';
import { Classifier, type SavedClassifier, saveClassifier } from '../runs/classifier.js';
import { exportRun } from './export.js';

const { scratch } = scratchFolders();

/** The features of the default: means and maxima of two layers, joined. */
const parts = (['pool2', 'conv3'] as const).flatMap((layer) =>
  (['average', 'max'] as const).map((pool) => ({ layer, pool })),
);
const plain = smallClassifier({ parts });
const mobileParts = (['sum', 'last'] as const).map((layer) => ({ layer, pool: 'average' as const }));
const mobile = smallClassifier({ network: smallMobile(), parts: mobileParts });

function inIntegers(plain: SavedClassifier) {
  const network = networkUpTo(plain.network, plain.cut);
  const weights = new Map(networkWeights(network).map(({ name }) => [name, plain.weights.get(name)!]));
  const calibration = calibrate({ network, weights }, [pixelsFor(network, 16)]);
  return { ...plain, prefix: { precision: 'int8', calibration } as const };
}

async function saved(classifier: SavedClassifier): Promise<string> {
  const run = scratch();
  await saveClassifier(path.join(run, 'model'), classifier);
  return run;
}

const script = `
import sys, numpy as np, onnx, onnxruntime
folder, pixels, count = sys.argv[1:]
onnx.checker.check_model(folder + '/model.onnx', full_check=True)
session = onnxruntime.InferenceSession(folder + '/model.onnx')
shape = [int(count), 32, 32, 3]
answer = session.run(['probabilities'], {'pictures': np.fromfile(pixels, np.uint8).reshape(shape)})[0]
answer.astype(np.float32).tofile(folder + '/answer.raw')
`;

test('--int8 needs a run that computed in int8, and ONNX', async () => {
  const run = await saved(plain);
  await expect(exportRun(run, { format: 'onnx', int8: true })).rejects.toThrow(
    /^Expected a run that computed in int8 for --int8 but this one computed in float32/,
  );
  await expect(exportRun(run, { format: 'keras', int8: true })).rejects.toThrow(/--int8 with --format onnx/);
});

test.each([
  ['plain', plain, ['conv1', 'conv2', 'conv3']],
  ['mobile', mobile, ['one', 'narrow', 'wide', 'deep', 'linear', 'last']],
])('all kernels behind the one that reads pixels are in eight bits: %s', async (_, classifier, names) => {
  const out = await exportRun(await saved(inIntegers(classifier)), { format: 'onnx', int8: true });
  const { tensors } = await readOnnx(path.join(out, 'model.onnx'));
  expect(names.filter((name) => tensors.has(`${name}/kernel`))).toEqual(names.slice(0, 1));
});

test.skipIf(!pythonHas('onnx', 'onnxruntime', 'PIL', 'numpy')).each([
  ['plain', plain],
  ['mobile', mobile],
])(
  'the int8 model says what the run says in int8, not what it says in float32: %s (skipped where FINETUNE_PYTHON lacks onnx, onnxruntime or PIL)',
  async (_, plain) => {
    const classifier = inIntegers(plain);
    const out = await exportRun(await saved(classifier), { format: 'onnx', int8: true });
    const verified = spawnSync(python!, [path.join(out, 'verify.py')], { encoding: 'utf8' });
    expect(verified.stdout, verified.stderr).toMatch(/^right: /);

    const { pixels, count } = pixelsFor(classifier.network, 64, 9);
    fs.writeFileSync(path.join(out, 'pixels.raw'), pixels);
    const given = [out, path.join(out, 'pixels.raw'), String(count)];
    const asked = spawnSync(python!, ['-c', script, ...given], { encoding: 'utf8' });
    expect(asked.status, asked.stderr).toBe(0);
    const bytes = fs.readFileSync(path.join(out, 'answer.raw'));
    const theirs = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    const apart = (from: SavedClassifier) => {
      const own = new Classifier(from);
      const ours = own.probabilities(pixels, count).flat();
      own.dispose();
      return ours.reduce((sum, value, i) => sum + Math.abs(value - theirs[i]!), 0) / ours.length;
    };
    // Not calibrated for it, the convolution that reads pixels stays in float32 here too, as in ONNX.
    const { ranges, pixels: readsPixels, ...others } = classifier.prefix.calibration;
    const calibration = { ...others, ranges: { ...ranges, pool1: ranges['conv1'] ?? 1 } };
    expect(readsPixels).toBe(true);
    const firstInFloat = { ...classifier, prefix: { ...classifier.prefix, calibration } };
    const [fromSame, fromInt8, fromFloat] = [apart(firstInFloat), apart(classifier), apart(plain)];
    expect(fromSame).toBeLessThan(1e-3);
    expect(fromSame).toBeLessThan(fromFloat / 4);
    expect(fromInt8).toBeLessThan(2e-3);
    // where weights have little room the first convolution rounds as coarsely as all that is behind it
    if (calibration.largestWeight === undefined) expect(fromInt8).toBeLessThan(fromFloat);
  },
);
