/** What an ONNX model needs to know of a run besides its network. */
import { type DecodeOptions, letterboxColour, letterboxGrey } from '../data/decode.js';
import type { Int8Layers } from '../export/onnx-int8.js';
import type { OnnxResize } from '../export/onnx-resize.js';
import { eightBitsOf } from '../features/eight-bits.js';
import { foldForInt8 } from '../features/int8-weights.js';
import { networkUpTo } from '../models/network.js';
import { ownWeights } from '../models/network-weights.js';
import { UserError } from '../runtime/errors.js';
import type { SavedClassifier } from './classifier.js';

/** Resizing inside the model, as the run resizes. */
export function onnxResize({ resize, channels }: DecodeOptions): OnnxResize {
  if (resize !== 'letterbox') return { way: resize };
  const { r, g, b } = letterboxColour;
  return { way: resize, bars: channels === 1 ? [letterboxGrey] : [r, g, b] };
}

/**
 * The layers that the run computed in eight-bit integers, with the ranges that it measured on its own pictures. A
 * convolution that reads pixels stays in float32: what it reads in integers is the picture with one channel more.
 *
 * @throws UserError of a run that computed in another precision: it has measured none.
 */
export function int8Layers({ network, weights, cut, prefix }: SavedClassifier): Int8Layers {
  if (prefix.precision !== 'int8') {
    throw new UserError(
      `Expected a run that computed in int8 for --int8 but this one computed in ${prefix.precision}, so it has measured no ranges. Train it with --precision int8, or export without --int8.`,
    );
  }
  const frozen = networkUpTo(network, cut);
  const { calibration } = prefix;
  const { plan, ...folded } = foldForInt8(
    { network: frozen, weights: ownWeights(frozen, weights) },
    calibration,
  );
  return {
    cut,
    frozen: folded,
    integer: new Set([...plan.integer].filter((name) => !plan.pixels.has(name))),
    sums: plan.sums,
    largestWeight: plan.largestWeight,
    bits: new Map(Object.keys(calibration.ranges).map((name) => [name, eightBitsOf(calibration, name)])),
  };
}
