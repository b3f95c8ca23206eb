/**
 * Writes docs/options.md from the command line's own help, and docs/config.schema.json from the same table, so that
 * they cannot differ.
 *
 *     npm run docs
 */
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Argument, Command, Option } from 'commander';
import { buildProgram } from '../src/cli.js';
import { configSchema } from '../src/runs/config-file.js';

const file = new URL('../docs/options.md', import.meta.url);

/** Every command with its arguments and options, as Markdown. */
export function optionsPage(): string {
  const program = buildProgram(() => {});
  const introduction = `# Every command and option

Written by \`npm run docs\` from what \`finetune COMMAND --help\` prints. \`finetune\` without a command is
\`finetune train\`. In TypeScript the options of \`train\` have the same names in camel case: \`--batch-size 16\` is
\`batchSize: 16\`, \`--no-cache\` is \`cache: false\`.
`;
  return [introduction, ...program.commands.flatMap((command) => sections(command))].join('\n');
}

/** A command, or each of a group's own. */
function sections(command: Command, group = ''): string[] {
  const name = `${group}${command.name()}`;
  if (command.commands.length === 0) return [commandSection(command, name)];
  return command.commands.flatMap((inner) => sections(inner, `${name} `));
}

function commandSection(command: Command, name: string): string {
  const shown = command.options.filter((option) => !option.hidden);
  const headings = [...new Set(shown.map((option) => option.helpGroupHeading))];
  const tables = headings.map((heading) => {
    const options = shown.filter((option) => option.helpGroupHeading === heading).map(optionRow);
    return heading
      ? `${heading}\n\n${table(options)}`
      : table([...command.registeredArguments.map(argumentRow), ...options]);
  });
  if (tables.length === 0) tables.push(table(command.registeredArguments.map(argumentRow)));
  return `## finetune ${name}

${sentence(command.description())}

    finetune ${name} ${command.usage()}

${tables.join('\n')}`;
}

function argumentRow(argument: Argument): string {
  return row(argument.name(), argument.description);
}

function optionRow({ flags, description, defaultValue, defaultValueDescription }: Option): string {
  const shown = defaultValueDescription ?? defaultValue;
  const silent = shown === undefined || shown === '' || shown === false || /\(default: /.test(description);
  return row(flags, `${description}${silent ? '' : ` (default: ${shown})`}`);
}

function row(name: string, description: string): string {
  return `| \`${name}\` | ${description.replace(/[|<*]/g, '\\$&')} |`;
}

function table(rows: readonly string[]): string {
  return `| | |\n|---|---|\n${rows.join('\n')}\n`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.?$/, '.')}`;
}

/** The schema of config files, for editors. */
export function configSchemaPage(): string {
  return `${JSON.stringify(configSchema(), null, 2)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  fs.writeFileSync(file, optionsPage());
  fs.writeFileSync(new URL('config.schema.json', file), configSchemaPage());
}
