/**
 * A mistake that the user can mend: a wrong option, a missing file, a damaged picture.
 * The message says in one line what was expected, what came, and what to do next.
 * The command line prints it without a stack trace and exits with code 2.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/**
 * The known name that `given` most likely meant, as a phrase to end an error message with:
 * ` Did you mean 'vgg16'?`, or an empty string when nothing is close.
 */
export function didYouMean(given: string, known: readonly string[]): string {
  const lower = given.toLowerCase();
  const near = known
    .map((name) => ({ name, distance: editDistance(lower, name.toLowerCase()) }))
    .filter(
      ({ name, distance }) => distance <= Math.max(1, Math.floor(Math.min(name.length, given.length) / 3)),
    )
    .sort((a, b) => a.distance - b.distance)[0];
  const name = near?.name ?? known.find((k) => lower.length >= 3 && k.toLowerCase().startsWith(lower));
  return name === undefined ? '' : ` Did you mean '${name}'?`;
}

/**
 * A flag's value as one of the names that it takes.
 *
 * @throws UserError with the nearest name when it is none of them.
 */
export function oneOfNames<Name extends string>(flag: string, given: string, names: readonly Name[]): Name {
  const name = names.find((one) => one === given);
  if (name !== undefined) return name;
  throw new UserError(
    `Expected ${flag} ${names.join(', ')} but received '${given}'.${didYouMean(given, names)}`,
  );
}

/** The names that could be meant, nearest first: those that begin alike or are spelled alike. */
export function nearestNames(given: string, known: readonly string[], most = 6): string[] {
  const lower = given.toLowerCase();
  const stem = lower.replace(/[^a-z]+$/, '');
  return known
    .map((name) => ({ name, distance: editDistance(lower, name.toLowerCase()) }))
    .filter(({ name, distance }) => (stem && name.startsWith(stem)) || distance <= given.length / 2)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, most)
    .map(({ name }) => name);
}

/** Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(last[j]! + 1, row[j - 1]! + 1, substitution);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        row[j] = Math.min(row[j]!, beforeLast[j - 2]! + 1);
      }
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}

/** The text of whatever was thrown, on one line. */
export function messageOf(thrown: unknown): string {
  return (thrown instanceof Error ? thrown.message : String(thrown)).replace(/\s*\n\s*/g, ' ');
}
