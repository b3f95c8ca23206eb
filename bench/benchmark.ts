import type { EngineName } from './engines.js';
import type { Setup } from './protocol.js';

/** What the command line says that a benchmark may want to know. */
export interface Options {
  /** Folder of pictures. */
  readonly data: string;
  /** Folder with MNIST's four idx files. */
  readonly mnist?: string;
  readonly threads: number;
}

/** Where and how a benchmark runs. */
export interface RunSettings extends Options {
  /** Turns of each engine; the benchmark's own number unless told. */
  readonly rounds?: number;
  /** Test accuracy that the main job must reach, 0 to 1. */
  readonly target: number;
  /** Pictures in the largest folder of `growth`. */
  readonly most: number;
  /** For whatever is written; gone when the benchmark ends. */
  readonly folder: string;
  /** Says what is going on. */
  readonly say: (line: string) => void;
}

/** A piece of work that several engines do, in turns. */
export interface Benchmark {
  readonly name: string;
  /** Which of the engines' programs does it: `ours/<work>.ts`, `peers/<work>_<library>.py`. */
  readonly work: string;
  /** What is timed, one sentence. */
  readonly title: string;
  readonly unit: 'msPerImage' | 'stepsPerSecond';
  readonly batch: number;
  readonly engines: readonly EngineName[];
  /** How often an engine does the work in one round. */
  readonly repeats: number;
  /** Rounds unless told otherwise. */
  readonly rounds: number;
  /** Writes what all engines read (the same weights, the same pictures) into `folder`. */
  prepare(folder: string, options: Options): Promise<Setup>;
  /** How far an engine's outputs may be from the reference's; see compare.ts. */
  readonly tolerance: number;
  /** How many rows the outputs have, each compared on its own. */
  readonly rows: number;
}

/** One engine's result, as `--json` prints it; `job` and `growth` add what only they know. */
export interface Measurement {
  readonly benchmark: string;
  readonly engine: string;
  readonly batch: number;
  readonly msPerImage?: number;
  readonly stepsPerSecond?: number;
  /**
   * How many times as fast as the fastest peer that computes in float32, the median over the rounds; null when no such
   * peer was measured.
   */
  readonly ratioToBestPeer: number | null;
  /** The same against the fastest peer that computes in the engine's own precision. */
  readonly ratioAtPrecision?: number | null;
}

/** What a benchmark found. */
export interface Report {
  readonly benchmark: string;
  readonly title: string;
  readonly measurements: readonly Measurement[];
  readonly header: readonly string[];
  /** A row of the table for each measurement. */
  readonly rows: readonly (readonly string[])[];
  /** Below the table. */
  readonly note?: string;
  /** Engines that could not be measured, and why. */
  readonly missing: readonly string[];
}
