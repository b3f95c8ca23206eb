import { expect } from 'vitest';
import type { Outcome } from './command-line.js';

/** Expects what the command line makes of a mistake of the user's: one line that says so, and code 2. */
export function expectMistake({ code, stderr }: Outcome, message: string): void {
  expect(stderr).toContain(message);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(code).toBe(2);
}
