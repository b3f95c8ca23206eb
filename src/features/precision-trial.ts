/** A frozen network in a lower precision, held against float32: how close it comes, and how fast. */
import type { WeightedNetwork } from '../models/compose.js';
import type { CalibratingPrefix } from './calibrate.js';
import { type BranchSettings, compileIn, PrecisionMissing } from './compile-in.js';
import { type Fidelity, fidelity, leastCosine } from './fidelity.js';
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

/** Whose first half of the pictures comes as close as this is close: others would not bring the mean below `leastCosine`. */
const clearlyClose = leastCosine + 0.003;

/** Turns that two networks take at most, and milliseconds after which there is no further one. */
const turns = { most: 5, milliseconds: 1000 };

/** What float32 puts out for pictures that did not calibrate: computed as far as it is asked for, and once. */
export class Reference {
  readonly full: CalibratingPrefix;
  /** The pictures in two halves; of a single one there is no second. */
  readonly halves: readonly [PixelBatch, ...PixelBatch[]];
  #first: Timed | undefined;
  #others: Float32Array | undefined;

  constructor(full: CalibratingPrefix, pictures: PixelBatch) {
    this.full = full;
    this.halves = inHalves(pictures);
  }

  /** @param calibrated whether the graph that calibrates has run: it is set up then, and the other one need not be. */
  first(calibrated: boolean): Timed {
    const [half] = this.halves;
    return (this.#first ??= calibrated ? once(this.full.runCalibrated, half) : timed(this.full, half));
  }

  /** The outputs for the second half. */
  others(calibrated: boolean): Float32Array {
    const { pixels, count } = this.halves[1]!;
    return (this.#others ??= (calibrated ? this.full.runCalibrated : this.full.run)(pixels, count));
  }
}

function inHalves({ pixels, count }: PixelBatch): [PixelBatch, ...PixelBatch[]] {
  const some = Math.ceil(count / 2);
  const end = (pixels.length / count) * some;
  if (some === count) return [{ pixels, count }];
  return [
    { pixels: pixels.subarray(0, end), count: some },
    { pixels: pixels.subarray(end), count: count - some },
  ];
}

/**
 * Compiles the network in a lower precision and runs it on pictures of which float32's outputs are known: on half of them
 * where that is clear. Unless it was timed `before` or is clearly faster, both run in turns: of a network that takes little
 * time a single turn says more about what else the machine was doing. The shortest of each counts. Undefined where this
 * machine has not got the precision; then, and when anything fails, what was compiled here is closed.
 */
export function tryOn(
  weighted: WeightedNetwork,
  settings: BranchSettings,
  reference: Reference,
  before: Speed | undefined,
): { readonly reduced: Prefix; readonly closeness: Fidelity; readonly speed: Speed } | undefined {
  const calibrated = settings.precision === 'int8';
  const [half] = reference.halves;
  let plain = reference.first(calibrated);
  let reduced: Prefix | undefined;
  try {
    reduced = compileIn(weighted, settings);
    let result = timed(reduced, half);
    const closeness = closenessOf(reduced, result.outputs, reference, calibrated);
    if (before) return { reduced, closeness, speed: before };
    let spent = (plain.ms + result.ms) * half.count;
    const isClear = result.ms < clearlyFaster * plain.ms;
    for (let turn = 1; !isClear && turn < turns.most && spent < turns.milliseconds; turn++) {
      const started = performance.now();
      [plain, result] = [faster(plain, timed(reference.full, half)), faster(result, timed(reduced, half))];
      spent += performance.now() - started;
    }
    return { reduced, closeness, speed: { ms: result.ms, referenceMs: plain.ms } };
  } catch (error) {
    reduced?.dispose();
    if (error instanceof PrecisionMissing) return undefined;
    throw error;
  }
}

/** @param outputs of `reduced`, for the first half. */
function closenessOf(
  reduced: Prefix,
  outputs: Float32Array,
  reference: Reference,
  calibrated: boolean,
): Fidelity {
  const [first, second] = reference.halves;
  const plain = reference.first(calibrated).outputs;
  const some = fidelity(outputs, plain, first.count);
  if (!second || some.cosine >= clearlyClose) return some;
  return fidelity(
    joined(outputs, reduced.run(second.pixels, second.count)),
    joined(plain, reference.others(calibrated)),
    first.count + second.count,
  );
}

function joined(one: Float32Array, other: Float32Array): Float32Array {
  const both = new Float32Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}

interface Timed {
  readonly outputs: Float32Array;
  /** Milliseconds a picture. */
  readonly ms: number;
}

function faster(one: Timed, other: Timed): Timed {
  return other.ms < one.ms ? other : one;
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
