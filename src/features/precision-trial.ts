/** A frozen network in a lower precision, held against float32: how close it comes, and how fast. */
import type { WeightedNetwork } from '../models/compose.js';
import type { CalibratingPrefix, Calibration } from './calibrate.js';
import { type BranchSettings, compileIn, PrecisionMissing } from './compile-in.js';
import { type Fidelity, fidelity, leastCosine } from './fidelity.js';
import { joined } from '../runtime/joined.js';
import { partOf } from './pixel-batches.js';
import type { PixelBatch, Prefix } from './prefix.js';

/** Milliseconds a picture of a lower precision, and of float32, on one kind of machine. */
export interface Speed {
  readonly ms: number;
  readonly referenceMs: number;
}

/** Of float32's time: with `auto` less is not worth the difference, nor safe from a noisy clock. */
export const worthwhile = 0.85;

/** Of float32's time: what needs less by the first clock is not timed again. It could take twice as long. */
const clearlyFaster = worthwhile / 2;

/** Milliseconds that both take together before what is clearly faster is believed: a hiccup is as long as a short reading. */
const longEnough = 300;

/**
 * Whose first half of the pictures comes as close as this is close: the others are not expected to bring the mean below
 * `leastCosine`.
 */
const clearlyClose = leastCosine + 0.003;

/** Turns that two networks take after their first readings: at most so many, and but one once so many milliseconds are spent. */
const turns = { most: 4, milliseconds: 1000 };

/**
 * What float32 puts out for pictures that did not calibrate, and how long it takes: computed as far as it is asked for, and
 * once for all that is held against it.
 */
export class Reference {
  /** The pictures in two halves; of a single one there is no second. */
  readonly halves: readonly [PixelBatch, ...PixelBatch[]];
  readonly #full: CalibratingPrefix;
  #hasCalibrated = false;
  #first: Timed | undefined;
  #others: Float32Array | undefined;
  /** Shortest time of the graph that does nothing else, once that was timed. */
  #ms: number | undefined;

  constructor(full: CalibratingPrefix, pictures: PixelBatch) {
    this.#full = full;
    this.halves = inHalves(pictures);
  }

  /** As the network does; the graph that calibrates is set up then, and gives the outputs too. */
  calibrate(batches: readonly PixelBatch[]): Calibration {
    const calibration = this.#full.calibrate(batches);
    this.#hasCalibrated = true;
    return calibration;
  }

  /** The outputs for the first half. */
  first(): Float32Array {
    return this.#once().outputs;
  }

  /** The outputs for the second half. */
  others(): Float32Array {
    const { pixels, count } = this.halves[1]!;
    return (this.#others ??= (this.#hasCalibrated ? this.#full.runCalibrated : this.#full.run)(
      pixels,
      count,
    ));
  }

  /**
   * Milliseconds a picture, the shortest so far. Before `timeAgain` it may be that of the graph that calibrates, which takes
   * 6 to 8 % more: enough to see what is clear.
   */
  get ms(): number {
    return this.#ms ?? this.#once().ms;
  }

  /** Takes the time again, of the graph that only computes. */
  timeAgain(): void {
    const { ms } = timed(this.#full, this.halves[0]);
    this.#ms = Math.min(ms, this.#ms ?? ms);
  }

  #once(): Timed {
    if (this.#first) return this.#first;
    const [half] = this.halves;
    if (this.#hasCalibrated) return (this.#first = once(this.#full.runCalibrated, half));
    this.#first = timed(this.#full, half);
    this.#ms = this.#first.ms;
    return this.#first;
  }
}

function inHalves(pictures: PixelBatch): [PixelBatch, ...PixelBatch[]] {
  const { count } = pictures;
  const some = Math.ceil(count / 2);
  if (some === count) return [pictures];
  return [partOf(pictures, 0, some), partOf(pictures, some, count)];
}

/**
 * Compiles the network in a lower precision and runs it on pictures of which float32's outputs are known: on half of them
 * where that is clear. Unless it was timed `before` or is clearly faster, both run in turns, once at least: of a network that
 * takes little time a single turn says more about what else the machine was doing. The shortest of each counts. Undefined
 * where this machine has not got the precision; then, and when anything fails, what was compiled here is closed.
 */
export function tryOn(
  weighted: WeightedNetwork,
  settings: BranchSettings,
  reference: Reference,
  before: Speed | undefined,
): { readonly reduced: Prefix; readonly closeness: Fidelity; readonly speed: Speed } | undefined {
  reference.first();
  let reduced: Prefix | undefined;
  try {
    reduced = compileIn(weighted, settings);
    const [half] = reference.halves;
    reduced.run(half.pixels, half.count); // with as many pictures as there are threads each sets up its own
    const { outputs, ms } = once(reduced.run, half);
    const closeness = closenessOf(reduced, outputs, reference);
    return { reduced, closeness, speed: before ?? speedOf(reduced, ms, reference) };
  } catch (error) {
    reduced?.dispose();
    if (error instanceof PrecisionMissing) return undefined;
    throw error;
  }
}

/** @param first milliseconds a picture that `reduced` took already. */
function speedOf(reduced: Prefix, first: number, reference: Reference): Speed {
  const [half] = reference.halves;
  let ms = first;
  let spent = (reference.ms + ms) * half.count;
  for (let turn = 0; turn < turns.most; turn++) {
    if (spent > longEnough && ms < clearlyFaster * reference.ms) break;
    if (turn > 0 && spent >= turns.milliseconds) break;
    const started = performance.now();
    reference.timeAgain();
    ms = Math.min(ms, timed(reduced, half).ms);
    spent += performance.now() - started;
  }
  return { ms, referenceMs: reference.ms };
}

/** @param outputs of `reduced`, for the first half. */
function closenessOf(reduced: Prefix, outputs: Float32Array, reference: Reference): Fidelity {
  const [first, second] = reference.halves;
  const some = fidelity(outputs, reference.first(), first.count);
  if (!second || some.cosine >= clearlyClose) return some;
  return fidelity(
    joined([outputs, reduced.run(second.pixels, second.count)]),
    joined([reference.first(), reference.others()]),
    first.count + second.count,
  );
}

interface Timed {
  readonly outputs: Float32Array;
  /** Milliseconds a picture. */
  readonly ms: number;
}

/** Timed once everything is set up, which the first picture does. */
function timed(prefix: Prefix, batch: PixelBatch): Timed {
  prefix.run(batch.pixels.subarray(0, batch.pixels.length / batch.count), 1);
  return once(prefix.run, batch);
}

function once(run: Prefix['run'], { pixels, count }: PixelBatch): Timed {
  const started = performance.now();
  const outputs = run(pixels, count);
  return { outputs, ms: (performance.now() - started) / count };
}
