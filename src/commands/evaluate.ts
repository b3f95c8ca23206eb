import type { Command } from 'commander';
import { layoutNames } from '../data/split-names.js';
import { checkClassifierName } from '../zoo/network-names.js';
import { counted } from '../data/pictures.js';
import type { Evaluation } from '../recipes/evaluate.js';
import { textTable } from '../report/table.js';
import { percent, percentRange } from '../report/text.js';
import { classRows } from '../evaluation/metrics.js';
import { didYouMean, UserError } from '../runtime/errors.js';
import { untilInterrupted } from './interrupt.js';
import { print } from './output.js';
import { prepareTensorFlow } from './prepare.js';
import { progressDisplay } from './progress-display.js';
import { parseNumber } from './values.js';

interface EvaluateOptions {
  readonly data: string;
  readonly failUnder?: number;
  readonly json: boolean;
  readonly strict: boolean;
  readonly includeTrained: boolean;
  readonly layout: string;
  readonly device: 'auto' | 'cpu' | 'gpu';
}

export function addEvaluateCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('evaluate')
    .description('measure a trained run, or a network of the zoo, on a folder of labelled pictures')
    .argument(
      '<run>',
      "run folder, or a network of the zoo: class folders are then ImageNet's synsets or names",
    )
    .requiredOption(
      '--data <dir>',
      'DIR/CLASS/*, or DIR/{train,val,test}/CLASS/*, of which the held-out part is used',
    )
    .option('--fail-under <accuracy>', 'exit with 1 when the accuracy is below, 0 to 1', parseNumber)
    .option('--include-trained', 'count pictures too that the run has trained or chosen on', false)
    .option('--layout <name>', 'auto, classes, splits or groups, as with train', 'auto')
    .option('--strict', 'an unusable picture is an error', false)
    .option('--json', 'print the figures as one JSON object', false)
    .option('--device <name>', 'auto, cpu or gpu', 'auto')
    .action(async (run: string, options: EvaluateOptions) => {
      finish(await evaluate(run, options));
    });
}

async function evaluate(run: string, options: EvaluateOptions): Promise<number> {
  const { failUnder, json } = options;
  if (failUnder !== undefined && !(failUnder >= 0 && failUnder <= 1)) {
    throw new UserError(
      `Expected --fail-under between 0 and 1 but received ${failUnder}. For 95 % write 0.95.`,
    );
  }
  const layout = layoutNames.find((name) => name === options.layout);
  if (!layout) {
    throw new UserError(
      `Expected --layout ${layoutNames.join(', ')} but received '${options.layout}'.${didYouMean(options.layout, layoutNames)}`,
    );
  }
  const display = progressDisplay(process.stderr, { quiet: json });
  checkClassifierName(run);
  await prepareTensorFlow(options.device, display);
  const { evaluateRun } = await import('../recipes/evaluate.js');
  const { metrics, part, labels, trained } = await untilInterrupted(display, (signal) =>
    evaluateRun(run, { ...options, layout }, { onProgress: display.show, signal }),
  );
  if (json) {
    await print(JSON.stringify({ part, ...metrics, ...(trained && { trained }) }));
  } else {
    const rows = classRows(metrics, labels).map(([label, row]) => [
      label,
      percent(row.accuracy),
      percentRange(row.ci95),
      String(row.n),
    ]);
    await print(textTable([['class', 'recognised', '95 % interval', 'pictures'], ...rows], [1, 2, 3]));
    await print(
      `\n${percent(metrics.accuracy)} of ${metrics.n} pictures right (95 % interval ${percentRange(metrics.ci95)}).`,
    );
    const remark = trained && remarkOn(trained);
    if (remark) await print(remark);
  }
  if (failUnder === undefined || metrics.accuracy >= failUnder) return 0;
  console.error(`finetune: accuracy ${metrics.accuracy.toFixed(4)} is below --fail-under ${failUnder}.`);
  return 1;
}

/** What belongs beside the figure: how many pictures the run had seen before. */
function remarkOn({ copies, nearCopies, included }: NonNullable<Evaluation['trained']>): string | undefined {
  const count = copies + nearCopies;
  if (count === 0) return undefined;
  const kinds = nearCopies === 0 ? '' : ` (${copies} the same bytes, ${nearCopies} that look the same)`;
  return included
    ? `The figure flatters: the run has trained or chosen on ${counted(count, 'picture')} of these${kinds}.`
    : `Left out: ${counted(count, 'picture')} that the run has trained or chosen on${kinds}; --include-trained counts them too.`;
}
