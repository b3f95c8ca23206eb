import { type CopyKind, copyKinds, sameVersion } from '../data/copies/same-photograph.js';
import { decoderVersion } from '../data/decode.js';
import type { FileFacts } from '../data/inspect.js';
import type { Picture } from '../data/pictures.js';
import sharp from '../runtime/sharp.js';
import { keptRows } from './kept-rows.js';
import type { FeatureOptions } from './options.js';

/** What is known of pairs of pictures: whether they show one photograph. */
export interface Verdicts {
  has(one: Picture, other: Picture): boolean;
  /**
   * How the one came about from the other; undefined where they are no copies.
   *
   * @param decide asked where it is not known; undefined where it cannot be told, which is not kept.
   */
  of(
    one: Picture,
    other: Picture,
    decide: () => { readonly kind: CopyKind | undefined } | undefined,
  ): CopyKind | undefined;
  close(): void;
}

/** The place in `copyKinds` of what is no copy. */
const none = -1;

/**
 * Verdicts in the cache. They depend on nothing but the two files and the rule: what brought the two together, such as a
 * base, or what else lies in the folder, has no say in them.
 */
export function keptVerdicts(
  facts: ReadonlyMap<string, FileFacts>,
  options: Pick<FeatureOptions, 'cache'>,
): Verdicts {
  const decoder = { version: decoderVersion, libvips: sharp.versions.vips };
  const rows = keptRows({ kept: 'verdicts on pairs', rule: sameVersion, decoder }, [1], options);
  const madeOf = (pair: readonly Picture[]) =>
    pair.map(({ digest }) => {
      const { width, height } = facts.get(digest) ?? { width: 1, height: 1 };
      return Buffer.from(`${digest} ${width} ${height}`);
    });
  return {
    has: (one, other) => rows.has(madeOf([one, other]), 1),
    of(one, other, decide) {
      const pair = madeOf([one, other]);
      const told = rows.has(pair, 1) ? undefined : decide();
      if (!told && !rows.has(pair, 1)) return undefined;
      const [place] = rows.rows(pair, 1, () =>
        Float32Array.of(told?.kind ? copyKinds.indexOf(told.kind) : none),
      );
      return copyKinds[place!];
    },
    close: () => rows.close(),
  };
}
