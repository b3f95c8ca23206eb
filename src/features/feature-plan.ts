import type { BaseOptions } from './options.js';
import { inputOf, type InputShape, type Network, outputOf } from '../models/network.js';
import {
  type FeaturePart,
  hasMap,
  layerAtDepth,
  partSize,
  poolNames,
  type PoolName,
  takesAnySize,
} from '../models/pooled-features.js';
import type { ModelSpec } from '../models/registry.js';
import { didYouMean, messageOf, UserError } from '../runtime/errors.js';
import { networkCosts } from '../summary/network-costs.js';

/** What a base is to make of a picture. */
export interface FeaturePlan {
  /** The base without its classifier, at the planned input size. */
  readonly network: Network;
  readonly parts: readonly PlannedPart[];
  /** One line for people. */
  readonly why: string;
}

export interface PlannedPart extends FeaturePart {
  /** How many values it has. */
  readonly size: number;
  /** What its values are multiplied by beside those of the other parts. */
  readonly weight: number;
  /** Whether the head may do without it, as cross-validation says. */
  readonly optional: boolean;
}

/** Multiply-adds that fit into about a minute on two cores in int8: VGG-16 at 320 × 320 takes 31.6 G, and 32 ms with VNNI. */
export const minute = 60e12;
/** What a picture costs at least: networks of few multiply-adds take their time for moving maps, and decoding takes its. */
const leastCost = 8e9;

/** How many pixels more a side a larger input has: 320 where a network was made for 224. */
const more = 96;

/**
 * What of a layer below the last one counts beside it: it has more places and less meaning (`docs/decisions.md`).
 */
const lowerWeight = 0.5;

/** What of the options decides. */
export type PlanOptions = BaseOptions & {
  readonly solver: 'steps' | 'exact';
  readonly unfreeze?: string | undefined;
  readonly fromScratch?: boolean | undefined;
  readonly augment?: string | undefined;
};

/**
 * Plans the size of the input and which maps are pooled how. Where the options leave it open, a head that is trained in
 * steps, or together with the base, gets what it was measured with: the network's own size and the average of its last
 * map. One that is solved gets two ways of pooling, the stage before the last one if cross-validation says so, and a
 * larger input if there are few enough pictures.
 *
 * @param pictures how many there are in all. Nothing else about them, nor any clock, decides.
 * @throws UserError when a depth, a way of pooling or a size is none of the base's.
 */
export function planFeatures(spec: ModelSpec, options: PlanOptions, pictures: number): FeaturePlan {
  const own = spec.buildBase();
  const { network, why } = sized(spec, own, options, pictures);
  const parts = plannedParts(spec, network, options);
  return { network, parts, why };
}

function sized(
  spec: ModelSpec,
  own: Network,
  options: PlanOptions,
  pictures: number,
): { network: Network; why: string } {
  const { input } = options;
  const [side, , channels] = spec.inputShape;
  const asText = (pixels: number) => `${pixels} × ${pixels} pixels`;
  if (input !== 'auto') {
    if (!takesAnySize(own) && input !== side) {
      throw new UserError(
        `Expected no --input with ${spec.name}, whose layers read a whole map: it takes ${asText(side)} only.`,
      );
    }
    return { network: built(spec, [input, input, channels]), why: `Input ${asText(input)}, as asked for` };
  }
  if (!isThorough(options) || !takesAnySize(own)) {
    return { network: own, why: `Input ${asText(side)}, the network's own` };
  }
  const larger = built(spec, [side + more, side + more, channels]);
  const cost = pictureCost(larger);
  const most = Math.floor(minute / cost);
  return pictures <= most
    ? { network: larger, why: `Input ${asText(side + more)}, for there are no more than ${most} pictures` }
    : { network: own, why: `Input ${asText(side)}, for there are more than ${most} pictures` };
}

/** Multiply-adds that a picture costs, or what takes as long. */
export function pictureCost(network: Network): number {
  return Math.max(leastCost, networkCosts(network).totals.multiplyAdds);
}

function built(spec: ModelSpec, shape: InputShape): Network {
  try {
    return spec.buildBase(shape);
  } catch (error) {
    throw new UserError(
      `Expected --input to be large enough for ${spec.name} but received ${shape[0]}: ${messageOf(error)}.`,
    );
  }
}

function plannedParts(spec: ModelSpec, network: Network, options: PlanOptions): PlannedPart[] {
  const asked = options.pool === 'auto' ? undefined : poolsOf(options.pool);
  const depths = options.features === 'auto' ? undefined : namesOf(options.features);
  if (!hasMap(outputOf(network))) {
    if (asked || depths) {
      const flag = asked ? '--pool' : '--features';
      throw new UserError(
        `Expected no ${flag} with ${spec.name}: its last layer has no places to pool over.`,
      );
    }
    return [planned(network, { layer: spec.transferCut, pool: 'none' })];
  }
  const pools = asked ?? (isThorough(options) ? ['average', 'max'] : ['average']);
  const partsAt = (layer: string, more: { weight?: number; optional?: boolean } = {}) =>
    pools.map((pool) => planned(network, { layer, pool }, more));
  if (depths) {
    const layers = depths.map((name) => layerAtDepth(network, name, spec.depths));
    const ordered = network.layers.map(({ name }) => name).filter((name) => layers.includes(name));
    return ordered.flatMap((layer) => partsAt(layer, { weight: layer === ordered.at(-1) ? 1 : lowerWeight }));
  }
  const before = spec.depths.at(-2);
  const lower =
    isThorough(options) && before !== undefined
      ? partsAt(before, { weight: lowerWeight, optional: true })
      : [];
  return [...lower, ...partsAt(spec.transferCut)];
}

/** Whether a head that is solved on a frozen base is to get the most out of it. */
function isThorough({ effort, solver, unfreeze, fromScratch }: PlanOptions): boolean {
  return effort !== 'quick' && solver === 'exact' && !unfreeze && !fromScratch;
}

function planned(
  network: Network,
  part: FeaturePart,
  { weight = 1, optional = false }: { weight?: number; optional?: boolean } = {},
): PlannedPart {
  return { ...part, size: partSize(network, part), weight, optional };
}

function poolsOf(given: string): PoolName[] {
  return namesOf(given).map((name) => {
    const known = poolNames.find((pool) => pool === name);
    if (known) return known;
    throw new UserError(
      `Expected --pool to be one or more of ${poolNames.join(', ')} but received '${name}'.${didYouMean(name, poolNames)}`,
    );
  });
}

/** The names in a list with commas, each once. */
function namesOf(list: string): string[] {
  return [...new Set(list.split(',').map((name) => name.trim()))];
}

/** Parts in words: `block4_pool (average, max), block5_pool (average)`. */
export function partsText(parts: readonly FeaturePart[]): string {
  const layers = [...new Set(parts.map(({ layer }) => layer))];
  return layers
    .map((layer) => {
      const pools = parts.flatMap((part) =>
        part.layer === layer && part.pool !== 'none' ? [part.pool] : [],
      );
      return pools.length > 0 ? `${layer} (${pools.join(', ')})` : layer;
    })
    .join(', ');
}

/** Of the planned network's input, for config.json. */
export function inputSide({ network }: Pick<FeaturePlan, 'network'>): number {
  return inputOf(network).shape[0]!;
}
