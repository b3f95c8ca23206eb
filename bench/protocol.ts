/**
 * How engines are asked: each is a process of its own that takes one JSON line on stdin and answers with one on
 * stdout, so that engines of any language take turns and never compute at the same time.
 *
 *     {"call": "load", "outputs": FILE, …}   → {"details": "PyTorch 2.13.0, channels last"}
 *                                            or {"missing": "No module named 'torch'"}
 *     {"call": "round", "repeats": 3}        → {"ms": 3021.5}
 */

/** What an engine is given to load: paths and numbers, each benchmark's own. */
export type Setup = Readonly<Record<string, string | number>>;

export type Call = ({ call: 'load'; outputs: string } & Setup) | { call: 'round'; repeats: number };

export interface Loaded {
  /** Versions and whatever else the engine chose, for people. */
  readonly details: string;
}

/** The engine, or a library that it needs, is not on this machine. */
export interface Missing {
  readonly missing: string;
}

export interface Timed {
  /** Of all repeats together. */
  readonly ms: number;
}
