import { spawn } from 'node:child_process';

export interface Outcome {
  /** Exit code; undefined when a signal ended the process or it could not be started. */
  readonly code: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Whether there is such a command at all. */
  readonly found: boolean;
}

/** Runs a command to its end, or to that of `signal`. Never throws: what went wrong is in the outcome. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; signal?: AbortSignal } = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    let stdout = '';
    let stderr = '';
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', (error) => {
      // Ended by `signal`, it is still at work until it closes.
      if (child.pid !== undefined) return;
      resolve({ code: undefined, signal: undefined, stdout, stderr: error.message, found: false });
    });
    child.on('close', (code, signal) =>
      resolve({ code: code ?? undefined, signal: signal ?? undefined, stdout, stderr, found: true }),
    );
  });
}

/** The line of a failed command's output that says most: the last with 'error:' in it, else with 'error', else the last. */
export function complaint(outcome: Outcome): string {
  if (outcome.signal) return `ended by ${outcome.signal}`;
  const lines = `${outcome.stdout}\n${outcome.stderr}`.split('\n').map((line) => line.trim());
  const said = lines.filter((line) => line !== '' && !line.startsWith('at '));
  const lastWith = (pattern: RegExp) => said.findLast((line) => pattern.test(line));
  return lastWith(/error:/i) ?? lastWith(/error/i) ?? said.at(-1) ?? `exit code ${outcome.code}`;
}
