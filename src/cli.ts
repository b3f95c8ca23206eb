import fs from 'node:fs';
import { Command, CommanderError } from 'commander';
import { addCompareCommand } from './commands/compare.js';
import { addCrossValidateCommand } from './commands/cross-validate.js';
import { addCheckCommand } from './commands/check.js';
import { addDoctorCommand } from './commands/doctor.js';
import { addEvaluateCommand } from './commands/evaluate.js';
import { addExplainCommand } from './commands/explain.js';
import { addExportCommand } from './commands/export.js';
import { addExtractCommand } from './commands/extract.js';
import { addFinetuneCommand } from './commands/finetune.js';
import { addLearningCurveCommand } from './commands/learning-curve.js';
import { addLrFindCommand } from './commands/lr-find.js';
import { addLookCommand } from './commands/look.js';
import { write } from './commands/output.js';
import { addQueueCommand } from './commands/queue.js';
import { addPredictCommand } from './commands/predict.js';
import { peersWord } from './commands/peers-words.js';
import { addSetupCommand } from './commands/setup.js';
import { addSimilarCommand } from './commands/similar.js';
import { addStyleCommand } from './commands/style.js';
import { addServeCommand } from './commands/serve.js';
import { registerSummary } from './commands/summary.js';
import { addSweepCommand } from './commands/sweep.js';
import { addWorkerCommand } from './commands/worker.js';
import { addZooCommand } from './commands/zoo.js';
import { didYouMean, messageOf, UserError } from './runtime/errors.js';
import { asUserError } from './runtime/system-errors.js';
import { packageVersion } from './runtime/package-version.js';
import { printable } from './runtime/printable.js';

/** Exit codes: 0 done, 1 our fault, or a figure that fails --fail-under or --against, 2 the user's mistake, 130 interrupted. */
const exitCode = { ours: 1, usersMistake: 2, interrupted: 130 } as const;

/** Runs the command line; returns the exit code. Nothing is thrown. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  const outcome = { code: 0 };
  const help: string[] = [];
  const program = buildProgram(
    (code) => {
      outcome.code = code;
    },
    (text) => help.push(text),
  );
  try {
    if (argv.length <= 2) program.help();
    refuseUnknownCommand(argv[2], program);
    await program.parseAsync(argv);
    return outcome.code;
  } catch (error) {
    if (!(error instanceof CommanderError && error.exitCode === 0)) return report(error, program);
    return write(help.join('')).then(
      () => 0,
      (failure: unknown) => report(failure, program),
    );
  }
}

/** A first word that is neither a command nor a folder for the main job is a mistyped command. */
function refuseUnknownCommand(word: string | undefined, program: Command): void {
  const names = [...program.commands.map((command) => command.name()), 'help'];
  if (word === undefined || word.startsWith('-') || names.includes(word) || isPath(word)) return;
  const meant = didYouMean(word, names) || ' For the main job give --data <dir>.';
  throw new UserError(`Expected a command of ${names.join(', ')} but received '${word}'.${meant}`);
}

/** What exists, or could only be a path, is the folder of the main job. */
function isPath(word: string): boolean {
  return fs.existsSync(word) || /[/\\]/.test(word);
}

const mainJob = `
The main job, on a folder with one folder of pictures a class:

  $ finetune --data ./pets                          VGG-16's convolutions, a new head, LeNet-5 beside it
  $ finetune --data ./pets --base efficientnet-lite0
  $ finetune predict runs/pets-vgg16 picture.jpg    what the trained network says of a picture

Its options: finetune train --help`;

/**
 * @param finish takes the exit code of a command that ran to its end.
 * @param help takes what --help and --version print.
 */
export function buildProgram(
  finish: (code: number) => void,
  help: (text: string) => void = () => undefined,
): Command {
  const texts = { writeOut: help, writeErr: () => undefined };
  const program = new Command('finetune')
    .description('Teach a pretrained network your own pictures.')
    .usage('--data <dir> [options]\n       finetune <command> [options]')
    .addHelpText('after', mainJob)
    .version(packageVersion(), '--version')
    .option('--debug', 'show the stack trace of an error', false)
    .showSuggestionAfterError(true)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput(texts);
  addFinetuneCommand(program, finish);
  addCheckCommand(program, finish);
  addExtractCommand(program, finish);
  addPredictCommand(program, finish);
  addEvaluateCommand(program, finish);
  addExplainCommand(program, finish);
  addSimilarCommand(program, finish);
  addStyleCommand(program, finish);
  addLearningCurveCommand(program, finish);
  addCompareCommand(program, finish);
  addCrossValidateCommand(program, finish);
  addSweepCommand(program, finish);
  addLrFindCommand(program, finish);
  addLookCommand(program, finish);
  addExportCommand(program, finish);
  addServeCommand(program, finish);
  addWorkerCommand(program, finish);
  addQueueCommand(program);
  registerSummary(program);
  addZooCommand(program, finish);
  addSetupCommand(program);
  addDoctorCommand(program, finish);
  for (const command of program.commands) command.exitOverride().configureOutput(texts);
  return program;
}

function report(thrown: unknown, program: Command): number {
  const error = asUserError(thrown);
  if (error instanceof CommanderError) {
    console.error(printable(`finetune: ${commanderMessage(error, program)}`));
    return exitCode.usersMistake;
  }
  if (error instanceof Error && error.name === 'Interrupted') {
    const advice = 'goesOn' in error && error.goesOn ? ' Run the same command again to go on from here.' : '';
    console.error(`finetune: ${error.message}${advice}`);
    return exitCode.interrupted;
  }
  const debug = program.opts<{ debug: boolean }>().debug || process.argv.includes('--debug');
  const mistake = error instanceof UserError;
  const text = mistake ? error.message : `Something went wrong on our side: ${messageOf(error)}`;
  const advice = mistake || debug ? '' : ' Run again with --debug for the stack trace.';
  console.error(printable(`finetune: ${text}${advice}`));
  if (debug && error instanceof Error) console.error(printable(String(error.stack)));
  return mistake ? exitCode.usersMistake : exitCode.ours;
}

/** Commander's message as one line of ours: what came, what to do next. */
function commanderMessage(error: CommanderError, program: Command): string {
  if (error.code === 'commander.help') return 'Expected a command after this one. See its --help.';
  const [, flag] = /unknown option '([^']+)'/.exec(error.message) ?? [];
  const meant = flag && peersWord(flag, program.commands.flatMap(longFlags));
  const takers = program.commands.filter((command) => flag && longFlags(command).includes(flag));
  const elsewhere = `not for this command but for ${takers.map((command) => command.name()).join(', ')}`;
  // what has been written down for a flag says more than where else it is taken
  const isExplained = meant && !meant.startsWith('here it is');
  const answer = takers.length > 0 && !isExplained ? elsewhere : meant;
  if (answer) return `unknown option '${flag}': ${answer}. See finetune --help.`;
  const text = error.message
    .replace(/^error: /, '')
    .replace(/\n\(Did you mean (.+?)\?\)/, '. Did you mean $1?');
  return `${text.replace(/\.?$/, '.').replace('?.', '?')} See finetune --help.`;
}

function longFlags(command: Command): string[] {
  return command.options.flatMap(({ long }) => long ?? []);
}
