import { type Command, Option } from 'commander';
import type { z } from 'zod';
import type { Extraction, ShardNumber } from '../recipes/extract.js';
import { duration } from '../report/text.js';
import { counted, listed } from '../data/pictures.js';
import { type FinetuneOptions, optionGroups, resolveOptions } from '../runs/options.js';
import { UserError } from '../runtime/errors.js';
import { printable } from '../runtime/printable.js';
import { untilInterrupted } from './interrupt.js';
import { addOptionGroups } from './option-flags.js';
import { print } from './output.js';
import { prepareTensorFlow } from './prepare.js';
import { progressDisplay } from './progress-display.js';
import { parseWhole } from './values.js';

/** Options of the main job on which features do not depend, and where it writes. */
const unheeded = [
  ...['out', 'name', 'batchSize', 'weightDecay', 'classWeights', 'patience', 'dropout', 'dedupe'],
  ...[
    'unfreezeEpochs',
    'unfreezeLearningRate',
    'baselineEpochs',
    'extractBatchSize',
    'cache',
    'cacheLimit',
    'store',
  ],
];

interface ExtractFlags {
  readonly store?: string;
  readonly shard?: ShardNumber;
  readonly shards?: number;
  readonly plan?: string;
  readonly planOnly?: boolean;
  readonly queue?: string;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly config?: string;
}

export function addExtractCommand(program: Command, finish: (code: number) => void): void {
  const command = program
    .command('extract')
    .description(
      "compute the base's features of a folder, or a share of them, for the main job here or elsewhere",
    )
    .argument('[dir]', 'the folder of pictures, as --data')
    .option('--store <dir>', 'folder for the features, seen by all machines that share the work')
    .addOption(
      new Option(
        '--shard <i/n>',
        'only the i-th of n equal shares, such as 3/64 (default: all of it)',
      ).argParser(parseShard),
    )
    .option('--shards <n>', 'pieces to divide the work into (default: of about 1024 pictures)', parseWhole)
    .option('--plan-only', 'find and divide the pictures, keep that as a plan in --store, and print its name')
    .option('--plan <name>', 'work by a plan of --plan-only: pictures are not looked through again')
    .option('--queue <url>', 'let the workers of this Redis compute, and wait for them: redis://host:6379');
  addOptionGroups(
    command,
    optionGroups.map(({ heading, options }) => ({ heading, options: heeded(options) })),
  );
  command
    .addOption(
      new Option('--json', 'print what was done as one JSON object').default(false, '').helpGroup('Output:'),
    )
    .addOption(
      new Option('--quiet', 'print only warnings and the result').default(false, '').helpGroup('Output:'),
    )
    .addOption(
      new Option('--config <file>', "the main job's YAML or JSON file; flags beside it win").helpGroup(
        'Output:',
      ),
    )
    .action(async (folder: string | undefined, given: ExtractFlags & Partial<FinetuneOptions>) => {
      const typed = Object.entries(given).filter(([name]) => command.getOptionValueSource(name) === 'cli');
      finish(await extract(folder, given, Object.fromEntries(typed)));
    });
}

function heeded(options: Readonly<Record<string, z.ZodType>>): Readonly<Record<string, z.ZodType>> {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !unheeded.includes(name)));
}

async function extract(
  folder: string | undefined,
  flags: ExtractFlags,
  typed: Record<string, unknown>,
): Promise<number> {
  const { shard, shards, plan, planOnly, queue, json, quiet, config } = flags;
  const own = ['store', 'shard', 'shards', 'plan', 'planOnly', 'queue', 'json', 'quiet', 'config'];
  const file = config === undefined ? {} : (await import('../runs/config-file.js')).readConfigFile(config);
  const { store: storeOfFile, ...inFile } = file as Partial<FinetuneOptions>;
  const store = flags.store ?? storeOfFile;
  const options = {
    ...inFile,
    ...(folder !== undefined && { data: folder }),
    ...Object.fromEntries(Object.entries(typed).filter(([name]) => !own.includes(name))),
  } as FinetuneOptions;
  if (store === undefined) {
    throw new UserError(
      'Expected --store, the folder for the features: finetune extract --data ./pets --store /shared/pets.',
    );
  }
  refuseContradictions(flags, options);
  const display = progressDisplay(process.stderr, { quiet: quiet || json });
  await prepareTensorFlow(options.device ?? 'auto', display);
  const recipe = await import('../recipes/extract.js');
  if (planOnly) {
    const saved = await untilInterrupted(display, (signal) =>
      recipe.runPlanning({ store, options, shards }, { onProgress: display.show, signal }),
    );
    const next = `finetune extract --store ${store} --plan ${saved.plan} --shard 1/${saved.shards}`;
    await print(
      json
        ? JSON.stringify(saved)
        : `\n${counted(saved.pictures, 'picture')} in ${counted(saved.shards, 'shard')}. On each machine:\n${next}`,
    );
    return 0;
  }
  const done = await untilInterrupted(display, async (signal) => {
    const hooks = { onProgress: display.show, signal };
    if (queue === undefined) {
      const where = plan === undefined ? { options, shards } : { plan, data: options.data };
      return recipe.runExtraction({ store, shard, ...where }, hooks);
    }
    const { extractOverQueue } = await import('../queue/submit.js');
    return extractOverQueue(
      { store, options: resolveOptions({ ...options, store }), shards, url: queue },
      hooks,
    );
  });
  if (json) await print(JSON.stringify(done));
  else await print(printable(`\n${extractionText(done)}`));
  return 0;
}

/** @throws UserError when flags that were given exclude one another. */
function refuseContradictions(
  { shard, shards, plan, planOnly, queue }: ExtractFlags,
  options: Partial<FinetuneOptions>,
): void {
  const pairs = [
    [shard && shards, '--shard and --shards', '--shard 3/64 says both'],
    [shard && planOnly, '--shard and --plan-only', 'a plan is of all shards'],
    [plan && (planOnly || shards), '--plan and --plan-only or --shards', 'the plan says how many there are'],
    [
      queue && (plan || shard || planOnly),
      '--queue and --plan, --plan-only or --shard',
      'workers take shards by themselves',
    ],
  ] as const;
  for (const [both, which, why] of pairs) {
    if (both) throw new UserError(`Expected not both ${which}: ${why}.`);
  }
  if (shards !== undefined && shards < 1) {
    throw new UserError(`Expected --shards to be 1 or more but received ${shards}.`);
  }
  const others = Object.keys(options).filter((name) => !['data', 'device'].includes(name));
  if (plan && others.length > 0) {
    throw new UserError(
      `Expected no ${others.join(', ')} beside --plan: they were settled when it was made. Leave them out.`,
    );
  }
}

/** `3/64`: the third of sixty-four. */
function parseShard(text: string): ShardNumber {
  const [, shard, of] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (shard !== undefined && of !== undefined && shard >= 1 && shard <= of) return { shard, of };
  throw new UserError(
    `Expected --shard i/n with i from 1 to n, such as 3/64, but received '${text}'. Counters that begin at 0 need 1 more.`,
  );
}

function extractionText({ store, shards, computed, pictures, skipped, seconds }: Extraction): string {
  const were = shards - computed;
  const lines = [
    `${counted(pictures, 'picture')} in ${counted(shards, 'shard')}: ${computed} computed now, ${were} there already. ${duration(seconds)} of work.`,
  ];
  if (skipped.length > 0) {
    const files = skipped.map(({ path, reason }) => `${path}: ${reason}`);
    lines.push(`${counted(skipped.length, 'picture')} skipped:${listed(files)}`);
  }
  return [...lines, `Features: ${store}`].join('\n');
}
