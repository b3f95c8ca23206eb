import path from 'node:path';
import { type Command, Option } from 'commander';
import { printable } from '../runtime/printable.js';
import { type FinetuneOptions, optionGroups, resolveOptions } from '../runs/options.js';
import { UserError } from '../runtime/errors.js';
import { untilInterrupted } from './interrupt.js';
import { addOptionGroups } from './option-flags.js';
import { print } from './output.js';
import { prepareTensorFlow } from './prepare.js';
import { progressDisplay } from './progress-display.js';
import { openResultFile } from './result-file.js';
import { parseNumber, parseWhole } from './values.js';

interface Flags {
  readonly chart: string;
  readonly from: number;
  readonly to: number;
  readonly steps: number;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** Of the main job's options: it leaves no run behind, and no baseline is trained. */
const without = ['out', 'name', 'baseline', 'baselineEpochs'];

export function addLrFindCommand(program: Command, finish: (code: number) => void): void {
  const command = program
    .command('lr-find')
    .description('look for a learning rate of what the main job, with the same options, trains in steps')
    .argument('[dir]', 'the folder of pictures, as --data')
    .option('--chart <file>', 'where the chart goes, an SVG file', 'lr-find.svg')
    .option('--from <x>', 'learning rate of the first step', parseNumber, 1e-7)
    .option('--to <x>', 'learning rate of the last step', parseNumber, 10)
    .option('--steps <n>', 'steps between them', parseWhole, 100);
  addOptionGroups(
    command,
    optionGroups.map(({ heading, options }) => ({
      heading,
      options: Object.fromEntries(Object.entries(options).filter(([name]) => !without.includes(name))),
    })),
  );
  for (const [flag, help] of [
    ['--json', 'print rates, losses and the suggestion as one JSON object'],
    ['--quiet', 'print only warnings and the result'],
  ] as const) {
    command.addOption(new Option(flag, help).default(false, '').helpGroup('Output:'));
  }
  command.action(async (folder: string | undefined, given: FinetuneOptions & Flags) => {
    const { chart, from, to, steps, json, quiet, ...rest } = given;
    const typed = Object.entries(rest).filter(([name]) => command.getOptionValueSource(name) === 'cli');
    const options = { ...(folder && { data: folder }), ...Object.fromEntries(typed) } as FinetuneOptions;
    await lrFind(options, { chart, from, to, steps, json, quiet });
    finish(0);
  });
}

async function lrFind(options: FinetuneOptions, { chart, json, quiet, ...range }: Flags): Promise<void> {
  expectRange(range);
  if (!/\.svg$/i.test(chart)) {
    throw new UserError(`Expected --chart to be an SVG file but received '${chart}'.`);
  }
  const { device } = resolveOptions(options);
  const file = openResultFile(chart);
  const display = progressDisplay(process.stderr, { quiet: quiet || json });
  await prepareTensorFlow(device, display);
  const [{ findLearningRate }, { rateChart, rateText }] = await Promise.all([
    import('../recipes/lr-find.js'),
    import('../report/rate-chart.js'),
  ]);
  const found = await untilInterrupted(display, (signal) =>
    findLearningRate(options, { onProgress: display.show, signal }, range),
  );
  if (found.steps.length < 2) {
    throw new UserError('Expected the loss to be a number for two steps at least. Give a lower --from.');
  }
  await file.write(rateChart(found, found.network));
  if (json) {
    await print(JSON.stringify({ ...found, chart }));
    return;
  }
  const flag = found.option === 'learningRate' ? '--learning-rate' : '--unfreeze-learning-rate';
  const text =
    found.suggestion === undefined
      ? `The loss of the ${found.network} fell at no rate: there is none to suggest.`
      : `Suggested for the ${found.network}: ${flag} ${rateText(found.suggestion)} (the rule of the valley: in the middle of where the loss falls)`;
  await print(printable(`\n${text}\nChart: ${path.relative('', chart) || chart}`));
}

function expectRange({ from, to, steps }: Pick<Flags, 'from' | 'to' | 'steps'>): void {
  if (from > 0 && to > from && to <= 1000 && steps >= 20 && steps <= 10_000) return;
  throw new UserError(
    `Expected --from above 0, --to above it and at most 1000, --steps from 20 to 10000 but received ${from}, ${to} and ${steps}.`,
  );
}
