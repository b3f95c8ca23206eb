import { spawn } from 'node:child_process';

/** Runs a program to its end. Standard output is returned; a failure throws with the last lines of what it said. */
export function runCommand(
  program: string,
  arguments_: readonly string[],
  options: {
    /** Lets the program's own progress through to the terminal. */
    showProgress?: boolean;
    environment?: NodeJS.ProcessEnv;
    directory?: string;
  } = {},
): Promise<string> {
  const { showProgress = false, environment = process.env, directory } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, arguments_, {
      env: environment,
      cwd: directory,
      stdio: ['ignore', showProgress ? process.stderr.fd : 'pipe', 'pipe'],
    });
    let output = '';
    let errors = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(output);
      const lines = `${output}\n${errors}`.trim().split('\n');
      const telling = lines.filter((line) => /error/i.test(line)).slice(-2);
      const said = (telling.length > 0 ? telling : lines.slice(-2)).join(' ').trim();
      reject(
        new Error(`${program} ended with ${signal ?? `code ${code}`}${said && `: ${said.slice(0, 400)}`}`),
      );
    });
  });
}
