import { branchLayer } from '../models/side-by-side.js';
import type { ModelSpec } from '../models/registry.js';
import { UserError } from '../runtime/errors.js';
import {
  type FeaturePlan,
  inputSide,
  type PlannedPart,
  type PlanOptions,
  planFeatures,
} from './feature-plan.js';

/** One of the bases that make a picture's features. */
export interface PlannedBranch extends FeaturePlan {
  /** Tells it from the others: a base's name. */
  readonly name: string;
  readonly spec: ModelSpec;
}

/** What one base, or several side by side, are to make of a picture. */
export interface BasesPlan {
  readonly branches: readonly PlannedBranch[];
  /** Of all; where there are several, a part's layer is called after its branch too. */
  readonly parts: readonly PlannedPart[];
  /** Pixels a side of the picture that all of them are given: the largest that one reads. */
  readonly side: number;
  /** One line for people. */
  readonly why: string;
}

/**
 * Plans what each base makes of a picture. Several share the minute that a larger input may cost, and read one picture:
 * what needs it smaller has it resized first.
 *
 * @param pictures how many there are in all.
 * @throws UserError when an option fits one of the bases not, or they take no pictures of one kind.
 */
export function planBases(specs: readonly ModelSpec[], options: PlanOptions, pictures: number): BasesPlan {
  const [first] = specs;
  const branches = specs.map((spec): PlannedBranch => ({
    name: spec.name,
    spec,
    ...planFeatures(spec, options, pictures * specs.length),
  }));
  if (branches.length === 1) {
    const { parts, why } = branches[0]!;
    return { branches, parts, why, side: inputSide(branches[0]!) };
  }
  const grey = specs.find(({ inputShape }) => inputShape[2] !== 3);
  if (grey) {
    throw new UserError(
      `Expected bases that see colours where there are several but ${grey.name} reads grey pictures.`,
    );
  }
  if (options.unfreeze) {
    throw new UserError(
      `Expected one --base with --unfreeze but received ${specs.length}: ${first!.name} and others beside it stay frozen.`,
    );
  }
  return {
    branches,
    parts: branches.flatMap(({ name, parts }) =>
      parts.map((part) => ({ ...part, layer: branchLayer(name, part.layer) })),
    ),
    side: Math.max(...branches.map(inputSide)),
    why: branches.map(({ spec, why }) => `${spec.title}: ${why}`).join('. '),
  };
}
