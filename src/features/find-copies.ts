import type { CopyPair } from '../data/copies/copy-groups.js';
import { copyKind } from '../data/copies/same-photograph.js';
import type { Picture } from '../data/pictures.js';
import type { Hooks } from '../runtime/progress.js';
import { breathe } from '../runtime/breathe.js';
import { candidatePairs, type Known, type PlacePairs } from './copy-candidates.js';
import { inOrder, keptVerdicts, type Verdict, type Verdicts } from './copy-verdicts.js';
import type { FeatureOptions } from './options.js';
import { smallPictures } from './small-pictures.js';

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
  const pairs = await candidatePairs(visible, known, hooks);
  const verdicts = keptVerdicts(visible, options);
  try {
    return [...exact, ...(await decided(visible, pairs, known.facts, verdicts, hooks))];
  } finally {
    verdicts.close();
  }
}

/** Pairs decided between two looks at whether somebody wants it to end. */
const breath = 64;

/** Of pairs those that are copies: as is known of them, else by laying the two over one another. */
async function decided(
  pictures: readonly Picture[],
  pairs: PlacePairs,
  facts: Known['facts'],
  verdicts: Verdicts,
  hooks: Hooks,
): Promise<CopyPair[]> {
  const { onProgress, signal } = hooks;
  const copies = new Map<number, CopyPair>();
  const undecided: number[] = [];
  const add = (place: number, { kind }: Verdict) => {
    const [one, other] = pairs.at(place);
    if (kind) copies.set(place, { one: pictures[one]!, other: pictures[other]!, kind });
  };
  const picturesOf = (place: number) => {
    const [one, other] = pairs.at(place);
    return inOrder(pictures[one]!, pictures[other]!);
  };
  for (let place = 0; place < pairs.length; place++) {
    if (place % breath === 0) await breathe(signal);
    const verdict = verdicts.known(...picturesOf(place));
    if (verdict) add(place, verdict);
    else undecided.push(place);
  }
  if (undecided.length > 0) {
    const wanted = new Set<Picture>();
    for (const place of undecided) for (const picture of picturesOf(place)) wanted.add(picture);
    const small = await smallPictures([...wanted], facts, hooks);
    const tell = (done: number) =>
      onProgress?.({
        kind: 'work',
        stage: 'Looking for copies',
        done,
        total: undecided.length,
        unit: 'pairs',
      });
    try {
      for (const [i, place] of undecided.entries()) {
        if (i % breath === 0) {
          tell(i);
          await breathe(signal);
        }
        const [one, other] = picturesOf(place);
        const [a, b] = [small.read(one), small.read(other)];
        if (!a || !b) continue;
        const verdict = { kind: copyKind(a, b) };
        verdicts.keep(one, other, verdict);
        add(place, verdict);
      }
      tell(undecided.length);
    } finally {
      small.close();
    }
  }
  return [...copies].sort(([a], [b]) => a - b).map(([, copy]) => copy);
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
