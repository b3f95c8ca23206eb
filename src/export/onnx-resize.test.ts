import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { python, pythonHas } from '../../test/helpers/python.js';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { letterboxColour, type ResizeMode, resizePicture } from '../data/resize.js';
import { NetworkBuilder } from '../models/network-builder.js';
import { Random } from '../runtime/random.js';
import { exportOnnx } from './network-onnx.js';

const { scratch } = scratchFolders();
const [height, width] = [24, 20];
/** [height, width] of the picture given: larger, smaller, one side each way, and the network's own. */
const sizes = [
  [90, 61],
  [11, 13],
  [70, 9],
  [7, 55],
  [24, 20],
] as const;

/** Smooth, as photographs are, with some noise. */
function picture([rows, columns]: readonly [number, number]): Uint8Array {
  const random = new Random(4);
  return Uint8Array.from({ length: rows * columns * 3 }, (_, i) => {
    const [x, y, c] = [Math.floor(i / 3) % columns, Math.floor(i / 3 / columns), i % 3];
    return 127 + 90 * Math.sin(x / 5 + c) * Math.cos(y / 7) + random.below(20);
  });
}

const script = `
import sys, numpy as np, onnxruntime
session = onnxruntime.InferenceSession(sys.argv[1])
for given in sys.argv[2:]:
    height, width = map(int, given.split('/')[-1].split('x'))
    pixels = np.fromfile(given, np.uint8).reshape(1, height, width, 3)
    session.run(['probabilities'], {'pictures': pixels})[0].astype(np.float32).tofile(given + '.made')
`;

describe.skipIf(!pythonHas('onnxruntime'))(
  'resizing inside an ONNX model (skipped where FINETUNE_PYTHON lacks onnxruntime)',
  () => {
    test.each(['squash', 'crop', 'letterbox'] as const)('%s, as pictures are decoded here', async (way) => {
      const folder = scratch();
      const net = new NetworkBuilder('as it is', [height, width, 3]);
      net.maxPool('input', 'same', { kernel: 1 });
      const { r, g, b } = letterboxColour;
      const resize = way === 'letterbox' ? { way, bars: [r, g, b] } : { way };
      await exportOnnx(folder, { network: net.build(), weights: new Map() }, { resize });
      const files = sizes.map((size) => path.join(folder, size.join('x')));
      for (const [i, file] of files.entries()) fs.writeFileSync(file, picture(sizes[i]!));
      const run = spawnSync(python!, ['-c', script, path.join(folder, 'model.onnx'), ...files], {
        encoding: 'utf8',
      });
      expect(run.status, run.stderr).toBe(0);
      for (const [i, size] of sizes.entries()) {
        const bytes = fs.readFileSync(`${files[i]!}.made`);
        const theirs = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
        const { mean, largest } = apart(theirs, await decoded(size, way));
        // What is only enlarged is the same but for halves; libvips reduces with coefficients and pixels of eight bits.
        const enlarged = size[0] <= height && size[1] <= width;
        expect(largest, `${way} of ${size.join('×')}`).toBeLessThanOrEqual(enlarged ? 1 : 14);
        expect(mean, `${way} of ${size.join('×')}`).toBeLessThan(enlarged ? 0.01 : 1.5);
      }
    });
  },
);

function decoded([rows, columns]: readonly [number, number], resize: ResizeMode): Promise<Uint8Array> {
  const raw = { height: rows, width: columns, channels: 3 } as const;
  return resizePicture(sharp(picture([rows, columns]), { raw }), { height, width, channels: 3, resize });
}

function apart(a: Float32Array, b: Uint8Array): { mean: number; largest: number } {
  expect(a.length).toBe(b.length);
  const differences = Array.from(a, (value, i) => Math.abs(value - b[i]!));
  const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
  return { mean, largest: Math.max(...differences) };
}
