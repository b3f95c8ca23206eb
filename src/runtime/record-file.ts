import fs from 'node:fs';
import { z } from 'zod';
import { messageOf, UserError } from './errors.js';

/** Faults that an error message tells; more would be unreadable. */
const mostFaults = 3;

/**
 * Reads a file of text that we wrote once.
 *
 * @param what how the message calls it: "the record of a run".
 * @param advice a sentence on what to do then.
 * @throws UserError when it cannot be read or is no file: a pipe would be waited for without end.
 */
export function readRecordText(file: string, what: string, advice: string): string {
  try {
    if (!fs.statSync(file).isFile()) throw new Error('it is no file');
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserError(
      `Expected ${what} in '${file}' but it cannot be read: ${messageOf(error)}. ${advice}`,
    );
  }
}

/**
 * Reads a JSON file that we wrote once and that somebody may have edited since.
 *
 * @param what how the message calls it: "the record of a run".
 * @param advice a sentence on what to do when it is damaged.
 * @throws UserError that says what is wrong in which file.
 */
export function readRecord<T>(file: string, schema: z.ZodType<T>, what: string, advice: string): T {
  const text = readRecordText(file, what, advice);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError(`Expected ${what} in '${file}' but it is damaged: ${messageOf(error)}. ${advice}`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'all'}: ${message}`);
  const more = faults.length > mostFaults ? ` and ${faults.length - mostFaults} more` : '';
  throw new UserError(
    `Expected ${what} in '${file}' but found ${faults.slice(0, mostFaults).join('; ')}${more}. ${advice}`,
  );
}
