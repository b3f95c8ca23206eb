import { lookAlikes } from '../data/duplicates.js';
import type { FileFacts } from '../data/inspect.js';
import type { Picture } from '../data/pictures.js';
import type { Hooks } from '../runtime/progress.js';
import { breathe } from '../runtime/breathe.js';
import type { FeatureRows } from './feature-store.js';
import type { Looks } from './looks.js';
import { nearestPairs } from './nearest-pairs.js';

/** What pictures are known by. */
export interface Known {
  readonly looks: Pick<Looks, 'fingerprints' | 'mirrored'>;
  readonly facts: ReadonlyMap<string, FileFacts>;
  /** What the frozen base made of them; without, only what looks alike as a whole is found. */
  readonly features?: FeatureRows | undefined;
}

/** Look-alikes of one picture that are looked at: in a folder where all look alike a few tell it. */
const mostAlike = 8;

/** Pictures looked up between two looks at whether somebody wants it to end. */
const breath = 64;

/** Pairs of pictures by their places, each once and in order: eight bytes each. */
export class PlacePairs {
  readonly #size: number;
  readonly #keys: Float64Array;

  constructor(size: number, keys: ReadonlySet<number>) {
    this.#size = size;
    this.#keys = Float64Array.from(keys).sort();
  }

  get length(): number {
    return this.#keys.length;
  }

  at(place: number): readonly [one: number, other: number] {
    const key = this.#keys[place]!;
    return [Math.floor(key / this.#size), key % this.#size];
  }
}

export async function candidatePairs(
  pictures: readonly Picture[],
  { looks: { fingerprints, mirrored }, features }: Known,
  hooks: Hooks,
): Promise<PlacePairs> {
  const size = pictures.length;
  const looks = pictures.map(({ digest }) => fingerprints.get(digest)!);
  const alike = lookAlikes(looks);
  const keys = new Set<number>();
  const add = (one: number, other: number) => {
    if (one !== other) keys.add(Math.min(one, other) * size + Math.max(one, other));
  };
  for (const [place, look] of looks.entries()) {
    if (place % breath === 0) await breathe(hooks.signal); // among many thousands this takes a while
    for (const asked of [look, mirrored.get(pictures[place]!.digest)!]) {
      let count = 0;
      for (const other of alike(asked)) {
        add(place, other);
        if (++count > mostAlike) break;
      }
    }
  }
  if (features) {
    const stored = [...pictures.keys()].filter((place) => features.has(pictures[place]!.digest));
    const { values, width } = pooledFeatures(
      features,
      stored.map((place) => pictures[place]!.digest),
    );
    for (const [a, b] of await nearestPairs(values, width, undefined, hooks)) add(stored[a]!, stored[b]!);
  }
  return new PlacePairs(size, keys);
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
