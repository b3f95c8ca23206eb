import fs from 'node:fs';
import { Command, CommanderError } from 'commander';
import { addDoctorCommand } from './commands/doctor.js';
import { addEvaluateCommand } from './commands/evaluate.js';
import { addExportCommand } from './commands/export.js';
import { addFinetuneCommand } from './commands/finetune.js';
import { addPredictCommand } from './commands/predict.js';
import { registerSummary } from './commands/summary.js';
import { addZooCommand } from './commands/zoo.js';
import { didYouMean, messageOf, UserError } from './runtime/errors.js';
import { printable } from './runtime/printable.js';

/** Exit codes: 0 done, 1 our fault or a figure below --fail-under, 2 the user's mistake, 130 interrupted. */
const exitCode = { ours: 1, usersMistake: 2, interrupted: 130 } as const;

/** Runs the command line; returns the exit code. Nothing is thrown. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  const outcome = { code: 0 };
  const program = buildProgram((code) => {
    outcome.code = code;
  });
  try {
    refuseUnknownCommand(argv[2], program);
    await program.parseAsync(argv);
    return outcome.code;
  } catch (error) {
    return report(error, program);
  }
}

/** A first word that is no command is a mistyped one: the main job takes options only. */
function refuseUnknownCommand(word: string | undefined, program: Command): void {
  const names = [...program.commands.map((command) => command.name()), 'help'];
  if (word === undefined || word.startsWith('-') || names.includes(word)) return;
  const meant = didYouMean(word, names) || ' For the main job give --data <dir>.';
  throw new UserError(`Expected a command of ${names.join(', ')} but received '${word}'.${meant}`);
}

/** `finish` takes the exit code of a command that ran to its end. */
export function buildProgram(finish: (code: number) => void): Command {
  const program = new Command('finetune')
    .description('Teach a pretrained network your own pictures.')
    .version(packageVersion(), '--version')
    .option('--debug', 'show the stack trace of an error', false)
    .showSuggestionAfterError(true)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  addFinetuneCommand(program, finish);
  addPredictCommand(program, finish);
  addEvaluateCommand(program, finish);
  addExportCommand(program, finish);
  registerSummary(program);
  addZooCommand(program, finish);
  addDoctorCommand(program, finish);
  for (const command of program.commands)
    command.exitOverride().configureOutput({ writeErr: () => undefined });
  return program;
}

function report(error: unknown, program: Command): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0; // --help and --version
    console.error(printable(`finetune: ${commanderMessage(error)}`));
    return exitCode.usersMistake;
  }
  if (error instanceof Error && error.name === 'Interrupted') {
    console.error(`finetune: ${error.message} Run the same command again to go on from here.`);
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
