import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { weightsFor } from '../../test/helpers/networks.js';
import { pictureBytes } from '../../test/helpers/picture-folders.js';
import { python, pythonHas } from '../../test/helpers/python.js';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { readOnnx } from '../formats/onnx.js';
import { withPreprocessing } from '../models/compose.js';
import { NetworkBuilder } from '../models/network-builder.js';
import { caffeMean } from '../models/preprocessing.js';
import { loadRun, saveClassifier } from '../runs/classifier.js';
import { exportRun } from './export.js';

const { scratch } = scratchFolders();
const labels = ['ant', 'bee', 'cat'];

async function savedRun(channels: 1 | 3): Promise<string> {
  const run = scratch();
  const net = new NetworkBuilder('small', [24, 20, channels]);
  const x = net.convolution('input', 'conv', { filters: 8, kernel: 3, stride: 2, activation: 'relu' });
  net.activation(net.dense(net.flatten(x, 'flatten'), 'logits', { units: 3 }), 'probabilities', 'softmax');
  const network = net.build();
  const grey = { channelOrder: 'RGB', mean: [120], scale: [60] } as const;
  const colour = { ...caffeMean, scale: [60, 60, 60] };
  const weighted = withPreprocessing(
    { network, weights: weightsFor(network) },
    channels === 1 ? grey : colour,
  );
  const decode = { height: 24, width: 20, channels, resize: 'squash' } as const;
  const prefix = { precision: 'float32' } as const;
  await saveClassifier(path.join(run, 'model'), { ...weighted, labels, decode, prefix, cut: 'conv' });
  return run;
}

interface Golden {
  readonly label: string;
  readonly tolerance: number;
  readonly probabilities: number[];
}

const golden = (folder: string) =>
  JSON.parse(fs.readFileSync(path.join(folder, 'golden.json'), 'utf8')) as Golden;

const files = [
  'README.md',
  'golden.json',
  'golden.png',
  'how-to-use.json',
  'labels.txt',
  'model.onnx',
  'verify.py',
];

describe.each([1, 3] as const)('a run on pictures of %i channels', (channels) => {
  test('becomes an ONNX model with all that is needed to use it and to check it', async () => {
    const run = await savedRun(channels);
    const out = await exportRun(run, { format: 'onnx' });
    expect(fs.readdirSync(out).sort()).toEqual(files);
    const { tensors } = await readOnnx(path.join(out, 'model.onnx'));
    expect(tensors.get('conv/kernel')!.shape).toEqual([8, channels, 3, 3]);
    expect(JSON.parse(fs.readFileSync(path.join(out, 'how-to-use.json'), 'utf8'))).toMatchObject({
      model: { format: 'onnx', file: 'model.onnx', weights: 'float32' },
      input: { name: 'pictures', type: 'uint8', shape: [null, null, null, channels] },
    });
    // An earlier export, so it may be replaced.
    expect(await exportRun(run, { format: 'onnx' })).toBe(out);
  });

  test.each(['onnx', 'savedmodel', 'tfjs'])(
    'a golden picture lies beside %s, of which the run says the same',
    async (format) => {
      const run = await savedRun(channels);
      const out = await exportRun(run, { format });
      const picture = path.join(out, 'golden.png');
      expect(await sharp(picture).metadata()).toMatchObject({ height: 24, width: 20, channels });
      const own = await loadRun(run);
      const onBroken = (broken: unknown) => expect(broken).toBeUndefined();
      const { value: answer } = await own.classify([{ path: picture, file: picture }], { onBroken }).next();
      own.dispose();
      const { label, probabilities, tolerance } = golden(out);
      expect(answer!.predictions[0]!.label).toBe(label);
      for (const { label, probability } of answer!.predictions) {
        expect(Math.abs(probability - probabilities[labels.indexOf(label)]!)).toBeLessThan(tolerance);
      }
    },
  );
});

test('ONNX has no half precision here', async () => {
  const half = exportRun(await savedRun(3), { format: 'onnx', float16: true });
  await expect(half).rejects.toThrow(/--float16 with --format tfjs: onnx keeps float32 weights/);
});

const verify = (folder: string) => spawnSync(python!, [path.join(folder, 'verify.py')], { encoding: 'utf8' });

test.skipIf(!pythonHas('tensorflow', 'PIL', 'numpy'))(
  'verify.py beside a SavedModel agrees (skipped where FINETUNE_PYTHON lacks tensorflow or PIL)',
  async () => {
    const { status, stdout, stderr } = verify(await exportRun(await savedRun(3), { format: 'savedmodel' }));
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/^right: /);
  },
);

describe.skipIf(!pythonHas('onnxruntime', 'PIL', 'numpy'))(
  'Python (skipped where FINETUNE_PYTHON lacks onnxruntime or PIL)',
  () => {
    test.each([1, 3] as const)(
      'verify.py agrees, and notices another model (%i channels)',
      async (channels) => {
        const out = await exportRun(await savedRun(channels), { format: 'onnx' });
        const good = verify(out);
        expect(good.status, good.stderr).toBe(0);
        expect(good.stdout).toMatch(/^right: /);
        const { probabilities, ...rest } = golden(out);
        const other = { ...rest, probabilities: [...probabilities].reverse() };
        fs.writeFileSync(path.join(out, 'golden.json'), JSON.stringify(other));
        const bad = verify(out);
        expect(bad.status, bad.stderr).toBe(1);
        expect(bad.stdout).toMatch(/^WRONG: /);
      },
    );

    test('the program in README.md says what the run says', async () => {
      const run = await savedRun(3);
      const out = await exportRun(run, { format: 'onnx' });
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
      expect(Math.abs(Number(share) - best!.probability)).toBeLessThan(0.05);
    });
  },
);
