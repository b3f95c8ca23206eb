import { z } from 'zod';
import { UserError } from '../runtime/errors.js';
import { type Fingerprint, fingerprintText } from './fingerprint.js';
import { counted, listed, type Picture } from './pictures.js';
import type { ScannedFolder } from './scan.js';
import type { Split } from './split.js';

const entry = z.object({
  path: z.string().min(1),
  digest: z.string().regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 digest, 64 hexadecimal digits'),
  /** Of a picture that trained or chose, to know copies of it by; absent in records of older versions. */
  fingerprint: z.string().exactOptional(),
});

const recordSchema = z.object({
  version: z.literal(1),
  seed: z.number().int(),
  heldOut: z.enum(['test', 'val']),
  how: z.string(),
  labels: z.array(z.string()).min(2),
  train: z.array(entry).min(1),
  validation: z.array(entry).min(1),
  test: z.array(entry).min(1),
  /** Of a corrected run: what it was trained on beside these, from a folder of its own. */
  corrections: z.array(entry).exactOptional(),
});

/** What split.json holds. */
export type SplitRecord = z.infer<typeof recordSchema>;

/**
 * A split as data for split.json: paths relative to the data folder and digests, part by part, and what copies of the
 * pictures that train or choose can be told by.
 */
export function splitRecord(
  split: Split,
  labels: readonly string[],
  seed: number,
  fingerprints: ReadonlyMap<string, Fingerprint> = new Map(),
): SplitRecord {
  const entries = (pictures: readonly Picture[]) => pictures.map(({ path, digest }) => ({ path, digest }));
  const seen = (pictures: readonly Picture[]) =>
    entries(pictures).map((one) => {
      const fingerprint = fingerprints.get(one.digest);
      return fingerprint ? { ...one, fingerprint: fingerprintText(fingerprint) } : one;
    });
  return {
    version: 1,
    seed,
    heldOut: split.heldOut,
    how: split.how,
    labels: [...labels],
    train: seen(split.train),
    validation: seen(split.validation),
    test: entries(split.test),
  };
}

/** What a split.json holds; undefined when it is none. */
export function parseSplitRecord(value: unknown): SplitRecord | undefined {
  return recordSchema.safeParse(value).data;
}

/**
 * The split that a split.json describes, with the pictures of `folder`.
 * Throws a UserError that names every fault at once: pictures that are missing or have changed, pictures in two
 * parts or twice in one, other classes.
 */
export function applySplitRecord(record: unknown, folder: ScannedFolder): Split {
  const parsed = recordSchema.safeParse(record);
  if (!parsed.success) {
    const lines = parsed.error.issues.map(
      ({ path, message }) => `${path.join('.') || 'the file'}: ${message}`,
    );
    throw new UserError(
      `Expected a split.json of finetune but found ${counted(lines.length, 'fault')}:${listed(lines)}`,
    );
  }
  const saved = parsed.data;
  const pictures = new Map(
    Object.values(folder.parts).flatMap((part) => part.map((picture) => [picture.path, picture] as const)),
  );
  const faults =
    saved.labels.every((label, i) => label === folder.labels[i]) &&
    saved.labels.length === folder.labels.length
      ? []
      : [`classes: saved ${saved.labels.join(', ')}; the folder has ${folder.labels.join(', ')}`];
  const partOf = new Map<string, string>();
  const used = new Set<Picture>();

  const find = (part: 'train' | 'validation' | 'test') =>
    saved[part].flatMap(({ path, digest }) => {
      const picture = pictures.get(path.normalize('NFC'));
      const other = partOf.get(digest);
      partOf.set(digest, part);
      if (!picture) faults.push(`${path}: not in the folder, or cannot be used`);
      else if (picture.digest !== digest) faults.push(`${path}: its bytes have changed`);
      else if (other && other !== part) faults.push(`${path}: in ${other} and in ${part}`);
      else if (used.has(picture)) faults.push(`${path}: twice in ${part}`);
      else {
        used.add(picture);
        return [picture];
      }
      return [];
    });
  const [train, validation, test] = [find('train'), find('validation'), find('test')];
  if (faults.length > 0) {
    throw new UserError(
      `Expected the pictures of the saved split in '${folder.root}' but found ${counted(faults.length, 'fault')}:${listed(faults)}`,
    );
  }
  const unused = pictures.size - train.length - validation.length - test.length;
  return {
    train,
    validation,
    test,
    heldOut: saved.heldOut,
    how: `As saved: ${saved.how}`,
    warnings:
      unused > 0
        ? [`${counted(unused, 'picture')} of the folder in no part of the saved split, not used.`]
        : [],
  };
}
