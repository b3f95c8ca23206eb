import fs from 'node:fs';
import { Command, CommanderError } from 'commander';
import { addDoctorCommand } from './commands/doctor.js';
import { addEvaluateCommand } from './commands/evaluate.js';
import { addFinetuneCommand } from './commands/finetune.js';
import { addPredictCommand } from './commands/predict.js';
import { registerSummary } from './commands/summary.js';
import { didYouMean, messageOf, UserError } from './runtime/errors.js';

/** Exit codes: 0 done, 1 our fault or a figure below --fail-under, 2 the user's mistake, 130 interrupted. */
const exitCode = { ours: 1, usersMistake: 2, interrupted: 130 } as const;

/** Runs the command line; returns the exit code. Nothing is thrown. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  const outcome = { code: 0 };
  const program = buildProgram((code) => {
    outcome.code = code;
  });
  try {
    await program.parseAsync(argv);
    return outcome.code;
  } catch (error) {
    return report(error, program);
  }
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
  registerSummary(program);
  addDoctorCommand(program, finish);
  for (const command of program.commands)
    command.exitOverride().configureOutput({ writeErr: () => undefined });
  return program;
}

function report(error: unknown, program: Command): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0; // --help and --version
    console.error(`finetune: ${commanderMessage(error, program)}`);
    return exitCode.usersMistake;
  }
  if (error instanceof Error && error.name === 'Interrupted') {
    console.error(`finetune: ${error.message} Run the same command again to go on from here.`);
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
function commanderMessage(error: CommanderError, program: Command): string {
  const text = error.message
    .replace(/^error: /, '')
    .replace(/\n\(Did you mean (.+?)\?\)/, '. Did you mean $1?');
  const unknown = /^unknown command '(.+?)'/.exec(text)?.[1];
  const names = program.commands.map((command) => command.name());
  const suggestion = unknown && !text.includes('Did you mean') ? didYouMean(unknown, names) : '';
  return `${text.replace(/\.?$/, '.').replace('?.', '?')}${suggestion} See finetune --help.`;
}

function packageVersion(): string {
  const text = fs.readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
