import { branchLayer } from '../models/side-by-side.js';
import { takesAnySize } from '../models/pooled-features.js';
import type { ModelSpec } from '../models/registry.js';
import { UserError } from '../runtime/errors.js';
import {
  type FeaturePlan,
  inputSide,
  minute,
  pictureCost,
  type PlannedPart,
  planFeatures,
  type PlanOptions,
} from './feature-plan.js';

/** One of the bases that make a picture's features, at one size. */
export interface PlannedBranch extends FeaturePlan {
  /** Tells it from the others: a base's name, with the size where it is not the only one. */
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
  /** Whether mirror images are to be computed too, so that cross-validation may choose to look at them. */
  readonly mirrored: boolean;
  /** One line for people. */
  readonly why: string;
}

/** Inner products of more pictures would fill the memory: no head is searched for among blends of them. */
export const mostSearched = 2500;

/** With --effort best ten minutes may be spent on what the bases make of the pictures. */
const bestMinutes = 10;

/**
 * Plans what each base makes of a picture. Several share the time that larger inputs may cost, and read one picture:
 * what needs it smaller has it resized first. With --effort best each is planned at two sizes, and mirror images, as far
 * as ten minutes allow; cross-validation then says what of it is kept.
 *
 * @param pictures how many there are in all.
 * @throws UserError when an option fits one of the bases not, or they take no pictures of one kind.
 */
export function planBases(specs: readonly ModelSpec[], options: PlanOptions, pictures: number): BasesPlan {
  if (specs.length > 1) checkTogether(specs, options);
  if (options.effort === 'best' && options.solver === 'exact' && !options.unfreeze) {
    return planBest(specs, options, pictures);
  }
  const branches = specs.map((spec) => branchOf(spec, options, pictures * specs.length));
  return { ...together(branches), mirrored: false, why: whyOf(branches) };
}

/** @throws UserError when the bases cannot be read side by side. */
function checkTogether(specs: readonly ModelSpec[], { unfreeze, fromScratch, augment }: PlanOptions): void {
  const grey = specs.find(({ inputShape }) => inputShape[2] !== 3);
  if (grey) {
    throw new UserError(
      `Expected bases that see colours where there are several but ${grey.name} reads grey pictures.`,
    );
  }
  const alone = unfreeze
    ? '--unfreeze'
    : fromScratch
      ? '--from-scratch'
      : (augment ?? 'none') !== 'none' && '--augment';
  if (alone) {
    throw new UserError(
      `Expected one --base with ${alone} but received ${specs.map(({ name }) => name).join(',')}.`,
    );
  }
}

function branchOf(spec: ModelSpec, options: PlanOptions, pictures: number): PlannedBranch {
  return { name: spec.name, spec, ...planFeatures(spec, options, pictures) };
}

/** The most of what is planned that the time allows, as counted in multiply-adds: no clock decides. */
function planBest(specs: readonly ModelSpec[], options: PlanOptions, pictures: number): BasesPlan {
  const planned = (sidesOf: (spec: ModelSpec) => readonly (number | 'auto')[]) =>
    specs.flatMap((spec) => {
      const anySize = options.input === 'auto' && takesAnySize(spec.buildBase());
      return (anySize ? sidesOf(spec) : [options.input]).map((input, place): PlannedBranch => {
        const branch = branchOf(spec, { ...options, input }, pictures);
        if (place === 0) return branch;
        // a second size of a network must show that it is worth its time
        const parts = branch.parts.map((part) => ({ ...part, optional: true }));
        return { ...branch, name: `${spec.name}-${input}`, parts };
      });
    });
  const [own, larger, largest] = [0, 96, 224].map(
    (more) =>
      ({ inputShape }: ModelSpec) =>
        inputShape[0] + more,
  ) as [SideOf, SideOf, SideOf];
  const ladder = [
    { branches: planned((spec) => [larger(spec), largest(spec)]), mirrored: true },
    { branches: planned((spec) => [larger(spec)]), mirrored: true },
    { branches: planned((spec) => [larger(spec)]), mirrored: false },
    { branches: planned((spec) => [own(spec)]), mirrored: false },
  ];
  const fits = ({ branches, mirrored }: (typeof ladder)[number]) =>
    (!mirrored || pictures <= mostSearched) && pictures * workOf(branches, mirrored) <= bestMinutes * minute;
  const found = ladder.find(fits);
  const { branches, mirrored } = found ?? ladder.at(-1)!;
  const allowed = found ? 'as ten minutes allow for' : 'more than ten minutes for';
  const work = (workOf(branches, mirrored) / 1e9).toFixed(0);
  const sizes = specs.map(({ name, title }) => {
    const sides = branches.filter(({ spec }) => spec.name === name).map(inputSide);
    return `${title} at ${sides.join(' and ')} pixels`;
  });
  const views = mirrored ? ', mirror images too' : '';
  const why = `${sizes.join(', ')}${views}: ${work} G multiply-adds a picture, ${allowed} ${pictures} pictures`;
  return { ...together(branches), mirrored, why };
}

type SideOf = (spec: ModelSpec) => number;

function workOf(branches: readonly PlannedBranch[], mirrored: boolean): number {
  return (mirrored ? 2 : 1) * branches.reduce((sum, { network }) => sum + pictureCost(network), 0);
}

function together(branches: readonly PlannedBranch[]): Pick<BasesPlan, 'branches' | 'parts' | 'side'> {
  const [first, ...others] = branches;
  if (others.length === 0) return { branches, parts: first!.parts, side: inputSide(first!) };
  const parts = branches.flatMap(({ name, parts }) =>
    parts.map((part) => ({ ...part, layer: branchLayer(name, part.layer) })),
  );
  return { branches, parts, side: Math.max(...branches.map(inputSide)) };
}

function whyOf(branches: readonly PlannedBranch[]): string {
  const [first, ...others] = branches;
  if (others.length === 0) return first!.why;
  return branches.map(({ spec, why }) => `${spec.title}: ${why}`).join('. ');
}
