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
    const machine = await runChecks(device);
    const isSetUp = !machine.some(({ name, status }) => name === 'TensorFlow' && status === 'fail');
    const estimate =
      flags.data !== undefined && isSetUp
        ? await estimated(Object.fromEntries(typed) as FinetuneOptions, display)
        : undefined;
    const ofJob = estimate ? estimateChecks(estimate) : flags.data === undefined ? [] : [noEstimate];
    const checks = [...machine, ...ofJob];
    await print(
      json
        ? JSON.stringify({ checks, ...(estimate && { estimate }) }, null, 2)
        : printable(checks.map(line).join('\n')),
    );
    finish(checks.some(({ status }) => status === 'fail') ? 1 : 0);
  });
}

const noEstimate: Check = {
  name: 'Estimate',
  status: 'warn',
  message: 'none without TensorFlow',
  advice: 'Set TensorFlow up first: finetune doctor --fix.',
};

async function estimated(options: FinetuneOptions, display: ProgressDisplay): Promise<Estimate> {
  const { estimateRun } = await import('../recipes/estimate.js');
  return untilInterrupted(display, (signal) => estimateRun(options, { onProgress: display.show, signal }));
}

function line({ name, status, message, advice }: Check): string {
  const text = `${status.padEnd(4)}  ${name.padEnd(12)}  ${message}`;
  return advice ? `${text}\n${' '.repeat(20)}→ ${advice}` : text;
}
