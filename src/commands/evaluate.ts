import type { Command } from 'commander';
import { layoutNames } from '../data/split-names.js';
import { checkClassifierName } from '../zoo/network-names.js';
import { counted } from '../data/pictures.js';
import { csv } from '../formats/csv.js';
import type { Against, EvaluateOptions as Asked, Evaluation } from '../recipes/evaluate.js';
import { changeText, classChangesTable } from '../report/change-text.js';
import { junitXml } from '../report/junit.js';
import { predictionsHead, predictionsRow } from '../report/predictions-csv.js';
import { textTable } from '../report/table.js';
import { surenessLines } from '../report/sureness-text.js';
import { percent, percentRange, signedPoints } from '../report/text.js';
import { judgedEnds, verdictsOf } from '../report/verdicts.js';
import { classRows } from '../evaluation/metrics.js';
import { oneOfNames, UserError } from '../runtime/errors.js';
import { printable } from '../runtime/printable.js';
import { untilInterrupted } from './interrupt.js';
import { print, write } from './output.js';
import { prepareTensorFlow } from './prepare.js';
import { progressDisplay } from './progress-display.js';
import { openResultFile } from './result-file.js';
import { ttaHelp, viewsOf } from './views.js';
import { checkShare, parseNumber } from './values.js';

interface EvaluateOptions {
  readonly data: string;
  readonly failUnder?: number;
  readonly judge: string;
  readonly against?: string;
  readonly junit?: string;
  readonly coverage?: number;
  readonly abstainBelow?: number;
  readonly csv: boolean;
  readonly json: boolean;
  readonly strict: boolean;
  readonly includeTrained: boolean;
  readonly layout: string;
  readonly tta: string;
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
    .option(
      '--judge <end>',
      'what --fail-under looks at: figure; high, the end of the 95 % interval, so that what may be chance passes; low, so that only what is surely as good does',
      'figure',
    )
    .option(
      '--against <run|csv>',
      'exit with 1 when the accuracy, or that of a class, is lower than what this run, network, or file of predictions gets on the same pictures, by more than chance',
    )
    .option(
      '--coverage <share>',
      'measure too the smallest sets of classes that hold the true one so often, as 0.9',
      parseNumber,
    )
    .option(
      '--abstain-below <probability>',
      "measure too what comes of calling less likely answers 'not sure', 0 to 1",
      parseNumber,
    )
    .option('--junit <file>', 'write what passed and failed as JUnit XML, for CI servers')
    .option('--include-trained', 'count pictures too that the run has trained or chosen on', false)
    .option('--layout <name>', 'auto, classes, splits or groups, as with train', 'auto')
    .option('--tta <views>', ttaHelp, 'auto')
    .option('--strict', 'an unusable picture is an error', false)
    .option('--json', 'print the figures as one JSON object', false)
    .option(
      '--csv',
      'print each answer as in predictions.csv: path, label, predicted, probabilities; the figures go to standard error',
      false,
    )
    .option('--device <name>', 'auto, cpu or gpu', 'auto')
    .action(async (run: string, options: EvaluateOptions) => {
      finish(await evaluate(run, options));
    });
}

async function evaluate(run: string, options: EvaluateOptions): Promise<number> {
  const { failUnder, against, json } = options;
  checkShare('--fail-under', failUnder);
  checkShare('--abstain-below', options.abstainBelow);
  if (json && options.csv) throw new UserError('Expected one output format but received --json and --csv.');
  const layout = oneOfNames('--layout', options.layout, layoutNames);
  const tta = viewsOf(options.tta);
  const judge = oneOfNames('--judge', options.judge, judgedEnds);
  if (judge !== 'figure' && failUnder === undefined)
    throw new UserError(
      `Expected --fail-under with --judge ${judge} but received none: it says what is judged.`,
    );
  const display = progressDisplay(process.stderr, { quiet: json || options.csv });
  checkClassifierName(run);
  const junit = options.junit === undefined ? undefined : openResultFile(options.junit);
  await prepareTensorFlow(options.device, display);
  const { evaluateRun } = await import('../recipes/evaluate.js');
  const evaluation = await untilInterrupted(display, (signal) => {
    const { data, strict, includeTrained, coverage, abstainBelow } = options;
    const asked = {
      data,
      strict,
      includeTrained,
      layout,
      tta,
      ...(against !== undefined && { against }),
      ...(coverage !== undefined && { coverage }),
      ...(abstainBelow !== undefined && { abstainBelow }),
    };
    const rows = options.csv && { onPrediction: csvRows() };
    return evaluateRun(run, { ...asked, ...rows }, { onProgress: display.show, signal });
  });
  const { metrics, labels: _labels, ...rest } = evaluation;
  if (json) {
    await print(JSON.stringify({ ...metrics, ...rest }));
  } else {
    const text = figuresText(evaluation);
    if (options.csv) console.error(printable(text));
    else await print(text);
  }
  const verdicts = verdictsOf(evaluation, { judge, ...(failUnder !== undefined && { atLeast: failUnder }) });
  await junit?.write(junitXml(`finetune evaluate ${run}`, verdicts));
  const failed = verdicts.filter(({ passed }) => !passed);
  for (const { message } of failed) console.error(printable(`finetune: ${message}.`));
  return failed.length > 0 ? 1 : 0;
}

/** Prints each answer as soon as it is made, until the reader has gone. */
function csvRows(): NonNullable<Asked['onPrediction']> {
  let isWanted: boolean | undefined;
  return async (prediction, keys) => {
    isWanted ??= await write(csv([predictionsHead(keys)]));
    isWanted &&= await write(csv([predictionsRow(prediction, keys)]));
  };
}

function figuresText(evaluation: Evaluation): string {
  const { metrics, labels, trained, against } = evaluation;
  const rows = classRows(metrics, labels).map(([label, row]) => [
    label,
    percent(row.accuracy),
    percentRange(row.ci95),
    String(row.n),
  ]);
  const table = textTable([['class', 'recognised', '95 % interval', 'pictures'], ...rows], [1, 2, 3]);
  const figure = `${percent(metrics.accuracy)} of ${metrics.n} pictures right (95 % interval ${percentRange(metrics.ci95)}).`;
  const remark = trained && remarkOn(trained);
  return [
    table,
    '',
    figure,
    ...surenessLines(evaluation),
    ...(remark ? [remark] : []),
    ...(against ? ['', againstText(against)] : []),
  ].join('\n');
}

function againstText(against: Against): string {
  const { source, all, macroF1, perClass, unmatched, remarks } = against;
  const table = classChangesTable(against);
  const left = unmatched.map(({ count, reason }) => `${count} ${count === 1 ? 'is' : 'are'} ${reason}`);
  return [
    `Against ${source}: ${changeText(all)}.`,
    ...(macroF1.ci95
      ? [
          `Macro-F1: ${signedPoints(macroF1.difference)} points (95 % interval ${macroF1.ci95.map(signedPoints).join(' to ')}).`,
        ]
      : []),
    ...(table
      ? ['', table, `By Holm's correction over ${counted(perClass.length, 'class', 'classes')}.`]
      : []),
    ...(left.length > 0 ? [`Pictures that are not compared: ${left.join(', ')}.`] : []),
    ...remarks,
  ].join('\n');
}

/** What belongs beside the figure: how many pictures the run had seen before. */
function remarkOn({ copies, nearCopies, included }: NonNullable<Evaluation['trained']>): string | undefined {
  const count = copies + nearCopies;
  if (count === 0) return undefined;
  const kinds =
    nearCopies === 0
      ? ''
      : ` (${copies} the same bytes, ${nearCopies} that look the same, some perhaps mirrored; crops are not looked for here)`;
  return included
    ? `The figure flatters: the run has trained or chosen on ${counted(count, 'picture')} of these${kinds}.`
    : `Left out: ${counted(count, 'picture')} that the run has trained or chosen on${kinds}; --include-trained counts them too.`;
}
