import fs from 'node:fs';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { messageOf, UserError } from '../../src/runtime/errors.js';

/**
 * What a script was given. `--help` prints the comment at the head of the script; from here on a mistake of the user's
 * ends the script with one line and code 2, as it ends the command line.
 *
 * @param url the script's `import.meta.url`.
 */
export function scriptArguments<const T extends ParseArgsConfig>(url: string, config: T) {
  process.on('uncaughtException', (error: unknown) => {
    const mistake = error instanceof UserError ? error.message : pathMistake(error);
    console.error(mistake ?? (error as Error).stack ?? String(error));
    process.exit(mistake ? 2 : 1);
  });
  if (process.argv.includes('--help') || process.argv.includes('-h')) {
    const [, comment = ''] = /\/\*\*\n([^]*?)\n \*\//.exec(fs.readFileSync(new URL(url), 'utf8')) ?? [];
    console.log(comment.replace(/^ \* ?/gm, ''));
    process.exit(0);
  }
  try {
    return parseArgs({ ...config, args: process.argv.slice(2) });
  } catch (error) {
    throw new UserError(`${messageOf(error).replace(/\..*$/, '')}. See --help.`);
  }
}

/** What to say of a path that is not there, or may not be read. */
function pathMistake(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('path' in error) || !('syscall' in error)) return undefined;
  return `Expected a file or folder that can be read but '${String(error.path)}' is none (${error.message}).`;
}
