import { afterEach, expect, test, vi } from 'vitest';
import { pixelsFor, weightsFor } from '../../test/helpers/networks.js';
import { smallMobile } from '../../test/helpers/small-classifier.js';
import { caffeMean } from '../models/preprocessing.js';
import { withPreprocessing } from '../models/compose.js';
import { nativeBinding, tf, usesGpu } from '../runtime/tensorflow.js';
import { compileCalibrating } from './calibrate.js';
import { compileIn } from './compile-in.js';
import { fidelity } from './fidelity.js';
import { Reference, tryOn } from './precision-trial.js';

vi.mock('./compile-in.js', { spy: true });
afterEach(() => vi.restoreAllMocks());

const network = smallMobile();
const weighted = withPreprocessing({ network, weights: weightsFor(network) }, caffeMean);
const fast = { ms: 1, referenceMs: 2 };

/** A trial of int8, and how many pictures went through float32 for it. */
function trial(calibrating: number, before?: typeof fast) {
  const full = compileCalibrating(weighted);
  let pictures = 0;
  const counting = {
    ...full,
    runCalibrated: (pixels: Uint8Array, count: number) => {
      pictures += count;
      return full.runCalibrated(pixels, count);
    },
  };
  const heldOut = pixelsFor(network, 5);
  const reference = new Reference(counting, heldOut);
  const calibration = reference.calibrate([pixelsFor(network, calibrating, 3)]);
  const settings = { precision: 'int8', calibration } as const;
  const { reduced, closeness, speed } = tryOn(weighted, settings, reference, before)!;
  const outputs = reduced.run(heldOut.pixels, 5);
  const ofAll = fidelity(outputs, full.run(heldOut.pixels, 5), 5);
  reduced.dispose();
  full.dispose();
  return { pictures, closeness, speed, ofAll };
}

test.skipIf(usesGpu())('what is clear of half of the pictures is not computed of the others', () => {
  const { pictures, closeness } = trial(16);
  expect(closeness.good).toBe(closeness.cosine >= 0.995);
  expect(pictures).toBe(closeness.cosine >= 0.998 ? 3 : 5);
});

test.skipIf(usesGpu())('what is not clear is decided by all of them, as if they had come at once', () => {
  const full = compileCalibrating(weighted);
  const dark = { pixels: new Uint8Array(pixelsFor(network, 4).pixels.length).fill(1), count: 4 };
  const heldOut = pixelsFor(network, 5);
  const reference = new Reference(full, heldOut);
  const settings = { precision: 'int8', calibration: reference.calibrate([dark]) } as const;
  const { reduced, closeness } = tryOn(weighted, settings, reference, fast)!;
  const [ours, plain] = [reduced, full].map((prefix) => prefix.run(heldOut.pixels, 5));
  expect(closeness.good).toBe(false);
  expect(closeness.cosine).toBeCloseTo(fidelity(ours!, plain!, 5).cosine, 6);
  reduced.dispose();
  full.dispose();
});

test.skipIf(usesGpu())('what was timed before is not timed again; nothing is left open', () => {
  const counts = () => [nativeBinding().getNumOfSavedModels(), tf.memory().numTensors];
  const before = counts();
  expect(trial(8, fast).speed).toBe(fast);
  expect(trial(8).speed).not.toBe(fast);
  expect(counts()).toEqual(before);
});

/** The runs of both graphs of float32, and of a lower precision, that take as long as is said, by a clock that nobody else moves. */
function madeUp(milliseconds: { calibrated: number; plain: number; reduced: number }) {
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  const runs = { calibrated: 0, plain: 0, reduced: 0 };
  const running = (which: keyof typeof runs) => (_: Uint8Array, count: number) => {
    runs[which] += 1;
    now += milliseconds[which] * count;
    return new Float32Array(count).fill(1);
  };
  const prefix = { shape: [1], dispose: () => {} };
  const full = { ...prefix, run: running('plain'), runCalibrated: running('calibrated') };
  const reference = new Reference({ ...full, calibrate: () => ({ ranges: {} }) }, pixelsFor(network, 4));
  vi.mocked(compileIn).mockReturnValue({ ...prefix, run: running('reduced') });
  const settings = { precision: 'int8', calibration: reference.calibrate([]) } as const;
  return {
    runs,
    milliseconds,
    reference,
    time: () => tryOn(weighted, settings, reference, undefined)!.speed,
  };
}

test('what is clearly faster in readings long enough is not timed again', () => {
  const { runs, time } = madeUp({ calibrated: 200, plain: 190, reduced: 50 });
  expect(time()).toEqual({ ms: 50, referenceMs: 200 });
  expect(runs).toEqual({ calibrated: 1, plain: 0, reduced: 2 });
});

test('one short reading decides nothing, however clear', () => {
  const { time } = madeUp({ calibrated: 2, plain: 1, reduced: 0.5 });
  expect(time()).toEqual({ ms: 0.5, referenceMs: 1 });
});

test('what is not clear is timed against the graph that only computes, however long that takes', () => {
  const { runs, time } = madeUp({ calibrated: 10_000, plain: 9000, reduced: 8000 });
  expect(time()).toEqual({ ms: 8000, referenceMs: 9000 });
  expect(runs).toEqual({ calibrated: 1, plain: 2, reduced: 4 });
});

test('float32 keeps its shortest time and its outputs for all that is held against it', () => {
  const { runs, milliseconds, time, reference } = madeUp({ calibrated: 1100, plain: 1000, reduced: 900 });
  time();
  expect(reference.ms).toBe(1000);
  milliseconds.plain = 1050;
  expect(time()).toEqual({ ms: 900, referenceMs: 1000 });
  expect(runs.calibrated).toBe(1);
  const { plain } = runs;
  reference.others();
  expect(runs).toMatchObject({ calibrated: 2, plain });
});
