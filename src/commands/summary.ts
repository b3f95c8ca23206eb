import fs from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { type OptimiserName, optimiserState } from '../summary/network-memory.js';
import { type Summary, summarise } from '../summary/summary.js';
import { summaryCsv } from '../summary/summary-csv.js';
import { summaryMarkdown, summaryText } from '../summary/summary-table.js';
import { blocksOf } from '../models/cut-points.js';
import { inputOf, type Network } from '../models/network.js';
import { acceptedNames, type ModelSpec, modelSpec } from '../models/registry.js';
import { didYouMean, messageOf, UserError } from '../runtime/errors.js';
import { print } from './output.js';

export interface SummaryCommandOptions {
  /** `HxWxC` or `HxW`, in pixels. */
  readonly input?: string;
  readonly classes?: string;
  readonly freeze?: string;
  readonly batch?: string;
  readonly optimiser?: string;
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly markdown?: boolean;
  /** Folder for the two charts, or true for the current one. */
  readonly chart?: string | boolean;
}

/** Adds `finetune summary` to the command line. */
export function registerSummary(program: Command): void {
  program
    .command('summary')
    .argument(
      '[model]',
      'a network of the zoo (vgg16), a run folder, or a TF.js model: its folder or model.json',
    )
    .description(
      'shapes, parameters, multiply-adds, receptive fields and memory of a network, layer by layer',
    )
    .option('--input <HxWxC>', 'size of the pictures (default: what the network was made for)')
    .option('--classes <n>', 'number of classes')
    .option('--freeze <layer>', 'freeze up to and including this layer or block')
    .option('--batch <n>', 'pictures at a time, for the memory (default: 1)')
    .option('--optimiser <name>', `${Object.keys(optimiserState).join(', ')} (default: adam)`)
    .option('--json', 'print JSON')
    .option('--csv', 'print CSV')
    .option('--markdown', 'print a Markdown table')
    .option('--chart [folder]', 'write accuracy-operations.svg and ilsvrc-winners.svg')
    .action(async (model: string | undefined, options: SummaryCommandOptions) => {
      process.exitCode = await summary(model, options);
    });
}

/**
 * Prints a network's numbers layer by layer, or with `chart` writes the charts of published networks. Neither needs
 * TensorFlow.
 *
 * @param model a network of the zoo, a run folder, or a TF.js model.
 * @returns the exit code, 0.
 * @throws UserError for an unknown network, layer or optimiser, numbers that do not fit, or a damaged file.
 */
export async function summary(
  model: string | undefined,
  options: SummaryCommandOptions = {},
): Promise<number> {
  const formats = [options.json && '--json', options.csv && '--csv', options.markdown && '--markdown'].filter(
    Boolean,
  );
  if (formats.length > 1)
    throw new UserError(`Expected one output format but received ${formats.join(' and ')}.`);
  if (options.chart) await writeCharts(options.chart === true ? '.' : options.chart);
  if (model === undefined) {
    if (options.chart) return 0;
    throw new UserError(`Expected a network or --chart but received neither: try 'finetune summary vgg16'.`);
  }
  const result = await summaryOf(model, options);
  if (options.json) await print(JSON.stringify(result, null, 2));
  else if (options.csv) await print(summaryCsv(result));
  else if (options.markdown) await print(summaryMarkdown(result));
  else await print(summaryText(result));
  return 0;
}

async function summaryOf(model: string, options: SummaryCommandOptions): Promise<Summary<null>> {
  const settings = {
    batch: options.batch === undefined ? 1 : positiveInteger('--batch', options.batch),
    optimiser: optimiserNamed(options.optimiser ?? 'adam'),
    ...(options.freeze !== undefined && { freeze: options.freeze }),
  };
  if (!isSaved(model)) {
    const spec = modelSpec(model);
    return { ...summarise(build(spec, options), settings), blocks: blocksOf(spec.buildBase()) };
  }
  if (options.classes !== undefined) {
    throw new UserError(
      `Expected no --classes for '${model}', whose classes are settled: only networks of the zoo take it.`,
    );
  }
  const { summariseSaved } = await import('../recipes/summary.js');
  const input = options.input === undefined ? undefined : inputSides(options.input);
  return summariseSaved(model, { ...settings, ...(input && { input }) });
}

/** Whether it is a path; what is called like a network of the zoo is one unless it is the folder of a run. */
function isSaved(model: string): boolean {
  const names = acceptedNames();
  if (names.includes(model)) return fs.existsSync(path.join(model, 'model'));
  if (fs.existsSync(model)) return true;
  const run = path.join('runs', model);
  const meant = didYouMean(model, names) || (fs.existsSync(run) ? ` Did you mean '${run}'?` : '');
  throw new UserError(
    `Expected a network, a run folder or a TF.js model but '${model}' is none of them.` +
      (meant || ` Networks: ${names.join(', ')}.`),
  );
}

async function writeCharts(folder: string): Promise<void> {
  const { writePublishedCharts } = await import('../report/published-charts.js');
  // Paths go to standard error, so that standard output holds the table or JSON alone.
  for (const path of await writePublishedCharts(folder)) console.error(`wrote ${path}`);
}

function build(spec: ModelSpec, options: SummaryCommandOptions): Network {
  const inputShape = options.input === undefined ? undefined : inputShapeOf(options.input, spec);
  const classes = options.classes === undefined ? undefined : positiveInteger('--classes', options.classes);
  const network = attempt(spec, () =>
    spec.build({ ...(classes !== undefined && { classes }), ...(inputShape && { inputShape }) }),
  );
  if (inputShape && String(inputOf(network).shape) !== String(inputShape)) {
    throw new UserError(
      `Expected no --input for ${spec.name}, which is only built for ${spec.inputShape.join('x')}, but received '${options.input}'.`,
    );
  }
  return network;
}

function attempt(spec: ModelSpec, make: () => Network): Network {
  try {
    return make();
  } catch (thrown) {
    throw new UserError(
      `Expected an --input that ${spec.name} can take (made for ${spec.inputShape.join('x')}): ${messageOf(thrown)}.`,
    );
  }
}

function inputShapeOf(text: string, spec: ModelSpec): [number, number, number] {
  const [height, width, channels = spec.inputShape[2]] = inputSides(text);
  return [height!, width!, channels];
}

function inputSides(text: string): number[] {
  const sides = text.split(/[x×]/i).map(Number);
  const whole = sides.every((side) => Number.isInteger(side) && side > 0);
  if (sides.length >= 2 && sides.length <= 3 && whole) return sides;
  throw new UserError(`Expected --input as height x width, like 320x320, but received '${text}'.`);
}

function positiveInteger(option: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new UserError(`Expected a whole number above 0 for ${option} but received '${text}'.`);
}

function optimiserNamed(name: string): OptimiserName {
  const names = Object.keys(optimiserState) as OptimiserName[];
  const found = names.find((known) => known === name);
  if (found) return found;
  throw new UserError(
    `Expected an optimiser of ${names.join(', ')} but received '${name}'.${didYouMean(name, names)}`,
  );
}
