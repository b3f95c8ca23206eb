import fs from 'node:fs';
import type { Command } from 'commander';
import type { ExportOptions } from '../recipes/export.js';
import { UserError } from '../runtime/errors.js';
import { print } from './output.js';
import { prepareTensorFlow } from './prepare.js';
import { progressDisplay } from './progress-display.js';

export function addExportCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('export')
    .description("write a run's classifier for other programs")
    .argument('<run>', 'run folder')
    .option(
      '--format <name>',
      "savedmodel (Python's TensorFlow, TensorFlow Serving), tfjs (browsers) or onnx (onnxruntime and others)",
      'savedmodel',
    )
    .option('--out <dir>', 'new or empty folder, or an earlier export (default: RUN/export/FORMAT)')
    .option('--float16', 'with tfjs: kernels in half precision, half the download', false)
    .action(async (run: string, options: ExportOptions) => {
      if (!fs.existsSync(run)) {
        throw new UserError(`Expected the folder of a run but '${run}' does not exist.`);
      }
      await prepareTensorFlow('auto', progressDisplay(process.stderr, { quiet: true }));
      const { exportRun } = await import('../recipes/export.js');
      await print(await exportRun(run, options));
      finish(0);
    });
}
