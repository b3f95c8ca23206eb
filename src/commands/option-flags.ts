import { type Command, Option } from 'commander';
import { z } from 'zod';
import { optionText } from '../runtime/option.js';
import { parseNumber, parseWhole, parseWholeOrAuto } from './values.js';

/** Gives a command the flags of a table of options, under the table's headings. */
export function addOptionGroups(
  command: Command,
  groups: readonly { readonly heading: string; readonly options: Readonly<Record<string, z.ZodType>> }[],
): void {
  for (const { heading, options } of groups) {
    for (const [name, schema] of Object.entries(options)) {
      const option = flagOf(name, schema);
      command.addOption(heading ? option.helpGroup(heading) : option);
    }
  }
}

/** One option of the table as a flag: `batchSize` is `--batch-size <n>`, a switch that is on is `--no-…`. */
function flagOf(name: string, schema: z.ZodType): Option {
  const { help, value, negated, defaultText } = optionText(schema);
  const { type, preset } = unwrapped(schema);
  const words = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  if (type instanceof z.ZodBoolean) {
    return preset === true ? new Option(`--no-${words}`, negated ?? help) : new Option(`--${words}`, help);
  }
  const usual = defaultText ?? preset;
  const described = usual === undefined ? help : `${help} (default: ${usual})`;
  const option = new Option(`--${words} <${value ?? name}>`, described);
  const parse = parserOf(type);
  return parse ? option.argParser(parse) : option;
}

/** What an option accepts, and its default, without the wrappings that make it optional. */
function unwrapped(schema: z.ZodType): { type: z.ZodType; preset?: unknown } {
  if (schema instanceof z.ZodDefault) {
    return { type: schema.def.innerType as z.ZodType, preset: schema.def.defaultValue };
  }
  return { type: schema instanceof z.ZodOptional ? (schema.def.innerType as z.ZodType) : schema };
}

/** How the text after a flag is read; bounds and names are the schema's to check. */
function parserOf(type: z.ZodType): ((text: string) => unknown) | undefined {
  if (type instanceof z.ZodNumber) return type.isInt ? parseWhole : parseNumber;
  if (!(type instanceof z.ZodUnion)) return undefined;
  const number = type.def.options.find((choice) => choice instanceof z.ZodNumber);
  if (!number) return undefined;
  return number.isInt ? parseWholeOrAuto : (text) => (text === 'auto' ? text : parseNumber(text));
}
