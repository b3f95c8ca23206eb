import path from 'node:path';
import { type Command, Option } from 'commander';
import type { FinetuneOptions, ResolvedOptions } from '../runs/options.js';
import { commandLine, untilInterrupted } from './interrupt.js';
import { prepareTensorFlow } from './prepare.js';
import { progressDisplay } from './progress-display.js';
import { parseNumber, parseWhole, parseWholeOrAuto } from './values.js';

interface OutputOptions {
  readonly json: boolean;
  readonly quiet: boolean;
}

/**
 * The main job: `finetune --base vgg16 --data ./pets`, also as `finetune train`. Every option is described here once;
 * what `--help` prints is what there is.
 */
export function addFinetuneCommand(program: Command, finish: (code: number) => void): void {
  const command = program
    .command('train', { isDefault: true })
    .description('train a new classifier head on a pretrained base, beside LeNet-5 from scratch')
    .requiredOption('--data <dir>', 'folder of pictures: DIR/CLASS/* or DIR/{train,val,test}/CLASS/*')
    .option('--base <name>', 'pretrained network to build on (default: vgg16)')
    .option('--out <dir>', 'run folder (default: runs/<name>)')
    .option('--name <name>', "the run's name (default: <data folder>-<base>)")
    .option('--weights <file>', "a weight file of your own instead of the zoo's")
    .option('--seed <n>', 'whole number that all randomness follows from (default: 0)', parseWhole);
  const group = (heading: string, options: readonly Option[]) => {
    for (const option of options) command.addOption(option.helpGroup(heading));
  };
  group('Training:', [
    new Option('--head <name>', 'linear, or mlp: a hidden layer with dropout (default: linear)'),
    new Option('--epochs <n>', 'most epochs for the head (default: 100)').argParser(parseWhole),
    new Option('--batch-size <n>', 'pictures in a training step (default: 32)').argParser(parseWhole),
    new Option(
      '--learning-rate <x>',
      'of the first epoch (default: 0.01 for linear, 0.001 for mlp)',
    ).argParser(parseNumber),
    new Option('--schedule <name>', 'cosine or constant (default: cosine)'),
    new Option('--optimiser <name>', 'adam, adamw or sgd (default: adam)'),
    new Option('--momentum <x>', 'of sgd (default: 0.9)').argParser(parseNumber),
    new Option(
      '--weight-decay <x>',
      'a number, or auto: the validation pictures choose (default: auto)',
    ).argParser((text) => (text === 'auto' ? text : parseNumber(text))),
    new Option('--label-smoothing <x>', 'share of the target spread over all classes (default: 0)').argParser(
      parseNumber,
    ),
    new Option('--class-weights <how>', 'none or balanced (default: none)'),
    new Option(
      '--patience <n>',
      'epochs without a lower validation loss before stopping (default: 15; linear head: never)',
    ).argParser(parseWhole),
    new Option('--dropout <x>', 'share of units that the mlp head drops (default: 0.5)').argParser(
      parseNumber,
    ),
    new Option(
      '--unfreeze <layer>',
      'train the base too from this layer or block on, after the head (default: all frozen)',
    ),
    new Option('--unfreeze-epochs <n>', 'most epochs for the unfrozen layers (default: 10)').argParser(
      parseWhole,
    ),
    new Option('--unfreeze-learning-rate <x>', 'of their first epoch (default: 0.00001)').argParser(
      parseNumber,
    ),
    new Option('--baseline <name>', 'lenet5 from scratch on the same split, or none (default: lenet5)'),
    new Option('--baseline-epochs <n>', 'most epochs for the baseline (default: 60)').argParser(parseWhole),
  ]);
  group('Pictures:', [
    new Option('--resize <how>', 'squash, crop (shorter side, then centre) or letterbox (default: squash)'),
    new Option(
      '--validation-fraction <x>',
      'share of training pictures that choose (default: 0.15)',
    ).argParser(parseNumber),
    new Option('--test-fraction <x>', 'share of a flat folder that is held out (default: 0.15)').argParser(
      parseNumber,
    ),
    new Option('--split <file>', "an earlier run's split.json to use again"),
    new Option(
      '--layout <name>',
      'what the folders of --data are: classes, splits (train, val, test, also in each class), groups that hold the classes, or auto: by names and contents (default: auto)',
    ),
    new Option('--strict', 'an unusable picture is an error'),
  ]);
  group('Machine:', [
    new Option('--device <name>', 'auto, cpu or gpu (default: auto)'),
    new Option(
      '--precision <name>',
      'of the frozen base: auto (int8 or, on a GPU, float16, where faster and close), float32, int8, bfloat16, float16 (default: auto)',
    ),
    new Option(
      '--extract-batch-size <n>',
      'pictures through the frozen base at once (default: auto: 16 on a CPU, on a GPU doubled while that is faster; fewer where memory is short)',
    ).argParser(parseWholeOrAuto),
    new Option('--no-cache', "don't keep the base's features for the next run"),
    new Option(
      '--cache-limit <gigabytes>',
      'features kept; the longest unused go first (default: 10)',
    ).argParser(parseNumber),
  ]);
  group('Output:', [
    new Option('--json', 'print the figures as one JSON object on standard output').default(false, ''),
    new Option('--quiet', 'print only warnings and the result').default(false, ''),
  ]);
  command.action(async (given: FinetuneOptions & OutputOptions) => {
    const { json, quiet, ...options } = given;
    finish(await train(options, { json, quiet }));
  });
}

async function train(options: FinetuneOptions, { json, quiet }: OutputOptions): Promise<number> {
  const { resolveOptions } = await import('../runs/options.js');
  const resolved: ResolvedOptions = resolveOptions(options);
  const display = progressDisplay(process.stderr, { quiet: quiet || json });
  await prepareTensorFlow(resolved.device, display);
  const { runFinetune } = await import('../recipes/finetune.js');
  const run = await untilInterrupted(display, (signal) =>
    runFinetune(options, { onProgress: display.show, signal, command: commandLine() }),
  );
  if (json) {
    console.log(JSON.stringify({ run: run.directory, ...run.metrics }));
    return 0;
  }
  console.log(`\n${run.summary}\n`);
  const shown = path.relative('', path.join(run.directory, 'report.html'));
  console.log(`Report: ${shown.startsWith('..') ? path.join(run.directory, 'report.html') : shown}`);
  return 0;
}
