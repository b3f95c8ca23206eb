import type { Picture } from '../data/pictures.js';

/** What another classifier is asked: the pictures that one has answered. */
export interface Compared {
  readonly pictures: readonly Picture[];
  /** The folder's classes, and what each is known by in answers. */
  readonly labels: readonly string[];
  readonly keys: readonly string[];
  /** All that may be an answer. */
  readonly known: ReadonlySet<string>;
  /** Whether pictures count that the other has trained or chosen on. */
  readonly includeTrained: boolean;
}

export interface OtherAnswers {
  /** By the picture's path: whether the answer was right. */
  readonly right: ReadonlyMap<string, boolean>;
  /** By the picture's path: the answer, by the key of the folder's class where it is one. */
  readonly answers: ReadonlyMap<string, string>;
  /** Pictures without an answer that may be compared. */
  readonly unmatched: readonly { readonly count: number; readonly reason: string }[];
  /** What a person should know, a sentence each. */
  readonly remarks: readonly string[];
}
