import { setImmediate } from 'node:timers/promises';
import { type DecodeOptions, decodeBatches } from '../data/decode.js';
import type { CopyPair } from '../data/copies/copy-groups.js';
import { finest, greyPicture } from '../data/copies/grey-picture.js';
import { copyKind } from '../data/copies/same-photograph.js';
import { lookAlikes } from '../data/duplicates.js';
import type { FileFacts } from '../data/inspect.js';
import type { Picture } from '../data/pictures.js';
import type { Hooks } from '../runtime/progress.js';
import { nearestPairs, type Pair } from './copy-candidates.js';
import { inOrder, keptVerdicts, type Verdict, type Verdicts } from './copy-verdicts.js';
import type { FeatureRows } from './feature-store.js';
import type { Looks } from './looks.js';
import type { FeatureOptions } from './options.js';

/** What pictures are known by. */
export interface Known {
  readonly looks: Pick<Looks, 'fingerprints' | 'mirrored'>;
  readonly facts: ReadonlyMap<string, FileFacts>;
  /** What the frozen base made of them; without, only what looks alike as a whole is found. */
  readonly features?: FeatureRows | undefined;
}

/** Look-alikes of one picture that are looked at: in a folder where all look alike a few tell it. */
const mostAlike = 8;

/**
 * Finds pictures that are copies of one another: the same bytes, or the same photograph resized, recompressed,
 * brightened, cropped, mirrored or slightly turned. What looks alike by its hash, as it is or mirrored, and what
 * is near by its features is laid over one another, which decides.
 *
 * @param options with `cache` what is found of these pictures is kept for the next run on the same.
 */
export async function findCopies(
  pictures: readonly Picture[],
  known: Known,
  hooks: Hooks,
  options: Pick<FeatureOptions, 'cache'> = { cache: false },
): Promise<CopyPair[]> {
  const { first, exact } = byBytes(pictures);
  const visible = first.filter(({ digest }) => known.looks.fingerprints.has(digest));
  const candidates = await candidatePairs(visible, known, hooks.signal);
  const pairs = candidates.map(([a, b]) => inOrder(visible[a]!, visible[b]!));
  const verdicts = keptVerdicts(visible, options);
  try {
    const told = await knownVerdicts(pairs, verdicts, hooks.signal);
    const wanted = new Set(pairs.filter((_, i) => !told[i]).flat());
    const small = await smallPictures(
      visible.filter((picture) => wanted.has(picture)),
      known.facts,
      hooks.signal,
    );
    const all = await laidOver(pairs, told, small, verdicts, hooks);
    const copies = candidates.flatMap(([a, b], i): CopyPair[] => {
      const kind = all[i]?.kind;
      return kind ? [{ one: visible[a]!, other: visible[b]!, kind }] : [];
    });
    return [...exact, ...copies];
  } finally {
    verdicts.close();
  }
}

/** Work between two looks at whether somebody wants it to end: pictures compared by their hashes, pairs. */
const breath = 64;

async function breathe(signal: AbortSignal | undefined): Promise<void> {
  await setImmediate();
  signal?.throwIfAborted();
}

type PicturePair = readonly [Picture, Picture];

async function knownVerdicts(
  pairs: readonly PicturePair[],
  verdicts: Verdicts,
  signal: AbortSignal | undefined,
): Promise<(Verdict | undefined)[]> {
  const told: (Verdict | undefined)[] = [];
  for (const [i, pair] of pairs.entries()) {
    if (i % breath === 0) await breathe(signal);
    told.push(verdicts.known(...pair));
  }
  return told;
}

/** Verdicts on all pairs, those that were not told kept as they come; undefined where a picture cannot be seen. */
async function laidOver(
  pairs: readonly PicturePair[],
  told: readonly (Verdict | undefined)[],
  small: ReadonlyMap<string, SmallPicture>,
  verdicts: Verdicts,
  { onProgress, signal }: Hooks,
): Promise<(Verdict | undefined)[]> {
  const total = pairs.length;
  const tell = (done: number) =>
    onProgress?.({ kind: 'work', stage: 'Looking for copies', done, total, unit: 'pairs' });
  const all = [...told];
  for (const [i, [one, other]] of pairs.entries()) {
    if (i % breath === 0) {
      tell(i);
      await breathe(signal);
    }
    const [a, b] = [small.get(one.digest), small.get(other.digest)];
    if (all[i] || !a || !b) continue;
    const verdict = { kind: copyKind(greyPicture(a.pixels, a.aspect), greyPicture(b.pixels, b.aspect)) };
    verdicts.keep(one, other, verdict);
    all[i] = verdict;
  }
  if (total > 0) tell(total);
  return all;
}

/** The first picture of each digest, and the others with it. */
function byBytes(pictures: readonly Picture[]): { first: Picture[]; exact: CopyPair[] } {
  const first = new Map<string, Picture>();
  const exact: CopyPair[] = [];
  for (const picture of pictures) {
    const before = first.get(picture.digest);
    if (before) exact.push({ one: before, other: picture, kind: 'exact' });
    else first.set(picture.digest, picture);
  }
  return { first: [...first.values()], exact };
}

async function candidatePairs(
  pictures: readonly Picture[],
  { looks: { fingerprints, mirrored }, features }: Known,
  signal: AbortSignal | undefined,
): Promise<Pair[]> {
  const looks = pictures.map(({ digest }) => fingerprints.get(digest)!);
  const alike = lookAlikes(looks);
  const pairs = new Map<number, Pair>();
  const add = ([one, other]: Pair) => {
    const pair: Pair = one < other ? [one, other] : [other, one];
    if (one !== other) pairs.set(pair[0] * pictures.length + pair[1], pair);
  };
  for (const [place, look] of looks.entries()) {
    if (place % breath === 0) await breathe(signal); // among many thousands this takes a while
    for (const asked of [look, mirrored.get(pictures[place]!.digest)!]) {
      let count = 0;
      for (const other of alike(asked)) {
        add([place, other]);
        if (++count > mostAlike) break;
      }
    }
  }
  if (features) {
    const stored = [...pictures.entries()].filter(([, { digest }]) => features.has(digest));
    const { values, width } = pooledFeatures(
      features,
      stored.map(([, { digest }]) => digest),
    );
    for (const [a, b] of await nearestPairs(values, width, undefined, signal))
      add([stored[a]![0], stored[b]![0]]);
  }
  return [...pairs.values()].sort(([a, b], [c, d]) => a - c || b - d);
}

const chunk = 64;

/** Features of pictures, one after the other, averaged over all places where they are maps. */
function pooledFeatures(
  store: FeatureRows,
  digests: readonly string[],
): { values: Float32Array; width: number } {
  const width = store.shape.at(-1)!;
  const places = store.shape.slice(0, -1).reduce((product, side) => product * side, 1);
  const values = new Float32Array(width * digests.length);
  for (let start = 0; start < digests.length; start += chunk) {
    const rows = store.read(digests.slice(start, start + chunk));
    if (places === 1) {
      values.set(rows, start * width);
      continue;
    }
    for (let i = 0; i < rows.length; i++) {
      const picture = start + Math.floor(i / (width * places));
      values[picture * width + (i % width)]! += rows[i]! / places;
    }
  }
  return { values, width };
}

const look = {
  height: finest,
  width: finest,
  channels: 1,
  resize: 'squash',
} as const satisfies DecodeOptions;

/** Of a picture, at the finest level: kept as bytes, which is a fifth of what it is compared by. */
interface SmallPicture {
  readonly pixels: Uint8Array;
  readonly aspect: number;
}

/** By digest. */
async function smallPictures(
  pictures: readonly Picture[],
  facts: Known['facts'],
  signal: AbortSignal | undefined,
): Promise<Map<string, SmallPicture>> {
  const size = finest * finest;
  const small = new Map<string, SmallPicture>();
  const source = decodeBatches(pictures, {
    ...look,
    batchSize: 64,
    onBroken: () => {}, // told of when features are computed
    ...(signal && { signal }),
  });
  for await (const batch of source) {
    for (const [i, { digest }] of batch.pictures.entries()) {
      const { width, height } = facts.get(digest) ?? { width: 1, height: 1 };
      small.set(digest, { pixels: batch.pixels.slice(i * size, (i + 1) * size), aspect: width / height });
    }
  }
  return small;
}
