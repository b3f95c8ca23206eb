import path from 'node:path';
import { type DecodeOptions, decodeBatches } from '../data/decode.js';
import { findLookAlikes } from '../data/duplicates.js';
import { type Fingerprint, fingerprintFrom, fingerprintOf } from '../data/fingerprint.js';
import { mirrorImages } from '../data/mirror-images.js';
import type { Picture } from '../data/pictures.js';
import { fileDigest } from '../runtime/file-digest.js';
import { readJsonIfThere } from '../runtime/json-file.js';
import { parseSplitRecord, type SplitRecord } from '../data/split-record.js';

/** Which of some pictures a run has trained or chosen on: of these its accuracy says little. */
export interface TrainedPictures {
  /** The same bytes. */
  readonly copies: ReadonlySet<Picture>;
  /** Others that look the same, as they are or mirrored. Crops and turned copies are not known by their look. */
  readonly nearCopies: ReadonlySet<Picture>;
  /** What could be told: `nothing` without a split.json, only `copies` where no fingerprints are to be had. */
  readonly told: 'all' | 'copies' | 'nothing';
}

/** How pictures are looked at to find copies: in one way for all runs, whatever their networks take. */
const look = { height: 32, width: 32, channels: 3, resize: 'squash' } as const satisfies DecodeOptions;

/** Finds those of `pictures` that the run in `directory` has trained or chosen on. */
export async function findTrainedPictures(
  directory: string,
  pictures: readonly Picture[],
  signal?: AbortSignal,
): Promise<TrainedPictures> {
  const record = parseSplitRecord(readJsonIfThere(path.join(directory, 'split.json')));
  if (!record) return { copies: new Set(), nearCopies: new Set(), told: 'nothing' };
  const seen = seenBy(record);
  const digests = new Set(seen.map(({ digest }) => digest));
  const copies = new Set(pictures.filter(({ digest }) => digests.has(digest)));
  const others = pictures.filter((picture) => !copies.has(picture));
  const known = await fingerprintsOf(seen, directory, signal);
  if (!known) return { copies, nearCopies: new Set(), told: 'copies' };
  const looks = await fingerprintsNow(others, signal);
  const visible = others.filter((picture) => looks.has(picture));
  const alike = (look: keyof Look) =>
    findLookAlikes(
      known,
      visible.map((picture) => looks.get(picture)![look]),
    );
  const [shown, mirrored] = [alike('shown'), alike('mirrored')];
  const nearCopies = new Set(visible.filter((_, i) => (shown[i] ?? mirrored[i]) !== undefined));
  return { copies, nearCopies, told: 'all' };
}

/** The digests of the pictures that a run has trained or chosen on; none where its split.json does not say. */
export function trainedDigests(directory: string): ReadonlySet<string> {
  const record = parseSplitRecord(readJsonIfThere(path.join(directory, 'split.json')));
  return new Set(record && seenBy(record).map(({ digest }) => digest));
}

function seenBy({ train, validation, corrections = [] }: SplitRecord): SplitRecord['train'] {
  return [...train, ...validation, ...corrections];
}

/**
 * The fingerprints of the pictures that a run has trained or chosen on: as recorded, or, for a run of an older version,
 * of the pictures themselves where they still lie as they were. Undefined when one is not to be had.
 */
async function fingerprintsOf(
  seen: SplitRecord['train'],
  directory: string,
  signal: AbortSignal | undefined,
): Promise<Fingerprint[] | undefined> {
  const recorded = seen.map(({ fingerprint }) => fingerprint && fingerprintFrom(fingerprint));
  if (recorded.every((one) => one !== undefined && one !== '')) return recorded as Fingerprint[];
  const { data } = (readJsonIfThere(path.join(directory, 'config.json')) ?? {}) as { data?: unknown };
  if (typeof data !== 'string') return undefined;
  const pictures = seen.map((one) => ({ ...one, label: 0, file: path.resolve(data, one.path) }));
  for (const { file, digest } of pictures)
    if ((await fileDigest(file).catch(() => undefined)) !== digest) return undefined;
  const looks = await fingerprintsNow(pictures, signal);
  return looks.size === seen.length ? [...looks.values()].map(({ shown }) => shown) : undefined;
}

/** Of a picture, and of its mirror image. */
interface Look {
  readonly shown: Fingerprint;
  readonly mirrored: Fingerprint;
}

async function fingerprintsNow(
  pictures: readonly Picture[],
  signal: AbortSignal | undefined,
): Promise<Map<Picture, Look>> {
  const size = look.height * look.width * look.channels;
  const looks = new Map<Picture, Look>();
  const source = decodeBatches(pictures, {
    ...look,
    batchSize: 64,
    onBroken: () => {}, // told of when it is classified
    ...(signal && { signal }),
  });
  for await (const batch of source) {
    for (const [i, picture] of batch.pictures.entries()) {
      const pixels = batch.pixels.subarray(i * size, (i + 1) * size);
      const mirrored = fingerprintOf(mirrorImages(pixels, look), look);
      looks.set(picture, { shown: fingerprintOf(pixels, look), mirrored });
    }
  }
  return looks;
}
