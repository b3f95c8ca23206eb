/**
 * How closely a run exported as ONNX agrees with the run, in float32 and in int8, on photographs:
 *
 *     npx tsx bench/onnx-agreement.ts RUN FOLDER [PICTURES]
 *
 * Each picture is asked twice: in the run's own pixels, which tells how the networks agree, and whole, which tells how
 * resizing inside the model does. Needs FINETUNE_PYTHON with onnxruntime, and a run that computed in int8.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { decodePicture } from '../src/data/decode.js';
import { inputOf } from '../src/models/network.js';
import { exportRun } from '../src/recipes/export.js';
import { Classifier, readClassifier } from '../src/runs/classifier.js';
import { ensureTensorFlow } from '../src/runtime/install/ensure.js';

const [run, folder, wanted = '200'] = process.argv.slice(2) as [string, string, string?];
const python = process.env['FINETUNE_PYTHON'] ?? 'python3';
await ensureTensorFlow();

const all = fs
  .readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.jpe?g$/i.test(name))
  .sort();
const step = all.length / Math.min(all.length, Number(wanted));
const pictures = Array.from({ length: Math.floor(all.length / step) }, (_, i) =>
  path.join(folder, all[Math.floor(i * step)]!),
);

const saved = await readClassifier(path.join(run, 'model'));
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'onnx-agreement-'));
const size = inputOf(saved.network).shape.reduce((product, side) => product * side, 1);
const pixels = new Uint8Array(pictures.length * size);
for (const [i, file] of pictures.entries()) {
  pixels.set(await decodePicture(file, saved.decode), i * size);
  const whole = sharp(file).autoOrient().flatten({ background: '#fff' });
  const plain = whole.toColourspace(saved.decode.channels === 1 ? 'b-w' : 'srgb').raw();
  const { data, info } = await plain.toBuffer({ resolveWithObject: true });
  const head = new Uint32Array([info.height, info.width, info.channels]);
  fs.writeFileSync(path.join(scratch, `${i}.raw`), Buffer.concat([new Uint8Array(head.buffer), data]));
}
fs.writeFileSync(path.join(scratch, 'pixels.raw'), pixels);

const [float, integer] = [path.join(scratch, 'float'), path.join(scratch, 'int8')];
await exportRun(run, { format: 'onnx', out: float });
await exportRun(run, { format: 'onnx', int8: true, out: integer });
const program = fileURLToPath(new URL('peers/onnx_agreement.py', import.meta.url));
const outcome = spawnSync(python, [program, scratch, String(pictures.length)], { encoding: 'utf8' });
if (outcome.status !== 0) throw new Error(outcome.stderr);
const theirs = JSON.parse(outcome.stdout) as Record<string, number[][]>;

const answers = (precision: 'float32' | 'int8') => {
  const prefix = precision === 'int8' ? saved.prefix : ({ precision } as const);
  const classifier = new Classifier({ ...saved, prefix });
  const rows = pictures.flatMap((_, i) =>
    classifier.probabilities(pixels.subarray(i * size, (i + 1) * size), 1),
  );
  classifier.dispose();
  return rows;
};
const best = (row: readonly number[]) => row.indexOf(Math.max(...row));
for (const precision of ['float32', 'int8'] as const) {
  const ours = answers(precision);
  for (const how of ['same pixels', 'whole pictures']) {
    const rows = theirs[`${precision} ${how}`]!;
    const same = rows.filter((row, i) => best(row) === best(ours[i]!)).length;
    const apart = rows.flatMap((row, i) => row.map((value, j) => Math.abs(value - ours[i]![j]!)));
    const mean = apart.reduce((sum, value) => sum + value, 0) / apart.length;
    console.log(
      `${precision}, ${how}: the same class for ${same} of ${rows.length}; probabilities differ by ${Math.max(...apart).toExponential(1)} at most, ${mean.toExponential(1)} on average`,
    );
  }
}
fs.rmSync(scratch, { recursive: true });
