import { rootMeanSquareEpsilon } from '../models/forward.js';
import type { Weights } from '../formats/tensors.js';
import type { AveragedHead } from './averaged-head.js';
import type { Question } from './question.js';

/** What each place of a map contributes. */
export interface PlaceMap {
  readonly height: number;
  readonly width: number;
  /** Row by row. */
  readonly values: readonly number[];
  /** What belongs to no place. Of a class activation map: the score less all places. */
  readonly constant?: number;
}

/**
 * The class activation map (Zhou et al. 2016, section 2): a linear head on averaged features is a sum over places, so
 * the score that is asked about splits exactly into what each place gives, and a constant:
 *
 *     logit_k = Σ_p Σ_c A_pc · v_ck / (P · r)  +  constant_k,      v_ck = W_ck · γ_c / √(σ²_c + ε)
 *
 * with P places, W the dense layer, γ and σ² the standardisation. r is the root mean square of the picture's means:
 * one number a picture, which all places share. The temperature is in W already.
 *
 * @param activations of one picture at the head's map, [height, width, channels].
 */
export function classActivationMap(
  head: AveragedHead,
  weights: Weights,
  activations: Float32Array,
  question: Question,
): PlaceMap {
  const [height, width, channels] = head.map.shape as [number, number, number];
  const places = height * width;
  const { perChannel, constant } = linearForm(head, weights, channels, question);
  const means = new Float64Array(channels);
  for (let i = 0; i < activations.length; i++) means[i % channels]! += activations[i]! / places;
  const meanSquare = means.reduce((sum, mean) => sum + mean * mean, 0) / channels;
  const divisor = head.normalised ? Math.sqrt(meanSquare + rootMeanSquareEpsilon) : 1;
  const values = Array.from({ length: places }, (_, place) => {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += activations[place * channels + c]! * perChannel[c]!;
    return sum / (places * divisor);
  });
  return { height, width, values, constant };
}

/** The score as a linear function of the (normalised) means. */
function linearForm(
  { dense, standardise }: AveragedHead,
  weights: Weights,
  channels: number,
  { of, ratherThan }: Question,
): { perChannel: Float64Array; constant: number } {
  const part = (layer: { readonly name: string }, name: string) => weights.get(`${layer.name}/${name}`)!.data;
  const difference = (row: ArrayLike<number>, start: number) =>
    row[start + of]! - (ratherThan === undefined ? 0 : row[start + ratherThan]!);
  const perChannel = new Float64Array(channels);
  if (dense) {
    const kernel = part(dense, 'kernel');
    for (let c = 0; c < channels; c++) perChannel[c] = difference(kernel, c * dense.units);
  } else {
    perChannel[of] = 1;
    if (ratherThan !== undefined) perChannel[ratherThan] = -1;
  }
  let constant = dense?.bias ? difference(part(dense, 'bias'), 0) : 0;
  if (standardise) {
    const [gamma, beta, mean, variance] = ['gamma', 'beta', 'mean', 'variance'].map((n) =>
      part(standardise, n),
    );
    for (let c = 0; c < channels; c++) {
      const scale = gamma![c]! / Math.sqrt(variance![c]! + standardise.epsilon);
      constant += perChannel[c]! * (beta![c]! - mean![c]! * scale);
      perChannel[c]! *= scale;
    }
  }
  return { perChannel, constant };
}
