import { type CopyKind, copyKinds, sameVersion } from '../data/copies/same-photograph.js';
import { decoderVersion } from '../data/decode.js';
import type { Picture } from '../data/pictures.js';
import sharp from '../runtime/sharp.js';
import { digestOf } from './feature-key.js';
import { keptRows } from './kept-rows.js';
import type { FeatureOptions } from './options.js';

/** Whether two pictures show one photograph, and how the one came about from the other: undefined where they do not. */
export interface Verdict {
  readonly kind: CopyKind | undefined;
}

/** What is known of pairs of pictures. */
export interface Verdicts {
  /** Undefined where the pair has not been decided. */
  known(one: Picture, other: Picture): Verdict | undefined;
  keep(one: Picture, other: Picture, verdict: Verdict): void;
  close(): void;
}

/** The place in `copyKinds` of what is no copy. */
const none = -1;

/**
 * Verdicts on the pairs of a set of pictures, in the cache. They depend on nothing but the two files and the rule: what
 * brought the two together, such as a base, or where a split has put them, has no say in them. A set has a record of its
 * own, so that one of a hundred thousand pictures costs those of others nothing, and goes when it has long been unused.
 */
export function keptVerdicts(pictures: readonly Picture[], options: Pick<FeatureOptions, 'cache'>): Verdicts {
  if (!options.cache) return { known: () => undefined, keep: () => {}, close: () => {} }; // each pair is asked for once
  const key = {
    kept: 'verdicts on pairs',
    rule: sameVersion,
    kinds: copyKinds,
    decoder: { version: decoderVersion, libvips: sharp.versions.vips },
    of: digestOf(pictures.map(({ digest }) => digest).sort()),
  };
  const rows = keptRows(key, [1], options);
  return {
    known(one, other) {
      const place = rows.known(contentsOf(one, other), 1)?.[0];
      return place === undefined ? undefined : { kind: copyKinds[place] };
    },
    keep(one, other, { kind }) {
      rows.add(contentsOf(one, other), 1, Float32Array.of(kind ? copyKinds.indexOf(kind) : none));
    },
    close: () => rows.close(),
  };
}

/** Two pictures in the order in which they are laid over one another, whichever is met first. */
export function inOrder(one: Picture, other: Picture): readonly [Picture, Picture] {
  return one.digest < other.digest ? [one, other] : [other, one];
}

function contentsOf(one: Picture, other: Picture): Buffer[] {
  return inOrder(one, other).map(({ digest }) => Buffer.from(digest));
}
