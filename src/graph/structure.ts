import type { Tensor } from '@tensorflow/tfjs';
import { UserError } from '../runtime/errors.js';
import { tf } from '../runtime/tensorflow.js';

/** What a compiled function returns: a tensor, several in arrays and objects (nested as you like), or nothing. */
export type Tensors =
  Tensor | readonly Tensors[] | { readonly [name: string]: Tensors } | null | undefined | void;

/** Tensors taken out of the arrays and objects that held them. */
export interface Flat {
  readonly tensors: Tensor[];
  /** Tells structures apart: names, lengths, types and shapes. */
  readonly key: string;
  /** The same arrays and objects with other tensors in their places. */
  readonly form: (tensors: readonly Tensor[]) => Tensors;
}

/** One part of a structure. */
type Part = Pick<Flat, 'key' | 'form'>;

/**
 * Takes a structure apart.
 *
 * @param expected begins the message when something else than tensors is found, such as
 *   'Expected predict to return'; `as` says what the structure is to the function.
 * @throws UserError that says where it was found and what to do.
 */
export function flatten(structure: unknown, expected: string, as: 'input' | 'result'): Flat {
  const tensors: Tensor[] = [];

  const several = (parts: readonly Part[], open: string, close: string, form: Part['form']): Part => ({
    key: open + parts.map((part) => part.key).join(',') + close,
    form,
  });

  const take = (part: unknown, place: string): Part => {
    if (part === undefined || part === null) return { key: String(part), form: () => part };
    if (part instanceof tf.Tensor) {
      const index = tensors.push(part) - 1;
      return { key: `${part.dtype}[${part.shape.join()}]`, form: (others) => others[index] };
    }
    const isArguments = as === 'input' && place === '';
    if (Array.isArray(part) && (typeof part[0] !== 'number' || isArguments)) {
      const parts = part.map((inner, i) => take(inner, `${place}[${i}]`));
      return several(parts, '(', ')', (others) => parts.map(({ form }) => form(others)));
    }
    if (isRecord(part)) {
      const names = Object.keys(part);
      const parts = names.map((name) => take(part[name], `${place}.${name}`));
      const form: Part['form'] = (others) =>
        Object.fromEntries(parts.map((inner, i) => [names[i]!, inner.form(others)]));
      return several(parts, `{${JSON.stringify(names)}:`, '}', form);
    }
    throw refusal(part, place, expected, as);
  };

  return { tensors, ...take(structure, '') };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function refusal(found: unknown, place: string, expected: string, as: 'input' | 'result'): UserError {
  const [what, advice] = describe(found, as);
  const where = place === '' ? '' : ` in ${as}${place}`;
  return new UserError(
    `${expected} tensors, alone or in arrays and objects, but received ${what}${where}: ${advice}.`,
  );
}

function describe(found: unknown, as: 'input' | 'result'): [what: string, advice: string] {
  const fixed = as === 'input' ? ', or write it into the function if it never changes' : '';
  const give = as === 'input' ? 'pass' : 'return';
  if (typeof found === 'number') return [`the number ${found}`, `${give} tf.scalar(${found})${fixed}`];
  if (Array.isArray(found) || ArrayBuffer.isView(found)) {
    return ['an array of numbers', `${give} tf.tensor(…) of it${fixed}`];
  }
  if (typeof found === 'boolean' || typeof found === 'string') {
    const advice = as === 'input' ? 'write it into the function' : 'leave it out';
    return [`${typeof found === 'string' ? 'the string ' : ''}${JSON.stringify(found)}`, advice];
  }
  if (isThenable(found)) {
    // Nobody else will look at how it ends.
    found.then(undefined, () => {});
    return ['a promise', `a compiled function cannot wait, so ${give} tensors at once`];
  }
  if (typeof found === 'function') return ['a function', `${give} what it computes`];
  return [`an object of class ${className(found)}`, `${give} the tensors in it`];
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as Partial<PromiseLike<unknown>>).then === 'function';
}

function className(value: unknown): string {
  return (value as object).constructor?.name || 'unknown';
}
