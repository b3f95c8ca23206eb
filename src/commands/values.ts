import { InvalidArgumentError } from 'commander';
import { UserError } from '../runtime/errors.js';

/** Reads an option's number; the option's own bounds are checked by the recipe. */
export function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('Expected a number.');
  return value;
}

/** Reads an option's whole number. */
export function parseWhole(text: string): number {
  const value = parseNumber(text);
  if (!Number.isInteger(value)) throw new InvalidArgumentError('Expected a whole number.');
  return value;
}

/** Reads an option that takes `auto` or a whole number. */
export function parseWholeOrAuto(text: string): 'auto' | number {
  return text === 'auto' ? text : parseWhole(text);
}

/** @throws UserError unless a share lies between 0 and 1. */
export function checkShare(flag: string, value: number | undefined): void {
  if (value === undefined || (value >= 0 && value <= 1)) return;
  throw new UserError(`Expected ${flag} between 0 and 1 but received ${value}. For 95 % write 0.95.`);
}
