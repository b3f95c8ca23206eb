import fs from 'node:fs';
import { Command, CommanderError } from 'commander';
import { addDoctorCommand } from './commands/doctor.js';
import { addEvaluateCommand } from './commands/evaluate.js';
import { addExportCommand } from './commands/export.js';
import { addFinetuneCommand } from './commands/finetune.js';
import { write } from './commands/output.js';
import { addPredictCommand } from './commands/predict.js';
import { registerSummary } from './commands/summary.js';
import { addZooCommand } from './commands/zoo.js';
import { didYouMean, messageOf, UserError } from './runtime/errors.js';

/** Exit codes: 0 done, 1 our fault or a figure below --fail-under, 2 the user's mistake, 130 interrupted. */
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

/** A first word that is no command is a mistyped one: the main job takes options only. */
function refuseUnknownCommand(word: string | undefined, program: Command): void {
  const names = [...program.commands.map((command) => command.name()), 'help'];
  if (word === undefined || word.startsWith('-') || names.includes(word)) return;
  const meant = didYouMean(word, names) || ' For the main job give --data <dir>.';
  throw new UserError(`Expected a command of ${names.join(', ')} but received '${word}'.${meant}`);
}

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
    .version(packageVersion(), '--version')
    .option('--debug', 'show the stack trace of an error', false)
    .showSuggestionAfterError(true)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput(texts);
  addFinetuneCommand(program, finish);
  addPredictCommand(program, finish);
  addEvaluateCommand(program, finish);
  addExportCommand(program, finish);
  registerSummary(program);
  addZooCommand(program, finish);
  addDoctorCommand(program, finish);
  for (const command of program.commands) command.exitOverride().configureOutput(texts);
  return program;
}

function report(error: unknown, program: Command): number {
  if (error instanceof CommanderError) {
    console.error(`finetune: ${commanderMessage(error)}`);
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
  console.error(`finetune: ${text}${mistake || debug ? '' : ' Run again with --debug for the stack trace.'}`);
  if (debug && error instanceof Error) console.error(error.stack);
  return mistake ? exitCode.usersMistake : exitCode.ours;
}

/** Commander's message as one line of ours: what came, what to do next. */
function commanderMessage(error: CommanderError): string {
  if (error.code === 'commander.help') return 'Expected a command after this one. See its --help.';
  const text = error.message
    .replace(/^error: /, '')
    .replace(/\n\(Did you mean (.+?)\?\)/, '. Did you mean $1?');
  return `${text.replace(/\.?$/, '.').replace('?.', '?')} See finetune --help.`;
}

function packageVersion(): string {
  const text = fs.readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
