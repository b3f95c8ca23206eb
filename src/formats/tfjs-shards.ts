import fs from 'node:fs';
import path from 'node:path';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { Cursor } from './cursor.js';
import { toFloat16 } from './half-precision.js';
import { bytesPerNumber } from './numbers.js';
import { parseManifest, type TfjsEntry } from './tfjs.js';
import { sizeOf } from './tensors.js';

/** What TF.js' own converter makes: browsers keep files of this size in their caches. */
const shardBytes = 4 * 2 ** 20;

interface ModelFile {
  weightsManifest: { paths: string[]; weights: object[] }[];
}

interface StoredWeight {
  /** Its line in the manifest. */
  readonly spec: object;
  readonly bytes: Uint8Array;
}

/**
 * Writes a TF.js model again for browsers: weights in shards of 4 MB, in half precision if asked for, which halves
 * the download (TF.js makes float32 of them as it loads).
 *
 * @param source a model.json.
 * @param directory exists.
 */
export async function shardTfjs(
  source: string,
  directory: string,
  { float16 }: { readonly float16: boolean },
): Promise<void> {
  const model = JSON.parse(fs.readFileSync(source, 'utf8')) as ModelFile;
  const stored = storedWeights(model, path.dirname(source));
  const written = float16 ? stored.map(halved) : stored;
  const bytes = Buffer.concat(written.map((weight) => weight.bytes));
  const count = Math.max(1, Math.ceil(bytes.length / shardBytes));
  const paths = Array.from({ length: count }, (_, i) => `group1-shard${i + 1}of${count}.bin`);
  for (const [i, file] of paths.entries()) {
    const shard = bytes.subarray(i * shardBytes, (i + 1) * shardBytes);
    await writeFileAtomic(path.join(directory, file), shard);
  }
  model.weightsManifest = [{ paths, weights: written.map(({ spec }) => spec) }];
  await writeFileAtomic(path.join(directory, 'model.json'), JSON.stringify(model));
}

/** The model's weights, each with its own bytes. */
function storedWeights({ weightsManifest }: ModelFile, folder: string): (StoredWeight & TfjsEntry)[] {
  return parseManifest(weightsManifest).flatMap(({ paths, entries }, group) => {
    const content = Buffer.concat(paths.map((file) => fs.readFileSync(path.join(folder, file))));
    const cursor = new Cursor(content);
    return entries.map((entry, i) => {
      const bytes = cursor.take(sizeOf(entry.shape) * bytesPerNumber[entry.stored]);
      return { ...entry, spec: weightsManifest[group]!.weights[i]!, bytes };
    });
  });
}

/**
 * A kernel in half precision. As they are stay: whole numbers and truth values, which TF.js refuses to halve; values
 * already quantised; values that halves cannot hold; and vectors (biases, statistics), which weigh next to nothing
 * and hold the small values that halves would round away.
 */
function halved(weight: StoredWeight & TfjsEntry): StoredWeight {
  const { spec, bytes, stored, affine, shape } = weight;
  if (stored !== 'float32' || affine || shape.filter((side) => side > 1).length < 2) return weight;
  const halves = toFloat16(new Float32Array(new Uint8Array(bytes).buffer));
  if (halves.some(isInfinite)) return weight;
  return {
    spec: { ...spec, quantization: { dtype: 'float16', original_dtype: 'float32' } },
    bytes: new Uint8Array(halves.buffer),
  };
}

function isInfinite(half: number): boolean {
  return (half & 0x7fff) === 0x7c00;
}
