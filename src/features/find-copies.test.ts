import fs from 'node:fs';
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { scratchFolders } from '../../test/helpers/scratch.js';
import { type DecodeOptions, decodePicture } from '../data/decode.js';
import { fingerprintOf } from '../data/fingerprint.js';
import type { Picture } from '../data/pictures.js';
import * as sameVerdict from '../data/copies/same-photograph.js';
import { fileDigest } from '../runtime/file-digest.js';
import type { Progress } from '../runtime/progress.js';
import { findCopies } from './find-copies.js';

const { scratch } = scratchFolders();
const look: DecodeOptions = { height: 64, width: 72, channels: 3, resize: 'squash' };

vi.mock('../data/copies/same-photograph.js', { spy: true });
beforeEach(() => vi.stubEnv('FINETUNE_CACHE', scratch()));
afterEach(() => {
  vi.unstubAllEnvs();
  vi.clearAllMocks();
});

/** A drawing of twelve discs, another for each seed. */
function drawing(seed: number): Sharp {
  const discs = Array.from({ length: 12 }, (_, i) => {
    const at = (n: number) => ((seed + 1) * (i + 1) * n * 7919) % 200;
    return `<circle cx="${at(1)}" cy="${at(2)}" r="${20 + (at(3) % 40)}" fill="rgb(${at(4)},${at(5)},${at(6)})"/>`;
  });
  return sharp(Buffer.from(`<svg width="200" height="200">${discs.join('')}</svg>`)).flatten({
    background: '#888',
  });
}

async function folder(): Promise<{ pictures: Picture[]; known: Parameters<typeof findCopies>[1] }> {
  const where = scratch();
  const made = [
    ...[0, 1, 2, 3].map((seed) => drawing(seed).png()),
    drawing(1).jpeg({ quality: 70 }).resize(150),
    sharp(await drawing(2).flop().png().toBuffer())
      .linear(1.05, 0)
      .png(),
  ];
  const pictures: Picture[] = [];
  const [fingerprints, mirrored] = [new Map(), new Map()];
  for (const [i, one] of made.entries()) {
    const bytes = await one.toBuffer();
    const file = path.join(where, `${i}`);
    fs.writeFileSync(file, bytes);
    const picture = { path: `${i}`, file, digest: await fileDigest(file), label: 0 };
    pictures.push(picture);
    fingerprints.set(picture.digest, fingerprintOf(await decodePicture(bytes, look), look));
    const flopped = await sharp(bytes).flop().png().toBuffer();
    mirrored.set(picture.digest, fingerprintOf(await decodePicture(flopped, look), look));
  }
  const facts = new Map(pictures.map(({ digest }) => [digest, { width: 200, height: 200 }]));
  return { pictures, known: { looks: { fingerprints, mirrored }, facts } as never };
}

const pairsOf = (found: Awaited<ReturnType<typeof findCopies>>) =>
  found.map(({ one, other, kind }) => [...[one.path, other.path].sort(), kind].join(' ')).sort();

describe('copies among some pictures', () => {
  const expected = ['1 4 resized or recompressed', '2 5 mirrored'];

  test('are found, in whatever order the pictures come, and asked for once', async () => {
    const { pictures, known } = await folder();
    expect(pairsOf(await findCopies(pictures, known, {}, { cache: true }))).toEqual(expected);
    const asked = vi.mocked(sameVerdict.copyKind).mock.calls.length;
    expect(asked).toBeGreaterThan(0);
    const turned = pictures.toReversed();
    expect(pairsOf(await findCopies(turned, known, {}, { cache: true }))).toEqual(expected);
    expect(vi.mocked(sameVerdict.copyKind)).toHaveBeenCalledTimes(asked);
  });

  test('are looked for anew without a cache', async () => {
    const { pictures, known } = await folder();
    await findCopies(pictures, known, {});
    const asked = vi.mocked(sameVerdict.copyKind).mock.calls.length;
    expect(pairsOf(await findCopies(pictures, known, {}))).toEqual(expected);
    expect(vi.mocked(sameVerdict.copyKind)).toHaveBeenCalledTimes(2 * asked);
  });

  test('say when the last pair is done, and where all is known before need no file', async () => {
    const { pictures, known } = await folder();
    const told: string[] = [];
    const onProgress = (progress: Progress) => {
      if (progress.kind === 'work' && progress.unit === 'pairs')
        told.push(`${progress.done} of ${progress.total}`);
    };
    await findCopies(pictures, known, { onProgress }, { cache: true });
    const [, total] = told.at(-1)!.split(' of ');
    expect(told).toEqual([`0 of ${total}`, `${total} of ${total}`]);
    vi.stubEnv('TMPDIR', path.join(scratch(), 'missing'));
    expect(pairsOf(await findCopies(pictures, known, { onProgress }, { cache: true }))).toEqual(expected);
    expect(told).toHaveLength(2);
  });

  test('are no longer looked for once nobody wants them', async () => {
    const { pictures, known } = await folder();
    const gone = AbortSignal.abort();
    await expect(findCopies(pictures, known, { signal: gone })).rejects.toThrow(/abort/i);
  });
});
