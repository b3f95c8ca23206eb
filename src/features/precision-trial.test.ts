import { expect, test } from 'vitest';
import { pixelsFor, weightsFor } from '../../test/helpers/networks.js';
import { smallMobile } from '../../test/helpers/small-classifier.js';
import { caffeMean } from '../models/preprocessing.js';
import { withPreprocessing } from '../models/compose.js';
import { nativeBinding, tf, usesGpu } from '../runtime/tensorflow.js';
import { compileCalibrating } from './calibrate.js';
import { fidelity } from './fidelity.js';
import { Reference, tryOn } from './precision-trial.js';

const network = smallMobile();
const weighted = withPreprocessing({ network, weights: weightsFor(network) }, caffeMean);
const fast = { ms: 1, referenceMs: 2 };

/** A trial of int8, and how many pictures went through float32 for it. */
function trial(calibrating: number, before?: typeof fast) {
  const full = compileCalibrating(weighted);
  const calibration = full.calibrate([pixelsFor(network, calibrating, 3)]);
  let pictures = 0;
  const counting = {
    ...full,
    runCalibrated: (pixels: Uint8Array, count: number) => {
      pictures += count;
      return full.runCalibrated(pixels, count);
    },
  };
  const heldOut = pixelsFor(network, 5);
  const settings = { precision: 'int8', calibration } as const;
  const { reduced, closeness, speed } = tryOn(weighted, settings, new Reference(counting, heldOut), before)!;
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
  const settings = { precision: 'int8', calibration: full.calibrate([dark]) } as const;
  const heldOut = pixelsFor(network, 5);
  const { reduced, closeness } = tryOn(weighted, settings, new Reference(full, heldOut), fast)!;
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
