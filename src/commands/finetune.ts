import path from 'node:path';
import { type Command, Option } from 'commander';
import { type FinetuneOptions, optionGroups, resolveOptions } from '../runs/options.js';
import { commandLine, untilInterrupted } from './interrupt.js';
import { print } from './output.js';
import { prepareTensorFlow } from './prepare.js';
import { progressDisplay } from './progress-display.js';
import { addOptionGroups } from './option-flags.js';
import { askWorkers, expectStore, queueFlag } from './queue-flag.js';

interface OutputOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly queue?: string;
}

/**
 * The main job: `finetune --base vgg16 --data ./pets`, also as `finetune train`. Its flags come from the one table of
 * options.
 */
export function addFinetuneCommand(program: Command, finish: (code: number) => void): void {
  const command = program
    .command('train', { isDefault: true })
    .description('train a new classifier head on a pretrained base, beside LeNet-5 from scratch')
    .argument('[dir]', 'the folder of pictures, as --data');
  addOptionGroups(command, optionGroups);
  for (const [flag, help] of [
    ['--json', 'print the figures as one JSON object on standard output'],
    ['--quiet', 'print only warnings and the result'],
  ] as const) {
    command.addOption(new Option(flag, help).default(false, '').helpGroup('Output:'));
  }
  command.addOption(queueFlag());
  command.addOption(
    new Option('--config <file>', 'options from a YAML or JSON file; those given beside it win').helpGroup(
      'Output:',
    ),
  );
  command.action(
    async (folder: string | undefined, given: FinetuneOptions & OutputOptions & { config?: string }) => {
      const { json, quiet, config, queue, ...flags } = given;
      const typed = Object.entries(flags).filter(([name]) => command.getOptionValueSource(name) === 'cli');
      const options = {
        ...(config && (await import('../runs/config-file.js')).readConfigFile(config)),
        ...(folder && { data: folder }),
        ...Object.fromEntries(typed),
      };
      finish(await train(options as FinetuneOptions, { json, quiet, ...(queue && { queue }) }));
    },
  );
}

async function train(options: FinetuneOptions, { json, quiet, queue }: OutputOptions): Promise<number> {
  const resolved = resolveOptions(options);
  expectStore(queue, resolved);
  const display = progressDisplay(process.stderr, { quiet: quiet || json });
  await prepareTensorFlow(resolved.device, display);
  const { runFinetune } = await import('../recipes/finetune.js');
  const run = await untilInterrupted(display, async (signal) => {
    const hooks = { onProgress: display.show, signal };
    await askWorkers(queue, [resolved], hooks);
    return runFinetune(options, { ...hooks, command: commandLine() });
  });
  if (json) {
    await print(JSON.stringify({ run: run.directory, ...run.metrics }));
    return 0;
  }
  await print(`\n${run.summary}\n`);
  const shown = path.relative('', path.join(run.directory, 'report.html'));
  await print(`Report: ${shown.startsWith('..') ? path.join(run.directory, 'report.html') : shown}`);
  return 0;
}
