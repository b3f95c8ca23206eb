import { generalisedMeanFloor, rootMeanSquareEpsilon } from '../models/forward.js';
import type { Weights } from '../formats/tensors.js';
import { sizeOf } from '../formats/tensors.js';
import type { PooledHead, PooledPart } from './pooled-head.js';
import type { Question } from './question.js';
import { spread } from './resize-map.js';

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
 * The class activation map (Zhou et al. 2016, section 2): a linear head on pooled features is a sum over places, so
 * the score that is asked about splits exactly into what each place gives, and a constant:
 *
 *     logit_k = Σ_p Σ_c share_pc · v_ck / r  +  constant_k,      v_ck = W_ck · γ_c / √(σ²_c + ε)
 *
 * with W the dense layer, γ and σ² the standardisation, r the root mean square of a part's values: one number a picture,
 * which all places share. share_pc is what place p has of the pooled value: A_pc / P of a mean over P places; all of it,
 * at the place of the maximum; x^k / (P · m^(k−1)) of a generalised mean m of power k, which by Euler's theorem on
 * homogeneous functions is x · ∂m/∂x and adds up to m. Maps of several sizes are added on the finest one's places, of
 * which a coarser place covers several in equal shares. The temperature is in W already.
 *
 * @param activations of one picture at the head's maps, [height, width, channels] each, one after the other.
 */
export function classActivationMap(
  head: PooledHead,
  weights: Weights,
  activations: Float32Array,
  question: Question,
): PlaceMap {
  const pooled = head.parts.map((part) => pool(part, mapOf(head, part, activations)));
  const size = pooled.reduce((sum, { values }) => sum + values.length, 0);
  const { perFeature, constant } = linearForm(head, weights, size, question);
  const finest = head.maps.reduce((a, b) =>
    sizeOf(a.shape.slice(0, 2)) < sizeOf(b.shape.slice(0, 2)) ? b : a,
  );
  const [height, width] = finest.shape as [number, number];
  const values = new Float64Array(height * width);
  let offset = 0;
  for (const [i, part] of head.parts.entries()) {
    const { values: own, divisor } = pooled[i]!;
    const coefficients = perFeature.subarray(offset, offset + own.length);
    offset += own.length;
    const [down, across] = part.map.shape as [number, number];
    const shares = placesOf(part, mapOf(head, part, activations), own, coefficients);
    const grid = spread({ height: down, width: across, values: shares }, height, width);
    for (const [place, value] of grid.entries()) values[place]! += value / divisor;
  }
  return { height, width, values: [...values], constant };
}

/** What a head reads of one picture's maps: pooled, each part divided by its root mean square. */
export function featuresOfMaps(head: PooledHead, activations: Float32Array): number[] {
  return head.parts.flatMap((part) => {
    const { values, divisor } = pool(part, mapOf(head, part, activations));
    return Array.from(values, (value) => value / divisor);
  });
}

/** The logits that a head gives for what it reads of one picture. */
export function logitsOfFeatures(head: PooledHead, weights: Weights, features: readonly number[]): number[] {
  const classes = head.dense?.units ?? features.length;
  return Array.from({ length: classes }, (_, of) => {
    const { perFeature, constant } = linearForm(head, weights, features.length, { of });
    return features.reduce((sum, value, i) => sum + value * perFeature[i]!, constant);
  });
}

/** The values of one of the head's maps. */
function mapOf({ maps }: PooledHead, { map }: PooledPart, activations: Float32Array): Float32Array {
  let start = 0;
  for (const { name, shape } of maps) {
    const size = sizeOf(shape);
    if (name === map.name) return activations.subarray(start, start + size);
    start += size;
  }
  throw new Error(`'${map.name}' is none of the head's maps`);
}

/** A picture's value for each channel, and what these are divided by. */
function pool({ map, pool: kind, normalised }: PooledPart, values: Float32Array) {
  const channels = map.shape[2]!;
  const places = values.length / channels;
  const pooled = new Float64Array(channels).fill(kind === 'maximum' ? -Infinity : 0);
  for (let i = 0; i < values.length; i++) {
    const c = i % channels;
    if (kind === 'average') pooled[c]! += values[i]! / places;
    else if (kind === 'maximum') pooled[c] = Math.max(pooled[c]!, values[i]!);
    else pooled[c]! += Math.max(values[i]!, generalisedMeanFloor) ** kind.power / places;
  }
  if (typeof kind === 'object') {
    for (let c = 0; c < channels; c++) pooled[c] = pooled[c]! ** (1 / kind.power);
  }
  const meanSquare = pooled.reduce((sum, value) => sum + value * value, 0) / channels;
  return { values: pooled, divisor: normalised ? Math.sqrt(meanSquare + rootMeanSquareEpsilon) : 1 };
}

/** For each place what it has of the pooled values, times their coefficients. */
function placesOf(
  { map, pool: kind }: PooledPart,
  values: Float32Array,
  pooled: Float64Array,
  coefficients: Float64Array,
): Float64Array {
  const channels = map.shape[2]!;
  const places = values.length / channels;
  const out = new Float64Array(places);
  const told = new Set<number>();
  for (let i = 0; i < values.length; i++) {
    const c = i % channels;
    const place = Math.floor(i / channels);
    if (kind === 'average') out[place]! += (values[i]! * coefficients[c]!) / places;
    else if (kind === 'maximum') {
      // where several places have the maximum the first one has all of it
      if (values[i] !== pooled[c] || told.has(c)) continue;
      told.add(c);
      out[place]! += values[i]! * coefficients[c]!;
    } else {
      const { power } = kind;
      const value = Math.max(values[i]!, generalisedMeanFloor);
      out[place]! += (coefficients[c]! * value ** power) / (places * pooled[c]! ** (power - 1));
    }
  }
  return out;
}

/** The score as a linear function of the pooled values, each part divided by its root mean square. */
function linearForm(
  { dense, standardise }: PooledHead,
  weights: Weights,
  features: number,
  { of, ratherThan }: Question,
): { perFeature: Float64Array; constant: number } {
  const part = (layer: { readonly name: string }, name: string) => weights.get(`${layer.name}/${name}`)!.data;
  const difference = (row: ArrayLike<number>, start: number) =>
    row[start + of]! - (ratherThan === undefined ? 0 : row[start + ratherThan]!);
  const perFeature = new Float64Array(features);
  if (dense) {
    const kernel = part(dense, 'kernel');
    for (let c = 0; c < features; c++) perFeature[c] = difference(kernel, c * dense.units);
  } else {
    perFeature[of] = 1;
    if (ratherThan !== undefined) perFeature[ratherThan] = -1;
  }
  let constant = dense?.bias ? difference(part(dense, 'bias'), 0) : 0;
  if (standardise) {
    const [gamma, beta, mean, variance] = ['gamma', 'beta', 'mean', 'variance'].map((n) =>
      part(standardise, n),
    );
    for (let c = 0; c < features; c++) {
      const scale = gamma![c]! / Math.sqrt(variance![c]! + standardise.epsilon);
      constant += perFeature[c]! * (beta![c]! - mean![c]! * scale);
      perFeature[c]! *= scale;
    }
  }
  return { perFeature, constant };
}
