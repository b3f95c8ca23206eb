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
      "savedmodel (Python's TensorFlow, TensorFlow Serving), keras (Keras 3), tfjs (browsers), onnx (onnxruntime and others) or safetensors (weights alone)",
      'savedmodel',
    )
    .option('--out <dir>', 'new or empty folder, or an earlier export (default: RUN/export/FORMAT)')
    .option('--float16', 'with tfjs: kernels in half precision, half the download', false)
    .option('--int8', 'with onnx, of a run that computed in int8: the same layers in int8 (QDQ)', false)
    .option(
      '--verify',
      'ask the model afterwards in its own world: Python (FINETUNE_PYTHON, else python3); of tfjs, a Chromium (FINETUNE_CHROMIUM)',
      false,
    )
    .action(async (run: string, { verify, ...options }: ExportOptions & { verify: boolean }) => {
      if (!fs.existsSync(run)) {
        throw new UserError(`Expected the folder of a run but '${run}' does not exist.`);
      }
      await prepareTensorFlow('auto', progressDisplay(process.stderr, { quiet: true }));
      const { exportRun } = await import('../recipes/export.js');
      const directory = await exportRun(run, options);
      await print(directory);
      if (verify) {
        const { verifyExport } = await import('../recipes/verify-export.js');
        await print(await verifyExport(directory));
      }
      finish(0);
    });
}
