import { Interrupted } from '../runtime/progress.js';
import type { ProgressDisplay } from './progress-display.js';

/** Runs a job that Ctrl-C (or a polite kill) ends cleanly; a second Ctrl-C ends the process at once. */
export async function untilInterrupted<T>(
  display: ProgressDisplay,
  job: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new Interrupted('Interrupted.'));
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    return await job(controller.signal);
  } finally {
    display.end();
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

/**
 * The command as it was typed, for the report: `finetune --base vgg16 --data ./pets`. Which workers have helped is left
 * out: without them the same comes out.
 */
export function commandLine(argv: readonly string[] = process.argv.slice(2)): string {
  return ['finetune', ...argv]
    .filter((part, i, all) => !/^--queue(=|$)/.test(part) && all[i - 1] !== '--queue')
    .map(withoutSecret)
    .map((part) => (/^[\w./:=@,+-]+$/.test(part) ? part : `'${part.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}

/** The address of a Redis or the like without the user and password in it. */
function withoutSecret(part: string): string {
  return part.replace(/^((?:--[\w-]+=)?[a-z][a-z+.-]*:\/\/)[^/]*@/i, '$1');
}
