import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { cacheFolder } from '../../src/runtime/cache.js';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the real command line, built by global-setup.ts, to its end; `onError` sees its standard error as it comes, to kill it at the right time. */
export function finetune(
  args: readonly string[],
  options: {
    environment?: Record<string, string>;
    directory?: string;
    onError?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
  } = {},
): Promise<Outcome> {
  const child = spawn(process.execPath, [path.join(root, 'dist', 'run.js'), ...args], {
    cwd: options.directory,
    env: { ...process.env, ...options.environment },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    options.onError?.(stderr, (signal) => child.kill(signal));
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (signal && !child.killed)
        reject(new Error(`finetune ended by ${signal}, having said:\n${stderr}${stdout}`));
      else resolve({ code, stdout, stderr });
    });
  });
}

/** A folder with the first pictures of some classes, as links to a larger data set. */
export function smallFolder(
  source: string,
  classes: readonly string[],
  counts: Record<string, number>,
): string {
  const folder = temporaryFolder();
  for (const [part, count] of Object.entries(counts)) {
    for (const label of classes) {
      const target = path.join(folder, part, label);
      fs.mkdirSync(target, { recursive: true });
      const files = fs
        .readdirSync(path.join(source, part, label))
        .sort()
        .slice(0, count);
      for (const file of files)
        fs.copyFileSync(path.join(source, part, label, file), path.join(target, file));
    }
  }
  return folder;
}

export function temporaryFolder(): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), 'finetune-test-'));
}

/** An empty cache but for TensorFlow, which comes from the cache that the test run uses. */
export function cacheWithTensorFlow(folder: string): string {
  const installed = cacheFolder('tensorflow');
  fs.mkdirSync(folder, { recursive: true });
  if (fs.existsSync(installed)) fs.symlinkSync(installed, path.join(folder, 'tensorflow'));
  return folder;
}
