import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import type { Outcome } from './command-line.js';

const built = fileURLToPath(new URL('../../dist/run.js', import.meta.url));

/** A server that was started as a program. */
export interface Serving {
  readonly url: string;
  readonly pid: number;
  fetch(where: string, init?: RequestInit): Promise<Response>;
  /** The answer's JSON, whatever its status. */
  json<T = Record<string, unknown>>(where: string, init?: RequestInit): Promise<T>;
  stop(signal?: NodeJS.Signals): Promise<Outcome>;
}

/** Starts `finetune serve` on a free port; all are ended with the test file. */
export function servers(
  program = built,
  node = process.execPath,
): (
  run: string,
  args?: readonly string[],
  environment?: Readonly<Record<string, string>>,
) => Promise<Serving> {
  const started: Serving[] = [];
  afterAll(async () => {
    for (const server of started) await server.stop();
  });
  return async (run, args = [], environment = {}) => {
    const child = spawn(node, [program, 'serve', run, '--port', '0', '--device', 'cpu', ...args], {
      env: { ...process.env, ...environment },
      cwd: path.dirname(run),
    });
    const said = { stdout: '', stderr: '' };
    const ended = new Promise<Outcome>((resolve) => {
      child.on('close', (code) => resolve({ code, ...said }));
    });
    child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
    const url = await new Promise<string>((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        said.stdout += chunk.toString();
        const [found] = /http:\/\/\S+/.exec(said.stdout) ?? [];
        if (found) resolve(found);
      });
      void ended.then(({ stderr }) => reject(new Error(`finetune serve ended, having said:\n${stderr}`)));
    });
    const serving: Serving = {
      url,
      pid: child.pid!,
      fetch: (where, init) => fetch(`${url}${where}`, init),
      json: async <T>(where: string, init?: RequestInit) =>
        (await fetch(`${url}${where}`, init)).json() as Promise<T>,
      stop: (signal = 'SIGTERM') => {
        if (child.exitCode === null) child.kill(signal);
        return ended;
      },
    };
    started.push(serving);
    return serving;
  };
}

/** A form with pictures and fields. */
export function formWith(
  files: readonly { readonly name: string; readonly bytes: Uint8Array }[],
  fields: Readonly<Record<string, string>> = {},
): RequestInit {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  for (const { name, bytes } of files) body.append('picture', new Blob([Uint8Array.from(bytes)]), name);
  return { method: 'POST', body };
}
