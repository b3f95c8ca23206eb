import fs from 'node:fs';
import path from 'node:path';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { toFloat16 } from './half-precision.js';

/** What TF.js' own converter makes: browsers keep files of this size in their caches. */
const shardBytes = 4 * 2 ** 20;

interface ManifestWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
}

interface ModelFile {
  weightsManifest: { paths: string[]; weights: ManifestWeight[] }[];
}

/**
 * Writes a TF.js model again for browsers: weights in shards of 4 MB, in half precision if asked for, which halves
 * the download (TF.js makes float32 of them as it loads).
 *
 * @param source a model.json whose weights are float32 in one group.
 * @param directory exists.
 */
export async function shardTfjs(
  source: string,
  directory: string,
  { float16 }: { readonly float16: boolean },
): Promise<void> {
  const model = JSON.parse(fs.readFileSync(source, 'utf8')) as ModelFile;
  const [group] = model.weightsManifest;
  const parts = group!.paths.map((file) => fs.readFileSync(path.join(path.dirname(source), file)));
  const bytes = float16 ? halved(Buffer.concat(parts)) : Buffer.concat(parts);
  const count = Math.max(1, Math.ceil(bytes.length / shardBytes));
  const paths = Array.from({ length: count }, (_, i) => `group1-shard${i + 1}of${count}.bin`);
  for (const [i, file] of paths.entries()) {
    const shard = bytes.subarray(i * shardBytes, (i + 1) * shardBytes);
    await writeFileAtomic(path.join(directory, file), shard);
  }
  const weights = group!.weights.map((weight) => ({
    ...weight,
    ...(float16 && { quantization: { dtype: 'float16', original_dtype: 'float32' } }),
  }));
  model.weightsManifest = [{ paths, weights }];
  await writeFileAtomic(path.join(directory, 'model.json'), JSON.stringify(model));
}

function halved(bytes: Buffer): Buffer {
  const aligned = new Uint8Array(bytes).buffer;
  return Buffer.from(toFloat16(new Float32Array(aligned)).buffer);
}
