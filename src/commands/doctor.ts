import type { Command } from 'commander';
import { runChecks } from '../recipes/doctor.js';
import type { Estimate } from '../recipes/estimate.js';
import { type FinetuneOptions, optionGroups } from '../runs/options.js';
import type { Check } from '../runtime/checks/check.js';
import { UserError } from '../runtime/errors.js';
import { chooseDevice } from '../runtime/gpu.js';
import { ensureTensorFlow } from '../runtime/install/ensure.js';
import { printable } from '../runtime/printable.js';
import { estimateChecks } from './estimate-checks.js';
import { untilInterrupted } from './interrupt.js';
import { addOptionGroups } from './option-flags.js';
import { print } from './output.js';
import { checkDeviceName } from './prepare.js';
import { type ProgressDisplay, progressDisplay } from './progress-display.js';

interface DoctorFlags extends Omit<Partial<FinetuneOptions>, 'device'> {
  readonly fix: boolean;
  readonly device: string;
  readonly json: boolean;
}

/** Options of the main job that decide what it takes. */
const heeded = [
  'data',
  'base',
  'effort',
  'input',
  'features',
  'pool',
  'precision',
  'baseline',
  'layout',
  'extractBatchSize',
];

export function addDoctorCommand(program: Command, finish: (code: number) => void): void {
  const command = program
    .command('doctor')
    .description(
      'check Node, TensorFlow, the device, caches and weights; with --data also estimate what the main job on these pictures takes',
    )
    .option('--fix', 'set TensorFlow up when it is not', false)
    .option('--device <name>', 'auto, cpu or gpu', 'auto')
    .option(
      '--json',
      'print {"checks": [{"name", "status", "message", "advice"}]}, with --data also "estimate"',
      false,
    );
  addOptionGroups(command, [
    {
      heading: 'With --data:',
      options: Object.fromEntries(
        optionGroups.flatMap(({ options }) =>
          Object.entries(options).filter(([name]) => heeded.includes(name)),
        ),
      ),
    },
  ]);
  command.action(async ({ fix, device: given, json, ...flags }: DoctorFlags) => {
    const device = checkDeviceName(given);
    const display = progressDisplay(process.stderr, { quiet: json });
    if (fix) await ensureTensorFlow({ device, onProgress: display.show });
    chooseDevice(device);
    const typed = Object.entries(flags).filter(([name]) => command.getOptionValueSource(name) === 'cli');
    if (typed.length > 0 && flags.data === undefined) {
      throw new UserError(`Expected --data with --${typed[0]![0]}: finetune doctor --data ./pets.`);
    }
    const checks = await runChecks(device);
    const estimated =
      flags.data === undefined
        ? { checks: [] }
        : await estimate(Object.fromEntries(typed) as FinetuneOptions, checks, display);
    const all = [...checks, ...estimated.checks];
    const { checks: _shown, ...more } = estimated;
    await print(
      json ? JSON.stringify({ checks: all, ...more }, null, 2) : printable(all.map(line).join('\n')),
    );
    finish(all.some(({ status }) => status === 'fail') ? 1 : 0);
  });
}

async function estimate(
  options: FinetuneOptions,
  checks: readonly Check[],
  display: ProgressDisplay,
): Promise<{ readonly checks: Check[]; readonly estimate?: Estimate }> {
  if (checks.some(({ name, status }) => name === 'TensorFlow' && status === 'fail')) {
    const advice = 'Set TensorFlow up first: finetune doctor --fix.';
    return {
      checks: [{ name: 'Estimate', status: 'warn', message: 'none without TensorFlow', advice }],
    };
  }
  const recipe = await import('../recipes/estimate.js');
  const found = await untilInterrupted(display, (signal) =>
    recipe.estimateRun(options, { onProgress: display.show, signal }),
  );
  return { checks: estimateChecks(found), estimate: found };
}

function line({ name, status, message, advice }: Check): string {
  const text = `${status.padEnd(4)}  ${name.padEnd(12)}  ${message}`;
  return advice ? `${text}\n${' '.repeat(20)}→ ${advice}` : text;
}
