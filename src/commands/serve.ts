import type { Command } from 'commander';
import { Interrupted } from '../runtime/progress.js';
import { resolveServeOptions, type ServeOptions, serveOptions } from '../serve/options.js';
import { ensureTensorFlow } from '../runtime/install/ensure.js';
import { checkDeviceName } from './prepare.js';
import { addOptionGroups } from './option-flags.js';
import { untilInterrupted } from './interrupt.js';
import { print } from './output.js';
import { progressDisplay } from './progress-display.js';

export function addServeCommand(program: Command, finish: (code: number) => void): void {
  const command = program
    .command('serve')
    .description('try a trained run on a page of your own, correct it, and ask it by HTTP')
    .argument('<run>', 'run folder');
  addOptionGroups(command, [{ heading: '', options: serveOptions }]);
  command.action(async (run: string, options: ServeOptions) => {
    finish(await serve(run, options));
  });
}

/** Serves until Ctrl-C, or a polite kill: then ends what is under way and exits with 0. */
async function serve(run: string, options: ServeOptions): Promise<number> {
  const display = progressDisplay(process.stderr, { quiet: false });
  const { device } = resolveServeOptions({
    ...options,
    ...(options.device !== undefined && { device: checkDeviceName(options.device) }),
  });
  await ensureTensorFlow({ device, onProgress: display.show });
  const { serveRun } = await import('../serve/serve.js');
  return untilInterrupted(display, async (signal) => {
    const server = await serveRun(run, options, { onProgress: display.show, signal });
    try {
      await print(`${run} answers at ${server.url} until Ctrl-C.`);
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      return 0;
    } finally {
      await server.close();
    }
  }).catch((error: unknown) => {
    if (error instanceof Interrupted) return 0;
    throw error;
  });
}
