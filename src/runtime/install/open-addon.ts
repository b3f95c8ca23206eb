import { nativeFile } from './packages.js';
import { complaint, runCommand } from './run-command.js';

export interface OpenedAddon {
  /** TensorFlow's version. */
  readonly version: string;
  readonly gpu: boolean;
  /** What TensorFlow logged while it was opened, every severity. */
  readonly log: string;
  readonly seconds: number;
}

/**
 * Opens an addon in a process of its own and multiplies two matrices with it.
 * @throws Error with the reason when it does not work here.
 */
export async function openAddon(addon: string): Promise<OpenedAddon> {
  const start = performance.now();
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '0' };
  const outcome = await runCommand(process.execPath, [nativeFile('open-addon.mjs'), addon], { env });
  const seconds = (performance.now() - start) / 1000;
  if (outcome.signal === 'SIGILL') {
    const such = process.arch === 'x64' ? ' (AVX)' : '';
    throw new Error(`TensorFlow uses processor instructions${such} that this processor has not got`);
  }
  if (outcome.code !== 0) throw new Error(`TensorFlow does not open here: ${complaint(outcome)}`);
  const { version, gpu } = JSON.parse(outcome.stdout) as { version: string; gpu: boolean };
  return { version, gpu, log: outcome.stderr, seconds };
}
