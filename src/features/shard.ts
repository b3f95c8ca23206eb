import fs from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { decodeBatches } from '../data/decode.js';
import type { Picture, SkippedFile } from '../data/pictures.js';
import { readChecked } from '../data/read-checked.js';
import { writeFileAtomic } from '../runtime/atomic-file.js';
import { fileDigest } from '../runtime/file-digest.js';
import { makeFolder } from '../runtime/make-folder.js';
import { isAbandoned } from '../runtime/part-file.js';
import type { Extractor } from './extract.js';
import { digestOf, type FeatureKey } from './feature-key.js';
import { segmentEnding, SegmentWriter } from './feature-segment.js';

/**
 * The contract for a piece of work that any machine may do, any number of times, at any time:
 *
 * - A shard is a feature key, a list of pictures by the digests of their bytes, and how many go through the network at
 *   once. From these follows its name, from its name its place: STORE/features/KEY/KIND/NAME.features, a segment of a
 *   feature store. KIND is how the machine rounds (`machineKind`).
 * - Beside it lies NAME.json, the record below, written after it: who finds a record finds the features whole.
 * - Both are written under another name in the same folder, made durable, and renamed. Who does the work again writes
 *   the same bytes over them.
 */
export interface Shard {
  readonly key: FeatureKey;
  readonly pictures: readonly Picture[];
  readonly batchSize: number;
}

/** Pictures through the network at once, unless asked otherwise. Always the same, so that the bytes are. */
export const usualShardBatch = 16;

const recordSchema = z.object({
  format: z.literal(1),
  /** Pictures asked for; `rows` of them have features, the others are `skipped`. */
  pictures: z.number().int(),
  rows: z.number().int(),
  skipped: z.array(z.object({ path: z.string(), digest: z.string(), reason: z.string() })),
  /** Of the file of features. */
  bytes: z.number().int(),
  sha256: z.string(),
  /** That decoding and computing took. */
  seconds: z.number(),
  machine: z.string(),
});

/** What a shard came to. */
export type ShardRecord = z.output<typeof recordSchema>;

/** The name of a shard's files, without their endings, in the folder of its key and kind of machine. */
export function shardName({ pictures, batchSize }: Omit<Shard, 'key'>): string {
  return digestOf({ pictures: pictures.map(({ digest }) => digest), batchSize });
}

/** The record of a shard that is there whole; undefined when it must be computed. */
export async function readShard(folder: string, name: string): Promise<ShardRecord | undefined> {
  try {
    const text = await readFile(path.join(folder, `${name}.json`), 'utf8');
    const record = recordSchema.parse(JSON.parse(text));
    const { size } = fs.statSync(path.join(folder, name + segmentEnding));
    return size === record.bytes ? record : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Computes a shard and puts it in its place. Pictures whose bytes cannot be decoded are skipped and listed.
 *
 * @param machine what the record calls this machine.
 * @throws Error when a picture is not there or has other bytes: that is the matter of this machine or of the folder, not
 *   of the picture, and must not be written down for good.
 */
export async function computeShard(
  { key, pictures, batchSize }: Shard,
  {
    folder,
    extractor,
    machine,
    onProgress,
    signal,
  }: {
    readonly folder: string;
    readonly extractor: Extractor;
    readonly machine: string;
    readonly onProgress?: ((done: number) => void) | undefined;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<ShardRecord> {
  const started = performance.now();
  makeFolder(folder);
  const name = shardName({ pictures, batchSize });
  removeAbandoned(folder, name);
  const broken: SkippedFile[] = [];
  const writer = new SegmentWriter(folder, name);
  try {
    const source = decodeBatches(pictures, {
      ...key.decode,
      batchSize,
      onBroken: (file) => broken.push(file),
      ...(signal && { signal }),
    });
    for await (const batch of source) {
      const values = extractor.run(padded(batch.pixels, batch.pictures.length, batchSize), batchSize);
      const row = values.length / batchSize;
      for (const [i, { digest }] of batch.pictures.entries()) {
        writer.write(digest, values.subarray(i * row, (i + 1) * row));
      }
      onProgress?.(writer.rows + broken.length);
    }
    const skipped = skippedForGood(broken, pictures);
    const segment = writer.finish(extractor.shape);
    if (!segment)
      throw new Error(`the unfinished shard ${name} was removed from '${folder}': computing it again`);
    const record: ShardRecord = {
      format: 1,
      pictures: pictures.length,
      rows: segment.names.length,
      skipped,
      bytes: fs.statSync(segment.file).size,
      sha256: await fileDigest(segment.file),
      seconds: (performance.now() - started) / 1000,
      machine,
    };
    await writeFileAtomic(path.join(folder, `${name}.json`), `${JSON.stringify(record, null, 1)}\n`);
    return record;
  } catch (error) {
    writer.discard();
    throw error;
  }
}

/**
 * A batch that is always full, the first picture standing in for those that are missing: TensorFlow adds in another order
 * for a smaller batch, and a picture's features would depend on which others are in its shard.
 */
function padded(pixels: Uint8Array, count: number, batchSize: number): Uint8Array {
  if (count === batchSize) return pixels;
  const size = pixels.length / count;
  const full = new Uint8Array(batchSize * size);
  full.set(pixels);
  for (let i = count; i < batchSize; i++) full.copyWithin(i * size, 0, size);
  return full;
}

/** Pictures whose right bytes are there and are no picture: any machine would skip them. */
function skippedForGood(
  broken: readonly SkippedFile[],
  pictures: readonly Picture[],
): ShardRecord['skipped'] {
  const byPath = new Map(pictures.map((picture) => [picture.path, picture]));
  return broken
    .map(({ path: where, reason }) => {
      const { file, digest } = byPath.get(where)!;
      try {
        readChecked(file, digest);
      } catch {
        throw new Error(
          `'${where}' cannot be had as it was planned (${reason}): expected the same pictures at '${file}'`,
        );
      }
      return { path: where, digest, reason };
    })
    .sort((a, b) => (a.digest < b.digest ? -1 : 1));
}

/** What killed processes left of this shard. */
function removeAbandoned(folder: string, name: string): void {
  for (const file of fs.readdirSync(folder)) {
    if (!file.startsWith(`${name}.`)) continue;
    const place = path.join(folder, file);
    const stat = fs.statSync(place, { throwIfNoEntry: false });
    if (stat && isAbandoned(file, stat.mtimeMs)) fs.rmSync(place, { force: true });
  }
}
