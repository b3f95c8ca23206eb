import type { Examples } from '../features/examples.js';
import type { Journal } from './journal.js';

/**
 * One kind of a study's fits: each follows from what all share, the examples and its own part, and from no other fit, so
 * that they may be made in any order and on any machine. `Shared`, `Part` and `Answer` are plain data, the same after a
 * way through JSON.
 */
export interface FitKind<Shared, Part, Answer> {
  /** Under which other machines find the code. */
  readonly name: string;
  /** What people call a part: `fold 2 of 5`. */
  describe(part: Part, shared: Shared): string;
  /** About how much computing a part is, as `headWork` counts it. */
  work(part: Part, fits: Fits<Shared>): number;
  /** Makes ready what all parts need. */
  open(fits: Fits<Shared>, place: FitPlace): OpenFits<Part, Answer>;
}

/** Fits that are to be made, without their parts. */
export interface Fits<Shared> {
  readonly shared: Shared;
  readonly examples: Examples;
  /** The examples' mirror images, where they may be looked at too. */
  readonly mirrored?: Examples | undefined;
}

/** Where a fit is at work. */
export interface FitPlace {
  /** For its own checkpoints, which are gone when it ends. */
  readonly folder: string;
  readonly signal: AbortSignal | undefined;
}

export interface OpenFits<Part, Answer> {
  fit(part: Part): Promise<Answer>;
  /** Gives native memory back. */
  close?(): void;
}

/** Has fits made by others; the answers are in the order of the parts. @param tell how many are done. */
export type FitElsewhere = <Shared, Part, Answer>(
  kind: FitKind<Shared, Part, Answer>,
  fits: Fits<Shared>,
  parts: readonly Part[],
  tell: (done: number) => void,
) => Promise<Answer[]>;

/** A study in which fits are made. */
export interface FittingStudy extends FitPlace {
  readonly journal: Pick<Journal, 'has' | 'once'>;
  /** Here, unless given. */
  readonly elsewhere?: FitElsewhere | undefined;
}

/**
 * Makes fits that do not depend on each other, or has them made, and notes their answers in the order of the parts.
 *
 * @param title sets them apart from the study's other fits.
 * @param tell how many are done.
 * @returns an answer a part.
 */
export async function makeFits<Shared, Part, Answer>(
  { journal, elsewhere, ...place }: FittingStudy,
  title: string,
  kind: FitKind<Shared, Part, Answer>,
  fits: Fits<Shared>,
  parts: readonly Part[],
  tell: (done: number) => void,
): Promise<Answer[]> {
  const key = (part: Part) => `${title} ${JSON.stringify(part)}`;
  const left = parts.filter((part) => !journal.has(key(part)));
  const before = parts.length - left.length;
  const made = new Map<Part, Answer>();
  if (elsewhere && left.length > 0) {
    const answers = await elsewhere(kind, fits, left, (done) => tell(before + done));
    for (const [i, part] of left.entries()) made.set(part, answers[i]!);
  }
  let open: OpenFits<Part, Answer> | undefined;
  const fit = async (part: Part) => made.get(part) ?? (open ??= kind.open(fits, place)).fit(part);
  try {
    const answers: Answer[] = [];
    for (const part of parts) {
      answers.push(await journal.once(key(part), () => fit(part)));
      if (!elsewhere) tell(answers.length);
    }
    tell(parts.length);
    return answers;
  } finally {
    open?.close?.();
  }
}
