import { UserError } from '../runtime/errors.js';
import type { ResolvedOptions } from './options.js';
import { type CompareOptions, compareOptions, resolveStudy } from './study-options.js';

/** All heads of a base read the same features: those of the linear one where it is among them. */
export function featuresOf(heads: AskedBase['heads']): AskedBase['heads'][number] {
  return heads.find(({ head }) => head === 'linear') ?? heads[0]!;
}

interface AskedBase {
  /** As it was given: NAME or NAME=FILE. */
  readonly name: string;
  readonly heads: readonly { readonly head: string; readonly options: ResolvedOptions }[];
}

/**
 * What is asked for, all of it checked.
 *
 * @throws UserError that names every fault of the first network that has one.
 */
export function resolveComparison(input: CompareOptions) {
  const { own } = resolveStudy(compareOptions, input);
  const twice = own.bases.find((name, i) => own.bases.indexOf(name) !== i);
  if (twice) throw new UserError(`Expected each base once but received '${twice}' twice.`);
  if (own.bases.length * own.heads.length < 2) {
    throw new UserError(
      'Expected two networks or more to compare. Give --bases vgg16,squeezenet or --heads linear,mlp.',
    );
  }
  const { bases: _bases, heads: _heads, seeds: _seeds, ...shared } = input;
  const bases = own.bases.map((name): AskedBase => {
    const [base, ...file] = name.split('=');
    const weights = file.length > 0 ? { weights: file.join('=') } : {};
    const heads = own.heads.map((head) => {
      // the exact solver is asked for where there is a choice: other heads are trained in steps
      const { solver, ...others } = shared;
      const asked = head === 'linear' && solver ? { solver } : {};
      const given = { ...others, ...asked, ...weights, head, base: base as ResolvedOptions['base'] };
      return { head, options: resolveStudy({}, given).options };
    });
    return { name, heads };
  });
  return { own, bases };
}
