import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { createInterface } from 'node:readline';

/** A whole program, from its start to its end. */
export interface Finished {
  readonly seconds: number;
  /** The most memory that the process held at a time; 0 where the system does not say (not Linux). */
  readonly peakMegabytes: number;
  readonly stdout: string;
}

/** How often a running process is asked for its memory. */
const askEveryMs = 100;

/**
 * Runs a program; throws with what it said when it fails. `input` goes to its stdin; `onLine` is told each line of its
 * stderr when it comes.
 */
export async function runOnce(
  [program, ...parameters]: readonly string[],
  environment: Readonly<Record<string, string>>,
  input = '',
  onLine?: (line: string) => void,
): Promise<Finished> {
  const started = performance.now();
  const child = spawn(program!, parameters, { env: { ...process.env, ...environment } });
  let [stdout, stderr, peakMegabytes] = ['', '', 0];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-4000)));
  if (onLine) createInterface({ input: child.stderr }).on('line', onLine);
  child.stdin.on('error', () => undefined); // a program that has ended says why on stderr
  child.stdin.end(input);
  const timer = setInterval(() => {
    peakMegabytes = Math.max(peakMegabytes, peakMemory(child.pid!));
  }, askEveryMs);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject).on('close', resolve);
    });
    if (code !== 0)
      throw new Error(`${program} ${parameters.join(' ')} ended with ${code}:\n${stderr.trim()}`);
    return { seconds: (performance.now() - started) / 1000, peakMegabytes, stdout };
  } finally {
    clearInterval(timer);
  }
}

function peakMemory(pid: number): number {
  try {
    const kilobytes = /^VmHWM:\s*(\d+) kB$/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kilobytes ?? 0) / 1024;
  } catch {
    return 0; // it has just ended, or this is not Linux
  }
}
