import { z } from 'zod';
import { didYouMean } from './errors.js';

/** What help, documents and the schema of config files say of an option beside its type, bounds and default. */
export interface OptionText {
  /** What it does, in a line; its default follows by itself. */
  readonly help: string;
  /** What stands for its value after the flag, such as `n` in `--epochs <n>`; switches have none. */
  readonly value?: string;
  /** What leaving a switch that is on out does: the help of `--no-…`. */
  readonly negated?: string;
  /** The default in words, where it is more than a value. */
  readonly defaultText?: string;
}

/** An option of the one table: what its schema accepts and its default, with its words. */
export function option<const T extends z.ZodType>(schema: T, { help, ...rest }: OptionText): T {
  return schema.meta({ description: help, ...rest });
}

/** The words of an option that `option` made. */
export function optionText(schema: z.ZodType): OptionText {
  const { description = '', ...rest } = schema.meta() as { description?: string } & Partial<OptionText>;
  return { ...rest, help: description };
}

/** A name out of a list, with the nearest one suggested. */
export function oneOf<const T extends readonly string[]>(names: T) {
  return z.enum(names, {
    error: ({ input }) =>
      `expected ${names.join(', ')} but received '${input}'.${didYouMean(String(input), names)}`,
  });
}

export const positive = z.number().positive();
export const count = z.number().int().positive();
/** A share that may be nothing, but not all. */
export const share = z.number().min(0).lt(1);
/** A share that is neither nothing nor all. */
export const partialShare = z.number().gt(0).lt(1);
