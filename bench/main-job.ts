/** The main job as a user starts it, from the command line. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Builds what `npx finetune` runs. */
export function build(): void {
  const compiler = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: root });
}

/**
 * The command line of the job on a folder: nothing from earlier runs is used, no baseline is trained beside it. The head is
 * trained in steps on averages at 224 pixels, as the others' is.
 *
 * @param more options besides.
 */
export function mainJob(
  data: string,
  out: string,
  precision: string,
  more: readonly string[] = [],
): string[] {
  const options = ['--data', data, '--out', out, '--precision', precision];
  return [
    process.execPath,
    path.join(root, 'dist', 'run.js'),
    ...options,
    ...more,
    '--baseline',
    'none',
    '--no-cache',
    '--solver',
    'steps',
    '--json',
  ];
}
