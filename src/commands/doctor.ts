import type { Command } from 'commander';
import { runChecks } from '../recipes/doctor.js';
import type { Check } from '../runtime/checks/check.js';
import { chooseDevice } from '../runtime/gpu.js';
import { ensureTensorFlow } from '../runtime/install/ensure.js';
import { print } from './output.js';
import { checkDeviceName } from './prepare.js';
import { progressDisplay } from './progress-display.js';

export function addDoctorCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('doctor')
    .description('check Node, TensorFlow, the device, caches and weights')
    .option('--fix', 'set TensorFlow up when it is not', false)
    .option('--device <name>', 'auto, cpu or gpu', 'auto')
    .option('--json', 'print {"checks": [{"name", "status", "message", "advice"}]}', false)
    .action(async (options: { fix: boolean; device: string; json: boolean }) => {
      const device = checkDeviceName(options.device);
      if (options.fix) {
        const display = progressDisplay(process.stderr, { quiet: false });
        await ensureTensorFlow({ device, onProgress: display.show });
      }
      chooseDevice(device);
      const checks = await runChecks(device);
      await print(options.json ? JSON.stringify({ checks }, null, 2) : checks.map(line).join('\n'));
      finish(checks.some(({ status }) => status === 'fail') ? 1 : 0);
    });
}

function line({ name, status, message, advice }: Check): string {
  const text = `${status.padEnd(4)}  ${name.padEnd(12)}  ${message}`;
  return advice ? `${text}\n${' '.repeat(20)}→ ${advice}` : text;
}
