import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const run = fileURLToPath(new URL('../../dist/run.js', import.meta.url));

/** Our command line, built before, on the named processors only where `cores` names some. */
export function start(args: readonly string[], { cores }: { readonly cores?: string } = {}): ChildProcess {
  const command = [process.execPath, run, ...args];
  const [file, ...rest] = cores === undefined ? command : ['taskset', '-c', cores, ...command];
  return spawn(file!, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Runs it to its end; throws what it said when that was no good one. */
export async function finish(child: ChildProcess): Promise<string> {
  let [out, error] = ['', ''];
  child.stdout!.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr!.on('data', (chunk: Buffer) => (error += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(error);
  return out;
}

/** Ends a process by force, and waits until it has. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
